"""What the picture shows, in words: for whoever does not see it."""

from __future__ import annotations

import numpy as np

from bot.digests import chart_words as say
from bot.digests.chart_range import Shown, shown_in_trend
from bot.digests.facts import (
    MeasureFacts,
    PeerPicture,
    PeersDrawn,
    PersonPicture,
)
from bot.digests.framing import in_plain_use
from bot.digests.measure_nouns import capital
from bot.digests.values import (
    beyond,
    format_goal,
    format_value,
)
from bot.language.language import Language, noted
from storage.terms import PeriodLength

_MIDDLE_ARE = {
    "at": noted("half are at {value}"),
    "above": noted("half are above {value}"),
    "below": noted("half are below {value}"),
}


def alt_text(picture: PeerPicture, person: PersonPicture) -> str:
    """What the picture shows, in words and numbers (Slack allows 2,000 characters)."""
    measure, language = picture.measure, picture.language
    sentences = [
        language.say(
            "{title}. {counted}; {direction}.",
            title=in_plain_use(measure.title),
            counted=capital(say.counted(measure, language)),
            direction=say.direction(measure, language),
        )
    ]
    sentences += _peers_sentences(picture, person)
    if picture.goal is not None:
        goal = format_goal(measure, picture.goal, language)
        sentences.append(language.say("Your group's goal is {goal}, drawn as a dashed line.", goal=goal))
    sentences += _trend_sentences(picture, person)
    words = " ".join(sentences)
    return words if len(words) <= 2000 else words[:1999] + "…"


def _peers_sentences(picture: PeerPicture, person: PersonPicture) -> list[str]:
    measure, language = picture.measure, picture.language
    if person.value is None:
        you = language.say("No cases of yours, {when}.", when=say.window_words(picture))
    else:
        figures = (
            say.cases(measure, person, language),
            say.interval_words(measure, person, language),
            say.window_words(picture),
        )
        you = language.say(
            "You: {value}, {figures}.",
            value=format_value(measure, person.value, language),
            figures=", ".join(part for part in figures if part),
        )
    if picture.spread is not None:
        start, end = say.spread_ends(picture, picture.spread)
        told = language.say(
            "{start} {end}, drawn without anybody's place in it.", start=capital(start), end=end
        )
        return [you, told]
    if picture.drawn is PeersDrawn.NOTHING:
        return [you, f"{capital(person.why_alone)}."] if person.why_alone else [you]
    parts = []
    if picture.quartiles is not None and picture.drawn is PeersDrawn.BAND:
        low, high = (format_value(measure, q, language) for q in picture.quartiles)
        parts.append(language.say("the middle half lies between {low} and {high}", low=low, high=high))
    if picture.median is not None:
        median = format_value(measure, picture.median, language)
        parts.append(language.say(_MIDDLE_ARE[beyond(measure, picture.median)], value=median))
    if picture.benchmark is not None:
        reached = format_value(measure, picture.benchmark, language)
        if person.sets_benchmark:
            parts.append(language.say("you and others have reached {value}", value=reached))
        else:
            parts.append(language.say("some have reached {value}", value=reached))
    dots, colleagues = say.drawn_colleagues(picture, person), say.colleagues_words(picture)
    if picture.drawn is not PeersDrawn.DOTS:
        among = language.say("{colleagues}, drawn as a band", colleagues=colleagues)
    elif dots is None:
        among = language.say("{colleagues}, drawn as dots", colleagues=colleagues)
    else:
        among = language.say(
            "{colleagues}, {count} of them drawn as dots", colleagues=colleagues, count=language.count(dots)
        )
    return [you, f"{among}: {', '.join(parts)}." if parts else f"{among}."]


def _trend_sentences(picture: PeerPicture, person: PersonPicture) -> list[str]:
    measure, language = picture.measure, picture.language
    young = int((~person.settled & np.isfinite(person.values)).sum())
    person = say.firm_part(person)
    seen = np.flatnonzero(np.isfinite(person.values))
    if not seen.size:
        return []
    first, last = int(seen[0]), int(seen[-1])
    latest = _in_period(picture, person, last)
    begin, end = (say.end_label(measure, picture.periods[index], language) for index in (first, last))
    if first == last:
        return [language.say("Your trend has one point: {value}, {when}.", value=latest, when=end)]
    lowest, highest = (
        format_value(measure, float(f(person.values)), language) for f in (np.nanmin, np.nanmax)
    )
    words = language.say(
        "Your own trend: from {first} ({begin}) to {last} ({end}), between {low} and {high}",
        first=_in_period(picture, person, first),
        begin=begin,
        last=latest,
        end=end,
        low=lowest,
        high=highest,
    )
    usual = _usual_range_at(shown_in_trend(picture, person), last)
    if usual is not None:
        words += _usual_range(picture, person, usual)
    at = picture.changed_at
    if at is not None and first < at <= last:
        since = say.end_label(measure, picture.periods[at], language)
        words += language.say("; counted in a new way from {when}", when=since)
    if say.aside_after(person, last):
        words += language.say("; what came after is set aside")
    hollow = young and not person.settled[last + 1 :].all()
    return [f"{words}.{_still_young(young, measure, language) if hollow else ''}"]


def _in_period(picture: PeerPicture, person: PersonPicture, index: int) -> str:
    """What one period is told by: as in the picture, few cases by their counts."""
    measure, language = picture.measure, picture.language
    counts = say.period_counts(measure, person, index, language)
    return counts or format_value(measure, float(person.values[index]), language)


def _usual_range(picture: PeerPicture, person: PersonPicture, usual: tuple[float, float]) -> str:
    """Where one's figures usually lie, with what that range follows, as the end of a sentence."""
    measure, language = picture.measure, picture.language
    low, high = (format_value(measure, limit, language) for limit in usual)
    if picture.drawn is PeersDrawn.NOTHING or not say.moves_with_colleagues(person):
        return language.say("; your usual range is {low} to {high} there", low=low, high=high)
    return language.say(
        "; your usual range, which moves with your colleagues, is {low} to {high} there", low=low, high=high
    )


def _still_young(young: int, measure: MeasureFacts, language: Language) -> str:
    if measure.period is PeriodLength.WEEK:
        told = language.say_many(
            "1 later week, drawn hollow, may still change.",
            "{count} later weeks, drawn hollow, may still change.",
            young,
        )
    else:
        told = language.say_many(
            "1 later month, drawn hollow, may still change.",
            "{count} later months, drawn hollow, may still change.",
            young,
        )
    return f" {told}"


def _usual_range_at(shown: Shown, index: int) -> tuple[float, float] | None:
    """The usual range in one period, None where none is drawn."""
    if shown.lower is None or shown.upper is None:
        return None
    low, high = float(shown.lower[index]), float(shown.upper[index])
    return (low, high) if np.isfinite(low) and np.isfinite(high) else None
