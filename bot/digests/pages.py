"""The pages behind a digest's buttons, as modal views: more measures, how it is counted, why, and who."""

from __future__ import annotations

import json
from typing import Any

from bot.digests import phrases
from bot.digests.facts import MeasureFacts, MeasureView, MessageType
from bot.digests.framing import in_plain_use, looks_for
from bot.digests.phrases import Room
from bot.digests.select import Choice, candidates, compares
from bot.digests.values import (
    direction_words,
    format_count,
    format_day,
    format_goal,
    format_span,
    format_value,
)
from bot.digests.weeks import IsoWeek
from bot.digests.write import ASK_A_COLLEAGUE, OFFER_TO_TELL, TELLS_HOW, WritingContext, data_age, purpose
from bot.ideas.names import beside
from bot.slack_blocks import Block, button, modal, section
from bot.slack_text import inert, shorten
from bot.talks import names as talk_names
from storage.terms import Counts, Direction, Kind, Mode

View = dict[str, Any]

# Slack's: 100 blocks and 250 kB a view, 3,000 characters a section.
_MOST_BLOCKS = 100
_MOST_BYTES = 200_000
_SECTION = 3000
_ROUNDING = 0.01
_ROOM = Room(title=25, phrase=15)

_STATUS = {
    MessageType.TOP: "You help to set what colleagues can reach.",
    MessageType.GAIN: "A gain that has lasted since {since}.",
    MessageType.LOSS: "It has changed since {since}.",
    MessageType.GAP: "It differs from your colleagues' by more than chance, twice running.",
    MessageType.NEAR: "What colleagues have reached is within your reach.",
    MessageType.STEADY: "",
}
_FROM_CASES = "The figure is added up from single cases; “Show my cases” lists yours."
_HAS_CASES = "“Show my cases” lists the single cases behind it."
_INTERVAL = {
    Kind.PROPORTION: "Wilson's method",
    Kind.RATE: "Byar's method, exact under ten cases",
    Kind.RATIO: "Byar's method, exact under ten cases",
    Kind.MEAN: "the t distribution",
}
_MODES = {
    Mode.CONSTRAINED: "Few cases each: read the cases, not the rate. Nobody is compared.",
    Mode.UNCONSTRAINED: "Told case by case. Nobody is compared.",
}


def more_view(choice: Choice, context: WritingContext) -> View:
    """Every measure looked at, with own counts and, where there is one, the comparison in words (D21)."""
    types = {c.view.measure.key: c.message_type for c in candidates(choice.looked_at)}
    week = format_span(context.week.monday, context.week.sunday)
    blocks: list[Block] = [section(f"{_measures(len(choice.looked_at))} looked at for {week}.")]
    size = len(json.dumps(blocks))
    entries = [measure_entry(view, types.get(view.measure.key), context.week) for view in choice.looked_at]
    told = 0
    for view, entry in zip(choice.looked_at, entries, strict=True):
        block = _with_talk(section(shorten(entry, _SECTION)), view.measure.key, told, context)
        size += len(json.dumps(block))
        if len(blocks) >= _MOST_BLOCKS - 1 or size > _MOST_BYTES:
            break
        blocks.append(block)
        told += 1
    if told < len(entries):
        blocks.append(section(f"{_measures(len(entries) - told)} more: ask your analyst for the list."))
    return _modal("More measures", blocks)


def counted_view(view: MeasureView) -> View:
    """How the headline's measure is counted and compared, in plain words."""
    measure, comparison = view.measure, view.comparison
    parts = [
        (
            "What is counted",
            f"{phrases.own_words(measure.numerator, 60, 250)}, among "
            f"{_text(shorten(measure.denominator, 250))}",
        ),
        ("Whose", _text(measure.attribution)),
        ("Left out", _text(measure.exclusions)),
        ("Where from", _text(measure.source)),
        ("Single cases", _cases(view)),
        (
            "Adjusted for",
            _text(measure.adjusted_for) or "Nothing: differences between patients are still in it.",
        ),
        ("Which days", _days(view)),
        ("Direction", direction_words(measure)),
        ("What it looks for", inert(looks_for(measure, shorten(measure.numerator, 250)))),
        ("Likely", f"The range of figures that chance allows, 95 in 100 times ({_INTERVAL[measure.kind]})."),
        ("Colleagues", _colleagues(view)),
    ]
    if compares(view) and comparison.benchmark is not None:
        parts.append(("What colleagues have reached", _benchmark(view)))
    parts.append(("Your group's goal", _goal(view)))
    if compares(view):
        parts.append(("Beyond chance", _limits(view)))
        parts.append(("Change", _change()))
    # A message may have had to cut these two.
    parts += [("Why it matters", _text(measure.why)), ("One thing to try", _text(measure.action))]
    parts.append(("Reviewed", _review(view)))
    if measure.mode is Mode.UNCONSTRAINED:
        return _told_view(view)
    blocks = [section(f"*{phrases.title(measure, Room())}*\n{phrases.own_figures(view, _ROOM)}.")]
    blocks += [section(shorten(f"*{name}.* {text}", _SECTION)) for name, text in parts if text]
    return _modal("How is this counted?", blocks)


def _told_view(view: MeasureView) -> View:
    """The same of a measure that is told case by case: nothing of it is counted against anybody (D8)."""
    measure = view.measure
    parts = [
        ("What it is about", f"{phrases.own_words(measure.numerator, 60, 250)}."),
        ("How it is told", "Single cases, as they were written down. Nobody is counted or compared."),
        ("Whose", _text(measure.attribution)),
        ("Left out", _text(measure.exclusions)),
        ("Where from", _text(measure.source)),
        ("Why it matters", _text(measure.why)),
        ("One thing to try", _text(measure.action)),
        ("Reviewed", _review(view)),
    ]
    blocks = [section(f"*{phrases.title(measure, Room())}*")]
    blocks += [section(shorten(f"*{name}.* {text}", _SECTION)) for name, text in parts if text]
    return _modal("How is this counted?", blocks)


def why_view(choice: Choice) -> View:
    """Why this measure leads this week."""
    return _modal(
        "Why this one?",
        [
            section(inert(choice.why)),
            section(
                "Rounds puts first what helps most: what is within your reach, what you have gained, what "
                "others can learn from you; then what differs or has changed. What you can change yourself "
                "comes before results that depend on much else. One odd week or month never leads, and the "
                "same message does not come twice in two months, unless you asked for one every week."
            ),
        ],
    )


def who_view(context: WritingContext) -> View:
    """Who else could look, as it is (D28)."""
    lines = (
        "*You.* The message goes to you alone.",
        "*The analysts* who load the data see figures by clinician while they check them.",
        "*Whoever runs the server and the database* can reach what is stored there.",
        "*Your Slack workspace's owners* can export messages, private ones too, under Slack's own rules.",
        "*The law* can require disclosure, as of any record.",
        "*Not your manager*, through Rounds. Leaders see the group without names, and what you share.",
        "Every look at your figures through Rounds is recorded, with who, when and why. "
        "`/digest looks` shows you that record.",
        f"*What it is for.* {purpose(context)}",
    )
    return _modal("Who else could look?", [section(shorten(line, _SECTION)) for line in lines])


def _modal(title: str, blocks: list[Block]) -> View:
    return modal(title, blocks)


def measure_entry(view: MeasureView, message_type: MessageType | None, week: IsoWeek) -> str:
    """One measure in words: figures, what they mean among colleagues where that may be told, how old."""
    measure = view.measure
    title = f"*{phrases.title(measure, _ROOM)}*"
    if measure.mode is Mode.UNCONSTRAINED:
        if view.result.value is None:
            return f"{title}\n{_MODES[measure.mode]}"
        # D8: no figure that could be held against another's.
        return f"{title}\n{phrases.counts_only(view, _ROOM)}, {phrases.when(view)}. {_MODES[measure.mode]}"
    parts = [phrases.figures(view, _ROOM), phrases.goal(view), phrases.counted_anew(view)]
    if message_type is not None:
        parts.append(_STATUS[message_type].format(since=phrases.since(view)))
    parts.append(_MODES.get(measure.mode) or phrases.no_comparison(view))
    if view.reported is not None and view.reported.for_the_measure:
        parts.append("You set aside more than a tenth: the measure is looked at, not you. It does not lead.")
    if view.past_review:
        parts.append("Its definition is due for review, so it does not lead.")
    parts.append(f"Data to {data_age(view, week)}.")
    return f"{title}\n{' '.join(part for part in parts if part)}"


def _with_talk(block: Block, key: str, number: int, context: WritingContext) -> Block:
    """The entry with what colleagues offer for its measure, or may be offered them (L7)."""
    value = talk_names.measure_value(context.reference, key)
    if key in context.talking.may_offer:
        return {**block, "accessory": button(beside(talk_names.TELL, number), OFFER_TO_TELL, value)}
    if key in context.talking.may_ask:
        said = section(f"{shorten(block['text']['text'], _SECTION - len(TELLS_HOW) - 1)}\n{TELLS_HOW}")
        return {**said, "accessory": button(beside(talk_names.ASK, number), ASK_A_COLLEAGUE, value)}
    return block


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


def _days(view: MeasureView) -> str:
    measure = view.measure
    if measure.counts is Counts.PANEL:
        day = format_day(view.last_day, year=True)
        return f"The same patients looked at again each {measure.period.value}; here on {day}."
    span = format_span(view.first_day, view.last_day, year=True)
    length = phrases.periods(len(view.comparison.window), measure.period)
    settles = f" Figures younger than {measure.settles_after} days wait." if measure.settles_after else ""
    anew = phrases.counted_anew(view)
    since = f" {anew} What came before is drawn, and not compared." if anew else ""
    return f"{span}: {length}, added up.{settles}{since}"


def _colleagues(view: MeasureView) -> str:
    if not compares(view):
        return phrases.no_comparison(view)
    others = max(0, view.comparison.clinicians - 1)
    least = format_count(view.measure.min_denominator)
    return (
        f"{others} others in your peer group, {inert(shorten(view.group, 200))}, with at least {least} each. "
        f"Half of you are at or {_side(view)} {_median(view)}."
    )


def _side(view: MeasureView) -> str:
    """The better side, as in the message."""
    return "below" if view.measure.direction is Direction.LOWER else "above"


def _median(view: MeasureView) -> str:
    median = view.comparison.median
    return "" if median is None else format_value(view.measure, median)


def _benchmark(view: MeasureView) -> str:
    benchmark = view.comparison.benchmark
    if benchmark is None:
        return ""
    side = "highest" if view.measure.direction is Direction.HIGHER else "lowest"
    return (
        f"{format_value(view.measure, benchmark.value)}. Take the colleagues with the {side} figures, one "
        "after the other, until they have a tenth of all cases and are at least three; this is their figure "
        f"together, of {format_count(benchmark.denominator)} cases (the Achievable Benchmark of Care)."
    )


def _goal(view: MeasureView) -> str:
    """The goal with where it comes from: nobody set it without the group (L5)."""
    goal = view.goal
    if goal is None:
        return ""
    counts = (
        (goal.attainable, "attainable"),
        (goal.stretch, "a stretch"),
        (goal.not_attainable, "not attainable"),
    )
    said = ", ".join(f"{count} {what}" for count, what in counts if count)
    return (
        f"{format_goal(view.measure, goal.value)}, adopted by the group's leaders on "
        f"{format_day(goal.adopted_on, year=True)} after the group was asked ({said})."
    )


def _limits(view: MeasureView) -> str:
    if view.measure.kind is Kind.MEAN:
        return "For averages nobody is called different; only lasting change is told."
    limits, value = view.result.limits_998, view.result.value
    own = ""
    if limits is not None and value is not None:
        low, high, mine = (_finely(view.measure, edge) for edge in (*limits, value))
        own = f" For your number of cases that is {low} to {high}; yours is {mine}."
    return (
        "A figure counts as different only outside the range that chance and the usual differences between "
        f"colleagues explain, now and in the time before.{own}"
    )


def _finely(measure: MeasureFacts, value: float) -> str:
    """A value with a decimal more than a headline has: who stands just outside sees that they do."""
    return f"{100 * value:.1f}\u00a0%" if measure.kind is Kind.PROPORTION else format_value(measure, value)


def _change() -> str:
    return (
        "A change counts when it lasts. Seasons and what all colleagues do together are taken off, by "
        "comparing each of your figures with your colleagues' middle of the same time. The grey band in the "
        "picture is where your figures usually lie beside that middle, so it moves when your colleagues do."
    )


def _review(view: MeasureView) -> str:
    measure = view.measure
    by = f"by {inert(shorten(measure.author, 200))}" if measure.author else ""
    on = f"on {format_day(measure.reviewed, year=True)}" if measure.reviewed else ""
    again = f"again by {format_day(measure.next_review, year=True)}" if measure.next_review else ""
    done = " ".join(part for part in (by, on) if part)
    text = ", ".join(part for part in (done, again) if part)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _measures(count: int) -> str:
    return "1 measure" if count == 1 else f"{count} measures"
