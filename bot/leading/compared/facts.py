"""Leaders compared: from ideas that had to be answered to one leader's figure among the others'. Pure (N12).

The figure is a share: of the ideas that came to the units that somebody leads (clinical leader or manager) in
the last three complete months, how many had first words within the site's first rung. It goes through
`bot.comparison.compare_group` like a clinician's measure, with the same rules about what may be said.

Decided here, where the requirements leave a choice:

- First words by either of a pair, their deputy or whoever stands in count for both: a leadership answers
  together. Leaders to whom the very same ideas came are therefore *one* figure: two of a pair never make two
  of the five others, nor two of the three who set a benchmark, and nobody is compared with their own figure.
- Who leads several units has one figure over all of them. Who leads a higher unit is compared on the ideas
  that it answers, never on those of the units beneath.
- An idea counts when its days are over, whatever became of it by then: else those answered at once would
  count before those that still wait.
- "Different" needs both windows that do not overlap, as for clinicians: these three months and those before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from bot.comparison import PeerData, Signal, compare_group
from bot.comparison.types import ClinicianResult, GroupComparison
from bot.digests.facts import Compared, MeasureFacts, MeasureView, PeerPicture, PersonPicture
from bot.digests.gather import LEAST_OTHERS, GroupFigures, is_small, rules_of
from bot.digests.pictures import peer_picture, person_picture
from bot.digests.weeks import last_day
from bot.ideas.figures.metrics import month_before
from storage.terms import Counts, Direction, Domain, Kind, Mode, PeriodLength

WINDOW_MONTHS: Final = 3
# The window, and the one before it: a difference has to last.
MONTHS: Final = 2 * WINDOW_MONTHS
LEAST_IDEAS: Final = 5
SMALL_COUNT: Final = 4
_AGAIN: Final = (Signal.HIGHER, Signal.LOWER)


@dataclass(frozen=True, slots=True)
class Counted:
    """An idea that had to be answered and whose days are over.

    - `leaders`: whose figure it is in; `came`: the day on which it came to them.
    - `within`: whether it had first words by then.
    """

    idea_id: int
    leaders: frozenset[int]
    came: date
    within: bool


@dataclass(frozen=True, slots=True)
class LeadersCompared:
    """One leader's own figure, and where it stands among the others'; for their eyes only.

    - `asked_on`: the day as of which it is; `first_day` and `last_day` those of the three months.
    - `days`: working days within which first words count; `within` of `ideas` had them.
    - `value` and `interval` are proportions. `median`, `benchmark` (of `benchmark_ideas`) and `others` are
      empty where `compared` says that there is no comparison. `sets_benchmark`: the leader is among them.
    - `different`: HIGHER or LOWER than the others, lastingly and beyond chance; else None.
    - `joint`: somebody leads along, and is told the same.
    """

    asked_on: date
    first_day: date
    last_day: date
    days: int
    within: int
    ideas: int
    value: float
    interval: tuple[float, float] | None
    compared: Compared
    others: int = 0
    median: float | None = None
    benchmark: float | None = None
    benchmark_ideas: int = 0
    sets_benchmark: bool = False
    different: Signal | None = None
    joint: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """One leader among the others, with all that a picture is drawn from."""

    view: MeasureView
    figures: GroupFigures
    said: LeadersCompared


def months_of(day: date) -> tuple[date, ...]:
    """The first days of the six complete months before a day's, oldest first; three make the window."""
    first = day.replace(day=1)
    return tuple(month_before(first, back) for back in range(MONTHS, 0, -1))


def standing_of(person_id: int, counted: Sequence[Counted], day: date, days: int) -> Standing | None:
    """Where one leader stands as of a day; None where no idea came to them in the three months.

    `days`: the working days within which first words count.
    """
    months = months_of(day)
    own = _ideas_of(counted, months[WINDOW_MONTHS:])
    if not own.get(person_id):
        return None
    rows = _rows(person_id, own)
    figures = _figures(rows, counted, months, measure_of(days))
    view = _view(figures, 0, day)
    joint = any(len(one.leaders) > 1 for one in counted if person_id in one.leaders)
    return Standing(view, figures, _said(view, day, days, joint))


def pictures_of(standing: Standing) -> tuple[PeerPicture, PersonPicture]:
    """The two layers of the picture: those of a digest, without a trend, as three months make none."""
    peers, person = peer_picture(standing.figures, standing.view), person_picture(standing.view)
    last = slice(-1, None)
    # All three months, as the message says, even where nothing came in one of them.
    window = (standing.said.first_day, standing.said.last_day)
    return (
        replace(
            peers,
            window=window,
            span=window,
            periods=peers.periods[last],
            window_periods=(0,),
            trend_range=None,
        ),
        replace(
            person,
            values=person.values[last],
            settled=person.settled[last],
            centre=None,
            lower=None,
            upper=None,
        ),
    )


def _ideas_of(counted: Sequence[Counted], months: Collection[date]) -> dict[int, frozenset[int]]:
    """The ideas that came to each leader in some months."""
    found: dict[int, set[int]] = defaultdict(set)
    for one in counted:
        if one.came.replace(day=1) in months:
            for leader in one.leaders:
                found[leader].add(one.idea_id)
    return {leader: frozenset(ideas) for leader, ideas in found.items()}


def _rows(person_id: int, ideas: Mapping[int, frozenset[int]]) -> tuple[int, ...]:
    """Whose figures stand in the comparison: the person's own first, then one of each other leadership."""
    seen, rows = {ideas[person_id]}, [person_id]
    for leader in sorted(ideas):
        if ideas[leader] not in seen:
            seen.add(ideas[leader])
            rows.append(leader)
    return tuple(rows)


def measure_of(days: int) -> MeasureFacts:
    """The figure as a measure, so that it is compared, told and drawn like one."""
    within = f"within {days} working {'day' if days == 1 else 'days'}"
    return MeasureFacts(
        key="leaders_first_words",
        title=f"First words {within}",
        why="",
        numerator=f"first words {within}",
        denominator="ideas that came to your units",
        kind=Kind.PROPORTION,
        direction=Direction.HIGHER,
        mode=Mode.REPETITIVE,
        domain=Domain.PROCESS,
        period=PeriodLength.MONTH,
        counts=Counts.EVENTS,
        min_denominator=LEAST_IDEAS,
        per=1,
        action="",
    )


def _figures(
    rows: Sequence[int], counted: Sequence[Counted], months: Sequence[date], measure: MeasureFacts
) -> GroupFigures:
    shape = (len(rows), len(months))
    x, d = np.zeros(shape), np.zeros(shape)
    row_of = {leader: row for row, leader in enumerate(rows)}
    column_of = {first: column for column, first in enumerate(months)}
    for one in counted:
        column = column_of.get(one.came.replace(day=1))
        for leader in one.leaders & row_of.keys() if column is not None else ():
            d[row_of[leader], column] += 1
            x[row_of[leader], column] += one.within
    x[d == 0] = d[d == 0] = np.nan
    comparison = compare_group(
        PeerData(
            clinicians=tuple(str(leader) for leader in rows),
            periods=tuple(months),
            numerator=x,
            denominator=d,
        ),
        rules_of(measure, WINDOW_MONTHS, None),
    )
    small = [is_small(Kind.PROPORTION, result, SMALL_COUNT) for result in comparison.results]
    return GroupFigures(
        measure=measure,
        group="leaders",
        people=tuple(rows),
        comparison=comparison,
        periods=tuple(months),
        settled=np.ones(len(months), bool),
        numerator=x,
        denominator=d,
        covered=np.ones(len(rows)),
        small=np.array(small),
        changed_at=None,
    )


def _view(figures: GroupFigures, row: int, day: date) -> MeasureView:
    comparison, measure = figures.comparison, figures.measure
    result = comparison.results[row]
    return MeasureView(
        measure=measure,
        group=figures.group,
        compared=_compared(result, comparison),
        comparison=comparison,
        result=result,
        first_day=figures.periods[-WINDOW_MONTHS],
        last_day=last_day(figures.periods[-1], measure.period),
        periods=figures.periods,
        settled=figures.settled,
        past_review=False,
        small=figures.small,
    )


def _compared(result: ClinicianResult, comparison: GroupComparison) -> Compared:
    if result.denominator < LEAST_IDEAS:
        return Compared.TOO_FEW_CASES
    others = comparison.clinicians - 1
    return Compared.YES if others >= LEAST_OTHERS else Compared.TOO_FEW_PEERS


def _said(view: MeasureView, day: date, days: int, joint: bool) -> LeadersCompared:
    result, comparison = view.result, view.comparison
    assert result.value is not None, "an idea came to them"
    low, high = result.interval
    own = LeadersCompared(
        asked_on=day,
        first_day=view.first_day,
        last_day=view.last_day,
        days=days,
        within=round(result.numerator),
        ideas=round(result.denominator),
        value=result.value,
        interval=None if low is None or high is None else (low, high),
        compared=view.compared,
        joint=joint,
    )
    if view.compared is not Compared.YES:
        return own
    lasts = result.signal in _AGAIN and result.signal is result.previous_signal
    bench = comparison.benchmark
    return replace(
        own,
        others=comparison.clinicians - 1,
        median=comparison.median,
        benchmark=bench.value if bench else None,
        benchmark_ideas=round(bench.denominator) if bench else 0,
        sets_benchmark=result.in_benchmark_set,
        different=result.signal if lasts else None,
    )
