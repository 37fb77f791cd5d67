"""All of a person's measures in words, kept with the digest: the Home opens them and computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.digests import phrases
from bot.digests.facts import Compared, MeasureView
from bot.digests.pages import measure_entry
from bot.digests.phrases import Room
from bot.digests.select import Choice, candidates
from bot.digests.weeks import IsoWeek
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


def own_measures(choice: Choice, week: IsoWeek) -> tuple[OwnMeasure, ...]:
    """Every measure looked at, in the order of "More measures"."""
    types = {one.view.measure.key: one.message_type for one in candidates(choice.looked_at)}
    return tuple(
        OwnMeasure(
            key=view.measure.key,
            told=measure_entry(view, types.get(view.measure.key), week),
            trend=trend_words(view),
            why=_as_sentence(phrases.own_words(view.measure.why, _WHY_WORDS)),
        )
        for view in choice.looked_at
    )


def trend_words(view: MeasureView) -> str:
    """What one's own figure did over time; of single cases and of too little nothing is said.

    Where nobody is compared (constrained care), the sentence is about the reader alone.
    """
    if view.measure.mode is Mode.UNCONSTRAINED or view.compared is Compared.NO_DATA:
        return ""
    alone = view.measure.mode is Mode.CONSTRAINED
    changed = "" if alone else phrases.change(view, _ROOM)
    if changed:
        return changed
    drifted = phrases.drift(view)
    if drifted or alone or view.result.trend.centre is None:
        return drifted
    return f"No lasting change over the {view.measure.period.value}s shown."


def as_json(measures: Sequence[OwnMeasure]) -> list[dict[str, Any]]:
    """As they are stored."""
    return [asdict(measure) for measure in measures]


def from_json(stored: Sequence[dict[str, Any]]) -> tuple[OwnMeasure, ...]:
    """Stored measures."""
    return tuple(OwnMeasure(**{name: str(value) for name, value in one.items()}) for one in stored)


def _as_sentence(text: str) -> str:
    return f"{text}." if text and text[-1] not in ".?!…" else text
