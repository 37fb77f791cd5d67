"""Checks of what was imported: units have leaders, measures have data and were reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.digests.weeks import last_day, next_start
from bot.doctor.findings import Check, Finding, checked, counted, listed, not_checked
from storage.terms import Mode, PeriodLength

MISSING_PERIODS = 3


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """One current measure: `newest` is the start of the last period with data, None where there is none."""

    title: str
    mode: Mode
    period: PeriodLength
    settles_after: int
    next_review: date | None
    newest: date | None


def check_units(with_leader: Sequence[str], without_leader: Sequence[str]) -> Check:
    """Each unit has a clinical leader, or ideas from it reach nobody. Names of units."""
    if not with_leader and not without_leader:
        return not_checked("Units", "No units were imported yet (units.csv).")
    findings = [
        Finding(
            f"{unit} has no leader, so nobody would answer its ideas.",
            "Fill in leader_email in units.csv and run `rounds import` again.",
        )
        for unit in without_leader
    ]
    return checked("Units", f"{counted(len(with_leader), 'unit')}, each with a leader.", findings)


def check_approvers(approvers: int, without: Sequence[str]) -> Check:
    """Somebody can approve what touches medicines, devices and clinical pathways (I7).

    `approvers` is how many there are; `without` names units that none of them is for.
    """
    todo = "Name one in roles.csv (role: approver, the unit left empty for the whole site), and import it."
    if not approvers:
        wrong = "Nobody is an approver, so ideas that touch medicines, devices or pathways cannot go ahead."
        return checked("Approvers", "", [Finding(wrong, todo)])
    findings = []
    if without:
        wrong = f"No approver is for {listed(without)}, so such ideas cannot go ahead there."
        findings.append(Finding(wrong, todo))
    return checked("Approvers", f"{counted(approvers, 'approver')}, for every unit.", findings)


def periods_missing(measure: MeasureFacts, today: date, most: int = MISSING_PERIODS) -> int:
    """How many periods that are over and have settled have no data since the last one; up to `most`."""
    if measure.newest is None:
        return most
    missing, start = 0, next_start(measure.newest, measure.period)
    settled = timedelta(days=measure.settles_after)
    while missing < most and last_day(start, measure.period) + settled < today:
        missing, start = missing + 1, next_start(start, measure.period)
    return missing


def check_measures(measures: Sequence[MeasureFacts], today: date) -> Check:
    """Measures have data of the last three periods, and are not past their review."""
    if not measures:
        return not_checked("Measures", "No measures were imported yet (measures.toml).")
    # Single cases are told, not counted: such a measure has no figures to miss.
    counts = [measure for measure in measures if measure.mode is not Mode.UNCONSTRAINED]
    never = [measure.title for measure in counts if measure.newest is None]
    findings = []
    if never:
        findings.append(
            Finding(
                f"There is no data at all for {listed(never)}.",
                "Import observations.csv for it, or take the measure out of measures.toml.",
            )
        )
    for measure in counts:
        if measure.newest is not None and periods_missing(measure, today) >= MISSING_PERIODS:
            end = last_day(measure.newest, measure.period)
            findings.append(
                Finding(
                    f"{measure.title}: no data for {MISSING_PERIODS} {measure.period.value}s or more; "
                    f"the last ends on {_day(end)}.",
                    "See whether the extract still runs, then import its observations.",
                )
            )
    findings += [
        Finding(
            f"{measure.title} was due for review on {_day(measure.next_review)} and leads no digest now.",
            "Review it, and set reviewed and next_review in measures.toml.",
        )
        for measure in measures
        if measure.next_review is not None and measure.next_review < today
    ]
    well = f"{counted(len(measures), 'measure')}, with current data and none past review."
    return checked("Measures", well, findings)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
