"""All of a person's measures in words, kept with the digest: the Home opens them and computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.digests import changes
from bot.digests import measure_nouns as nouns
from bot.digests.facts import Compared, MeasureView
from bot.digests.measure_nouns import Room
from bot.digests.pages import measure_entry
from bot.digests.select import Choice, candidates
from bot.digests.values import format_value
from bot.digests.weeks import IsoWeek
from bot.language.language import Language
from storage.terms import Mode

_ROOM = Room(title=25, phrase=15)
_WHY_WORDS = 60


@dataclass(frozen=True, slots=True)
class OwnMeasure:
    """One measure as its own clinician reads it, all mrkdwn.

    `told` has the title, the figures with what colleagues have reached where that may be told, and how old
    the data is; `trend` and `why` are sentences, "" where there is nothing to say.
    """

    key: str
    told: str
    trend: str = ""
    why: str = ""


def own_measures(choice: Choice, week: IsoWeek, language: Language) -> tuple[OwnMeasure, ...]:
    """Every measure looked at, in the order of "More measures"."""
    types = {one.view.measure.key: one.message_type for one in candidates(choice.looked_at)}
    return tuple(
        OwnMeasure(
            key=view.measure.key,
            told=measure_entry(view, types.get(view.measure.key), week, language),
            trend=trend_words(view, language),
            why=_as_sentence(nouns.own_words(view.measure.why, _WHY_WORDS)),
        )
        for view in choice.looked_at
    )


def trend_words(view: MeasureView, language: Language) -> str:
    """What one's own figure did over time; of single cases and of too little nothing is said.

    Where nobody is compared (constrained care), the sentence is about the reader alone. Where the reader set
    something aside, their line is drawn without it: then the figure as it was imported is said as well (D19).
    """
    said = (_moved(view, language), _set_aside(view, language))
    return " ".join(part for part in said if part)


def _moved(view: MeasureView, language: Language) -> str:
    if view.measure.mode is Mode.UNCONSTRAINED or view.compared is Compared.NO_DATA:
        return ""
    alone = view.measure.mode is Mode.CONSTRAINED
    changed = "" if alone else changes.change(view, _ROOM, language)
    if changed:
        return changed
    drifted = changes.drift(view, language)
    if drifted or alone or view.result.trend.centre is None:
        return drifted
    periods = nouns.units(view.measure.period, language)
    return language.say("No lasting change over the {periods} shown.", periods=periods)


def _set_aside(view: MeasureView, language: Language) -> str:
    reported = view.reported
    if reported is None or view.result.value is None or view.measure.mode is Mode.UNCONSTRAINED:
        return ""
    if reported.value is None or not reported.same_days:
        return language.say("This is without what you set aside.")
    own, imported = (
        format_value(view.measure, value, language) for value in (view.result.value, reported.value)
    )
    return language.say(
        "This is without what you set aside: {own}, where {imported} was imported.",
        own=own,
        imported=imported,
    )


def as_json(measures: Sequence[OwnMeasure]) -> list[dict[str, Any]]:
    """As they are stored."""
    return [asdict(measure) for measure in measures]


def from_json(stored: Sequence[dict[str, Any]]) -> tuple[OwnMeasure, ...]:
    """Stored measures."""
    return tuple(OwnMeasure(**{name: str(value) for name, value in one.items()}) for one in stored)


def _as_sentence(text: str) -> str:
    return f"{text}." if text and text[-1] not in ".?!…" else text
