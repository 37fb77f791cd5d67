"""What storage knows before an import, and what the files may therefore refer to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from bot.intake.contents import Contents
from storage.intake import current_versions, every
from storage.measures import Measure, MeasureVersion
from storage.people import Absence, Clinician, ClinicianBinding, Membership, Person, Unit
from storage.terms import ALWAYS, FOREVER, Kind, Mode, PeriodLength


@dataclass(frozen=True)
class Known:
    """Storage before the import, by the names that files use."""

    people: dict[str, int]
    units: dict[str, str]  # each with its parent; "" at the top
    memberships: dict[str, list[tuple[str, date, date]]]
    absences: dict[str, list[tuple[date, date]]]
    clinicians: dict[str, int]
    codes: dict[str, str]  # each code that is or was somebody's, with its present person; "" for nobody
    measure_ids: dict[str, int]
    versions: dict[str, MeasureVersion]


def what_is_known(session: Session) -> Known:
    """Read it. Observations are not part of it."""
    emails = {person.id: person.email for person in every(session, Person)}
    unit_names = {unit.id: unit.name for unit in every(session, Unit)}
    memberships: dict[str, list[tuple[str, date, date]]] = {}
    for row in every(session, Membership):
        place = unit_names[row.unit_id]
        memberships.setdefault(emails[row.person_id], []).append((place, row.starts, row.ends))
    absences: dict[str, list[tuple[date, date]]] = {}
    for absence in every(session, Absence):
        absences.setdefault(emails[absence.person_id], []).append((absence.starts, absence.ends))
    code_of = {clinician.id: clinician.code for clinician in every(session, Clinician)}
    codes: dict[str, str] = {}
    for binding in every(session, ClinicianBinding):
        code = code_of[binding.clinician_id]
        codes.setdefault(code, "")
        if binding.ends == FOREVER:
            codes[code] = emails[binding.person_id]
    return Known(
        people={email: ident for ident, email in emails.items() if ident is not None},
        units={unit.name: unit_names.get(unit.parent_id, "") for unit in every(session, Unit)},
        memberships=memberships,
        absences=absences,
        clinicians={code: ident for ident, code in code_of.items() if ident is not None},
        codes=codes,
        measure_ids={
            measure.key: measure.id for measure in every(session, Measure) if measure.id is not None
        },
        versions=current_versions(session),
    )


@dataclass(frozen=True)
class Scope:
    """What rows may refer to: measures and codes by number, and addresses that stand for codes."""

    measures: list[str]
    kinds: list[Kind]
    periods: list[PeriodLength]
    modes: list[Mode]
    codes: list[str]
    emails: dict[str, int]
    # Codes that are the address of a person who has none; they come to be where a row names them.
    email_codes: dict[int, str]


def what_rows_may_name(known: Known, contents: Contents) -> Scope:
    """Everything in storage and in the files together; the files win."""
    kinds = {key: (version.kind, version.period, version.mode) for key, version in known.versions.items()}
    kinds |= {
        row.key: (row.values["kind"], row.values["period"], row.values["mode"]) for row in contents.measures
    }
    code_of = {email: code for code, email in known.codes.items() if email}
    codes = dict.fromkeys(known.codes)
    for row in contents.people:
        if row.clinician_code:
            code_of[row.email] = row.clinician_code
            codes[row.clinician_code] = None
    email_codes: list[str] = []
    for email in dict.fromkeys((*known.people, *(row.email for row in contents.people))):
        if email not in code_of:
            code_of[email] = email
            codes[email] = None
            email_codes.append(email)
    order = {code: number for number, code in enumerate(codes)}
    return Scope(
        measures=list(kinds),
        kinds=[kind for kind, _, _ in kinds.values()],
        periods=[period for _, period, _ in kinds.values()],
        modes=[mode for _, _, mode in kinds.values()],
        codes=list(codes),
        emails={email: order[code] for email, code in code_of.items()},
        email_codes={order[email]: email for email in email_codes},
    )


def whole_time(span: tuple[date, date]) -> bool:
    """Whether this is the membership that a person has without memberships.csv."""
    return span == (ALWAYS, FOREVER)
