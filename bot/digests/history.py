"""What earlier digests said: for fatigue, and for telling a correction of a figure that was sent (D23)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from bot.digests.facts import Correction, MessageType, PastDigest
from bot.digests.gather import Book, GroupFigures
from bot.digests.values import format_count
from bot.digests.weeks import IsoWeek, last_day
from storage.digests import Digest
from storage.terms import Counts

# A correction is told of the digests of the last quarter; older ones nobody has in mind.
CORRECTED_WEEKS = 13

FIRST_DAY, LAST_DAY = "first_day", "last_day"


def past_digests(digests: Sequence[Digest], keys: Mapping[int, str]) -> list[PastDigest]:
    """Earlier digests as facts; `keys` are the measures' keys by id."""
    return [
        PastDigest(
            week=digest.week,
            measure=keys.get(digest.measure_id) if digest.measure_id is not None else None,
            message_type=MessageType(digest.message_type) if digest.message_type else None,
            facts={name: float(value) for name, value in digest.facts.items()},
        )
        for digest in digests
    ]


def corrections_for(
    person_id: int, book: Book, week: IsoWeek, past: Sequence[PastDigest]
) -> tuple[Correction, ...]:
    """Figures that earlier digests stated and that the data no longer gives; each is told once."""
    found = []
    for digest in past:
        told = IsoWeek.parse(digest.week)
        if not told < week or (week.monday - told.monday).days > 7 * CORRECTED_WEEKS:
            continue
        now = _counts_now(person_id, book, digest)
        if now is None:
            continue
        said = (digest.facts["numerator"], digest.facts["denominator"])
        if _reads(said) == _reads(now) or _was_told(digest.week, now, past):
            continue
        measure = next(m for m in book.measures if m.key == digest.measure)
        found.append(Correction(week=digest.week, measure=measure, said=said, now=now))
    return tuple(found)


def facts_of_corrections(corrections: Sequence[Correction]) -> dict[str, float]:
    """What a digest that tells corrections keeps of them, so that the next one does not tell them again."""
    facts = {}
    for correction in corrections:
        numerator, denominator = correction.now
        facts[f"corrected:{correction.week}:numerator"] = numerator
        facts[f"corrected:{correction.week}:denominator"] = denominator
    return facts


def _was_told(week: str, now: tuple[float, float], past: Sequence[PastDigest]) -> bool:
    keys = (f"corrected:{week}:numerator", f"corrected:{week}:denominator")
    return any(
        all(key in digest.facts for key in keys)
        and _reads((digest.facts[keys[0]], digest.facts[keys[1]])) == _reads(now)
        for digest in past
    )


def _reads(counts: tuple[float, float]) -> tuple[str, str]:
    return format_count(counts[0]), format_count(counts[1])


def _counts_now(person_id: int, book: Book, digest: PastDigest) -> tuple[float, float] | None:
    """The counts that the data gives today for the days that a digest was about."""
    facts = digest.facts
    if digest.measure is None or not {FIRST_DAY, LAST_DAY, "numerator", "denominator"} <= facts.keys():
        return None
    first, last = (date.fromordinal(int(facts[name])) for name in (FIRST_DAY, LAST_DAY))
    for figure in book.figures:
        if figure.measure.key == digest.measure and person_id in figure.people:
            return _sum(figure, figure.people.index(person_id), first, last)
    return None


def _sum(figure: GroupFigures, row: int, first: date, last: date) -> tuple[float, float] | None:
    length = figure.measure.period
    inside = np.array([first <= s and last_day(s, length) <= last for s in figure.periods], bool)
    inside &= np.isfinite(figure.numerator[row]) & np.isfinite(figure.denominator[row])
    if not inside.any() or figure.periods[0] > first:
        return None
    if figure.measure.counts is Counts.PANEL:
        latest = int(np.flatnonzero(inside)[-1])
        return float(figure.numerator[row, latest]), float(figure.denominator[row, latest])
    return float(figure.numerator[row, inside].sum()), float(figure.denominator[row, inside].sum())
