"""Puts the single cases behind a figure, and what is told of cases in words, beside everybody's views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from sqlmodel import Session

from bot.comparison.types import ClinicianResult, GroupComparison, Shift, Signal, Trend
from bot.digests.facts import CaseSums, Compared, MeasureFacts, MeasureView, Told
from storage.case_queries import CaseCount, counts_by_clinician, measures_with_cases, narratives_between
from storage.figures import GroupMember
from storage.terms import Mode

# As long as the trend of a week's measure: what is older nobody thinks back on.
STORIES_LAST = timedelta(weeks=26)

Views = dict[int, tuple[MeasureView, ...]]


def with_cases(
    session: Session,
    views: Mapping[int, Sequence[MeasureView]],
    measures: Mapping[int, MeasureFacts],
    members: Sequence[GroupMember],
    through: date,
) -> Views:
    """The views by person id with their cases and stories; a measure that has only stories gets a view.

    `measures` are by their ids. Only what happened on or before `through` is told.
    """
    found = {person_id: tuple(theirs) for person_id, theirs in views.items()}
    counted = {measures[measure_id].key: measure_id for measure_id in measures_with_cases(session, measures)}
    if counted:
        found = _with_sums(session, found, counted, members)
    told = [measure_id for measure_id, measure in measures.items() if measure.mode is not Mode.REPETITIVE]
    stories: dict[int, dict[int, list[Told]]] = {}
    for person_id, story in narratives_between(session, told, through - STORIES_LAST, through):
        theirs = stories.setdefault(person_id, {}).setdefault(story.measure_id, [])
        if all(one.text != story.text for one in theirs):
            theirs.append(Told(story.day, story.text))
    groups = _groups(members, through)
    for person_id, by_measure in stories.items():
        for measure_id, some in sorted(by_measure.items()):
            theirs_before = found.get(person_id, ())
            group = groups.get(person_id, "")
            found[person_id] = _told(theirs_before, measures[measure_id], some, group, through)
    return found


def _with_sums(
    session: Session, views: Views, counted: Mapping[str, int], members: Sequence[GroupMember]
) -> Views:
    codes: dict[int, set[int]] = {}
    for member in members:
        codes.setdefault(member.person_id, set()).add(member.clinician_id)
    sums: dict[tuple[int, date, date], dict[int, CaseCount]] = {}

    def summed(person_id: int, view: MeasureView) -> MeasureView:
        measure_id = counted.get(view.measure.key)
        if measure_id is None:
            return view
        window = (measure_id, view.first_day, view.last_day)
        if window not in sums:
            sums[window] = counts_by_clinician(session, *window)
        theirs = [sums[window][code] for code in codes.get(person_id, ()) if code in sums[window]]
        if not theirs:
            return view
        return replace(
            view,
            cases=CaseSums(
                cases=sum(one.cases for one in theirs),
                numerator=sum(one.numerator for one in theirs),
                denominator=sum(one.denominator for one in theirs),
            ),
        )

    return {
        person_id: tuple(summed(person_id, view) for view in theirs) for person_id, theirs in views.items()
    }


def _groups(members: Sequence[GroupMember], through: date) -> dict[int, str]:
    return {m.person_id: m.group for m in members if m.starts <= through <= m.ends}


def _told(
    views: tuple[MeasureView, ...], measure: MeasureFacts, stories: Sequence[Told], group: str, through: date
) -> tuple[MeasureView, ...]:
    if any(view.measure.key == measure.key for view in views):
        return tuple(
            replace(view, stories=tuple(stories)) if view.measure.key == measure.key else view
            for view in views
        )
    if measure.mode is not Mode.UNCONSTRAINED:
        # Few cases are told with their counts: without any there is nothing to put the words beside.
        return views
    return (*views, _without_figures(measure, stories, group, through))


def _without_figures(
    measure: MeasureFacts, stories: Sequence[Told], group: str, through: date
) -> MeasureView:
    """The view of a measure of which there are words and no counts."""
    nothing = np.zeros(0)
    trend = Trend(
        values=nothing,
        adjusted=nothing,
        centre=None,
        lower=None,
        upper=None,
        usual_centre=None,
        usual_lower=None,
        usual_upper=None,
        signals=(),
        shift=Shift.NONE,
        shifted_by=None,
        since=None,
        autocorrelation=None,
    )
    result = ClinicianResult(
        clinician="",
        numerator=0.0,
        denominator=0.0,
        expected=None,
        value=None,
        interval=(None, None),
        percentile=None,
        limits_95=None,
        limits_998=None,
        signal=Signal.TOO_FEW,
        previous_signal=Signal.TOO_FEW,
        in_benchmark_set=False,
        previous_value=None,
        trend=trend,
    )
    nobody = GroupComparison(0, (), None, None, None, None, None, None, ())
    return MeasureView(
        measure=measure,
        group=group,
        compared=Compared.NO_DATA,
        comparison=nobody,
        result=result,
        first_day=stories[-1].day,
        last_day=stories[0].day,
        periods=(),
        settled=np.zeros(0, bool),
        past_review=measure.next_review is not None and measure.next_review <= through,
        small=np.zeros(0, bool),
        stories=tuple(stories),
    )
