"""Writes the demo's data, in the import format, from a seed: the same arguments give the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from string import Template

from babel.dates import format_date

from bot.demo.cases import CASE_MEASURES, case_rows, narrative_rows
from bot.demo.figures import (
    CHANGED_WEEKS,
    LEAVE_WEEKS,
    MODELS,
    STARTER_WEEKS,
    Cast,
    Series,
    all_series,
    mondays,
)
from bot.demo.world import (
    MOVED,
    MOVED_FROM,
    PALLIATIVE,
    PHYSICIANS,
    ROLES,
    TOP_UNIT,
    UNITS,
    Person,
    Plant,
    Planted,
    clinicians,
    everybody,
    planted,
)

__all__ = ["DemoWorld", "Plant", "Planted", "generate"]

MIN_WEEKS = 36
_MOVED_WEEKS = 26


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """What was written, and what is planted in it (true as of the Monday after `last_sunday`)."""

    directory: Path
    first_monday: date
    last_sunday: date
    weeks: int
    seed: int
    measures: tuple[str, ...]
    clinicians: tuple[str, ...]
    peer_group: str
    small_peer_group: str
    top_unit: str
    planted: tuple[Planted, ...]

    def of(self, *types: Plant) -> tuple[Planted, ...]:
        """The planted stories of these types."""
        return tuple(story for story in self.planted if story.type in types)


def generate(out: Path, *, weeks: int = 52, last_sunday: date, seed: int = 7) -> DemoWorld:
    """Write people, places, measures, observations, cases and narratives into `out`.

    `out` is made if it is not there. Weeks start on Monday and the last one ends on `last_sunday`. The
    planted stories are sure to be found with the default seed (tests hold them); other seeds give other
    figures around the same stories. Raises ValueError if `last_sunday` is no Sunday or `weeks` is too short
    for the stories.
    """
    if last_sunday.isoweekday() != 7:
        raise ValueError(f"last_sunday must be a Sunday, but {last_sunday} is a {last_sunday:%A}.")
    if weeks < MIN_WEEKS:
        raise ValueError(f"The demo's stories need at least {MIN_WEEKS} weeks; {weeks} were asked for.")
    people = clinicians()
    stories = planted()
    cast = Cast(tuple(person.clinician_code for person in people), stories, mondays(weeks, last_sunday))
    out.mkdir(parents=True, exist_ok=True)
    _write_people(out, last_sunday)
    _write_measures(out / "measures.toml", last_sunday)
    series = list(all_series(cast, seed))
    _write_observations(out / "observations.csv", cast, series)
    _write_cases(out / "cases.csv", cast, series, seed)
    _write_csv(out / "narratives.csv", "measure,clinician,date,text", narrative_rows(last_sunday))
    return DemoWorld(
        directory=out,
        first_monday=cast.mondays[0],
        last_sunday=last_sunday,
        weeks=weeks,
        seed=seed,
        measures=tuple(MODELS),
        clinicians=cast.codes,
        peer_group=PHYSICIANS,
        small_peer_group=PALLIATIVE,
        top_unit=TOP_UNIT,
        planted=stories,
    )


def _write_csv(path: Path, header: str, rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="\n")


def _write_people(out: Path, last_sunday: date) -> None:
    everyone = everybody()
    by_name = {person.name: person for person in everyone}
    _write_csv(
        out / "people.csv",
        "email,name,profession,grade,unit,peer_group,clinician_code,slack_user_id",
        (
            [p.email, p.name, p.profession, p.grade, p.unit, p.peer_group, p.clinician_code, ""]
            for p in everyone
        ),
    )
    _write_csv(
        out / "units.csv",
        "unit,parent,channel,leader_email,deputy_email,manager_email",
        (
            [u.name, u.parent, u.channel, *(by_name[who].email for who in (u.leader, u.deputy, u.manager))]
            for u in UNITS
        ),
    )
    _write_csv(
        out / "roles.csv",
        "email,role,unit",
        ([by_name[name].email, role, unit] for name, role, unit in ROLES),
    )
    monday = last_sunday + timedelta(days=1)
    _write_csv(out / "memberships.csv", "email,unit,peer_group,starts,ends", _memberships(monday))
    away = next(story for story in planted() if story.type is Plant.ON_LEAVE)
    starts, ends = monday - timedelta(weeks=LEAVE_WEEKS), monday + timedelta(weeks=6, days=-1)
    _write_csv(
        out / "absences.csv", "email,starts,ends", [[away.email, starts.isoformat(), ends.isoformat()]]
    )


def _memberships(monday: date) -> Iterator[list[str]]:
    """Only those whose place changed within the year; people.csv speaks for the rest."""
    for person in clinicians():
        if person.clinician_code == MOVED:
            moved = monday - timedelta(weeks=_MOVED_WEEKS)
            long_before = monday - timedelta(weeks=520)
            last_day = moved - timedelta(days=1)
            yield _membership(person, MOVED_FROM, long_before, last_day)
            yield _membership(person, person.unit, moved, None)
        elif any(s.clinician_code == person.clinician_code for s in planted() if s.type is Plant.STARTER):
            yield _membership(person, person.unit, monday - timedelta(weeks=STARTER_WEEKS), None)


def _membership(person: Person, unit: str, starts: date, ends: date | None) -> list[str]:
    return [person.email, unit, person.peer_group, starts.isoformat(), ends.isoformat() if ends else ""]


def _write_measures(path: Path, last_sunday: date) -> None:
    changed = last_sunday + timedelta(days=1) - timedelta(weeks=CHANGED_WEEKS)
    dates = {
        "changed": changed.isoformat(),
        "changed_in_words": format_date(changed, "d MMMM y", locale="en_GB"),
        "reviewed": (last_sunday - timedelta(days=75)).isoformat(),
        "next_review": (last_sunday + timedelta(days=290)).isoformat(),
    }
    template = Template(Path(__file__).with_name("measures.toml").read_text(encoding="utf-8"))
    path.write_text(template.substitute(dates), encoding="utf-8", newline="\n")


def _write_observations(path: Path, cast: Cast, measures: Iterable[Series]) -> None:
    lines = ["measure,clinician,period_start,numerator,denominator,expected,squares"]
    weeks = [monday.isoformat() for monday in cast.mondays]
    for series in measures:
        expected, squares = series.expected, series.squares
        for row, code in enumerate(cast.codes):
            for week, day in enumerate(weeks):
                if not series.denominator[row, week]:
                    continue
                numbers = (
                    f"{series.numerator[row, week]:.10g},{series.denominator[row, week]:.10g},"
                    f"{'' if expected is None else format(expected[row, week], '.10g')},"
                    f"{'' if squares is None else format(squares[row, week], '.10g')}"
                )
                lines.append(f"{series.measure},{code},{day},{numbers}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _write_cases(path: Path, cast: Cast, measures: Iterable[Series], seed: int) -> None:
    lines = ["measure,clinician,date,case_ref,met"]
    for series in measures:
        if series.measure in CASE_MEASURES:
            lines += case_rows(cast, series, seed)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
