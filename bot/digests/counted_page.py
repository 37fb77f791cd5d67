"""The page "How is this counted?": how the headline's measure is counted and compared, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.digests import measure_nouns as nouns
from bot.digests import phrases
from bot.digests.facts import MeasureFacts, MeasureView
from bot.digests.framing import in_plain_use, looks_for
from bot.digests.measure_nouns import Room
from bot.digests.select import compares
from bot.digests.values import (
    direction_words,
    format_goal,
    format_value,
)
from bot.language.language import Language, british, noted
from bot.slack_blocks import View, modal, section
from bot.slack_text import inert, shorten
from storage.terms import Counts, Direction, Kind, Mode, PeriodLength

_SECTION = 3000
_ROOM = Room(title=25, phrase=15)
_ROUNDING = 0.01
_FROM_CASES = noted("The figure is added up from single cases; “Show my cases” lists yours.")
_HAS_CASES = noted("“Show my cases” lists the single cases behind it.")
_INTERVAL = {
    Kind.PROPORTION: noted("Wilson's method"),
    Kind.RATE: noted("Byar's method, exact under ten cases"),
    Kind.RATIO: noted("Byar's method, exact under ten cases"),
    Kind.MEAN: noted("the t distribution"),
}


def counted_view(view: MeasureView, language: Language | None = None) -> View:
    """How the headline's measure is counted and compared, in plain words."""
    language = language or british()
    measure = view.measure
    if measure.mode is Mode.UNCONSTRAINED:
        return _told_view(view, language)
    counted = language.say(
        "{numerator}, among {denominator}",
        numerator=nouns.own_words(measure.numerator, 60, 250),
        denominator=_text(shorten(measure.denominator, 250)),
    )
    parts = [
        (noted("What is counted"), counted),
        *_origin(view),
        (noted("Single cases"), language.say(_cases(view)) if view.cases is not None else ""),
        (noted("Adjusted for"), _adjusted(measure, language)),
        (noted("Which days"), _days(view, language)),
        (noted("Direction"), direction_words(measure, language)),
        (
            noted("What it looks for"),
            inert(looks_for(measure, shorten(measure.numerator, 250), language)),
        ),
        (noted("Likely"), _likely(measure, language)),
        *_compared(view, language),
        # A message may have had to cut these two.
        *_reasons(view, language),
    ]
    figures = phrases.own_figures(view, _ROOM, language)
    return _counted_page(f"*{nouns.title(measure, Room())}*\n{figures}.", parts, language)


def _told_view(view: MeasureView, language: Language) -> View:
    """The same of a measure that is told case by case: nothing of it is counted against anybody (D8)."""
    measure = view.measure
    told = language.say("Single cases, as they were written down. Nobody is counted or compared.")
    parts = [
        (noted("What it is about"), f"{nouns.own_words(measure.numerator, 60, 250)}."),
        (noted("How it is told"), told),
        *_origin(view),
        *_reasons(view, language),
    ]
    return _counted_page(f"*{nouns.title(measure, Room())}*", parts, language)


def _counted_page(head: str, parts: Sequence[tuple[str, str]], language: Language) -> View:
    blocks = [section(head)]
    for name, text in parts:
        if text:
            told = language.say("*{name}.* {text}", name=language.say(name), text=text)
            blocks.append(section(shorten(told, _SECTION)))
    return modal(language.say("How is this counted?"), blocks, close=language.say("Close"))


def _origin(view: MeasureView) -> tuple[tuple[str, str], ...]:
    measure = view.measure
    return (
        (noted("Whose"), _text(measure.attribution)),
        (noted("Left out"), _text(measure.exclusions)),
        (noted("Where from"), _text(measure.source)),
    )


def _reasons(view: MeasureView, language: Language) -> tuple[tuple[str, str], ...]:
    return (
        (noted("Why it matters"), _text(view.measure.why)),
        (noted("One thing to try"), _text(view.measure.action)),
        (noted("Reviewed"), _review(view, language)),
    )


def _compared(view: MeasureView, language: Language) -> tuple[tuple[str, str], ...]:
    compared = compares(view)
    return (
        (noted("Colleagues"), _colleagues(view, language)),
        (noted("What colleagues have reached"), _benchmark(view, language) if compared else ""),
        (noted("Your group's goal"), _goal(view, language)),
        (noted("Beyond chance"), _limits(view, language) if compared else ""),
        (noted("Change"), _change(language) if compared else ""),
    )


def _adjusted(measure: MeasureFacts, language: Language) -> str:
    return _text(measure.adjusted_for) or language.say(
        "Nothing: differences between patients are still in it."
    )


def _likely(measure: MeasureFacts, language: Language) -> str:
    return language.say(
        "The range of figures that chance allows, 95 in 100 times ({method}).",
        method=language.say(_INTERVAL[measure.kind]),
    )


def _cases(view: MeasureView) -> str:
    """Whether the figure comes from cases. Where the two differ, the import tells the analyst."""
    if view.cases is None:
        return ""
    counts = view.result if view.reported is None else view.reported
    pairs = ((view.cases.numerator, counts.numerator), (view.cases.denominator, counts.denominator))
    same = all(abs(mine - theirs) <= _ROUNDING * len(view.periods) for mine, theirs in pairs)
    return _FROM_CASES if same and view.measure.kind is Kind.PROPORTION else _HAS_CASES


def _text(text: str) -> str:
    """A measure's text, whole, as a sentence."""
    text = shorten(in_plain_use(text.strip()), 500)
    return inert(f"{text}." if text and text[-1] not in ".?!…。？！" else text)


def _days(view: MeasureView, language: Language) -> str:
    measure = view.measure
    if measure.counts is Counts.PANEL:
        day = language.day(view.last_day, year=True)
        if measure.period is PeriodLength.WEEK:
            return language.say("The same patients looked at again each week; here on {day}.", day=day)
        return language.say("The same patients looked at again each month; here on {day}.", day=day)
    parts = [
        language.say(
            "{span}: {periods}, added up.",
            span=language.span(view.first_day, view.last_day, year=True),
            periods=nouns.periods(len(view.comparison.window), measure.period, language),
        )
    ]
    if measure.settles_after:
        parts.append(
            language.say_many(
                "Figures younger than a day wait.",
                "Figures younger than {count} days wait.",
                measure.settles_after,
            )
        )
    anew = phrases.counted_anew(view, language)
    if anew:
        parts += [anew, language.say("What came before is drawn, and not compared.")]
    return " ".join(parts)


def _colleagues(view: MeasureView, language: Language) -> str:
    if not compares(view):
        return phrases.no_comparison(view, language)
    median = view.comparison.median
    value = "" if median is None else format_value(view.measure, median, language)
    if view.measure.direction is Direction.LOWER:
        half = language.say("Half of you are at or below {value}.", value=value)
    else:
        half = language.say("Half of you are at or above {value}.", value=value)
    return language.say(
        "{count} others in your peer group, {group}, with at least {least} each. {half} Colleagues with very "
        "small counts are counted but not drawn, so that no patient can be recognised.",
        count=language.count(max(0, view.comparison.clinicians - 1)),
        group=inert(shorten(view.group, 200)),
        least=language.count(view.measure.min_denominator),
        half=half,
    )


def _benchmark(view: MeasureView, language: Language) -> str:
    benchmark = view.comparison.benchmark
    if benchmark is None:
        return ""
    value = format_value(view.measure, benchmark.value, language)
    count = language.count(benchmark.denominator)
    if view.measure.direction is Direction.HIGHER:
        return language.say(
            "{value}. Take the colleagues with the highest figures, one after the other, until they have a "
            "tenth of all cases and are at least three; this is their figure together, of {count} cases (the "
            "Achievable Benchmark of Care).",
            value=value,
            count=count,
        )
    return language.say(
        "{value}. Take the colleagues with the lowest figures, one after the other, until they have a "
        "tenth of all cases and are at least three; this is their figure together, of {count} cases (the "
        "Achievable Benchmark of Care).",
        value=value,
        count=count,
    )


def _goal(view: MeasureView, language: Language) -> str:
    """The goal with where it comes from: nobody set it without the group (L5)."""
    goal = view.goal
    if goal is None:
        return ""
    counts = (
        (goal.attainable, noted("{count} attainable")),
        (goal.stretch, noted("{count} a stretch")),
        (goal.not_attainable, noted("{count} not attainable")),
    )
    said = ", ".join(language.say(what, count=language.count(count)) for count, what in counts if count)
    return language.say(
        "{goal}, adopted by the group's leaders on {day} after the group was asked ({votes}).",
        goal=format_goal(view.measure, goal.value, language),
        day=language.day(goal.adopted_on, year=True),
        votes=said,
    )


def _limits(view: MeasureView, language: Language) -> str:
    if view.measure.kind is Kind.MEAN:
        return language.say("For averages nobody is called different; only lasting change is told.")
    limits, value = view.result.limits_998, view.result.value
    own = ""
    if limits is not None and value is not None:
        low, high, mine = (_finely(view.measure, edge, language) for edge in (*limits, value))
        own = language.say(
            "For your number of cases that is {low} to {high}; yours is {value}.",
            low=low,
            high=high,
            value=mine,
        )
    said = language.say(
        "A figure counts as different only outside the range that chance and the usual differences between "
        "colleagues explain, now and in the time before."
    )
    return f"{said} {own}".strip()


def _finely(measure: MeasureFacts, value: float, language: Language) -> str:
    """A value with a decimal more than a headline has: who stands just outside sees that they do."""
    if measure.kind is Kind.PROPORTION:
        return language.percent(language.number(100 * value, 1))
    return format_value(measure, value, language)


def _change(language: Language) -> str:
    return language.say(
        "A change counts when it lasts. Seasons and what all colleagues do together are taken off, by "
        "comparing each of your figures with your colleagues' middle of the same time. The grey band in the "
        "picture is your own usual range, where your figures lie beside that middle: it moves with your "
        "colleagues."
    )


def _review(view: MeasureView, language: Language) -> str:
    measure = view.measure
    done, again = [], ""
    if measure.author:
        done.append(language.say("by {author}", author=inert(shorten(measure.author, 200))))
    if measure.reviewed:
        done.append(language.say("on {day}", day=language.day(measure.reviewed, year=True)))
    if measure.next_review:
        again = language.say("again by {day}", day=language.day(measure.next_review, year=True))
    text = ", ".join(part for part in (" ".join(done), again) if part)
    return f"{nouns.capital(text)}." if text else ""
