"""What the law gives a person: to see everything that is kept about them, and to have it erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, update
from sqlmodel import Session, col, select

from bot.clock import Clock
from bot.people import rights_answers, rights_ideas, rights_leading, rights_sharing, rights_traces
from bot.people.rights_plain import plain, plain_value
from storage.case_queries import forget_cases, person_cases, person_narratives
from storage.digests import Digest, Look
from storage.engine import Database
from storage.figures import current_observations, measure_keys
from storage.ideas import Delegation, IdeaEvent, IdeaMessage, IdeaSupport
from storage.measures import BatchChange
from storage.outbox import OutboxPicture, OutboxRow
from storage.people import (
    Absence,
    Clinician,
    ClinicianBinding,
    DigestPreference,
    Membership,
    PeerGroup,
    Person,
    RoleGrant,
    SlackAccount,
    Unit,
)
from storage.terms import ALWAYS, FOREVER, OutboxState

ERASED = "erased"

WITHOUT_A_NAME = (
    "What somebody did without their name is not in here, and erasing a person does not reach it: nothing "
    "says whose it is, not even to Rounds. Its sender finds it on their own Rounds Home on Slack."
)


class NobodyThere(LookupError):
    """Nobody has this email address; the text says so."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased, by what it is, and the codes whose figures stay without a name."""

    counts: dict[str, int]
    codes: tuple[str, ...]

    def __str__(self) -> str:
        what = ", ".join(f"{count} {name}" for name, count in self.counts.items() if count)
        lines = [f"Erased: {what or 'the name and the address'}."]
        if self.codes:
            lines.append(
                f"The figures under {', '.join(self.codes)} stay in the group's totals, without a name. "
                "Take the person out of people.csv as well, or the next import brings them back."
            )
        if self.counts.get("cases") or self.counts.get("narratives"):
            lines.append("Take their rows out of cases.csv and narratives.csv as well.")
        if self.counts.get("names on ideas"):
            lines.append("Ideas and what was written on them stay with their unit, without a name.")
        if self.counts.get("names on aims, posts and goals"):
            lines.append(
                "Aims and goals stay with their unit or group, without a name; questions and lessons that "
                "were put to channels go from there."
            )
        if self.counts.get("names in records of looks"):
            lines.append("Whose figures were looked at still sees that somebody looked, without the name.")
        lines.append(WITHOUT_A_NAME)
        lines.append(
            "What stands in channels is rewritten while Rounds runs. Other messages that Slack holds are "
            "Slack's: its own export and retention rules apply to them."
        )
        return "\n".join(lines)


def person_by_email(session: Session, email: str) -> Person:
    """The person with this address. Raises NobodyThere."""
    found = session.exec(select(Person).where(Person.email == email.strip().lower())).one_or_none()
    if found is None:
        raise NobodyThere(f"Nobody with the email address {email} is known here.")
    return found


def export_person(database: Database, email: str) -> dict[str, Any]:
    """Everything that is kept about a person, as plain values for JSON. Raises NobodyThere."""
    with database.read() as session:
        return person_export(session, person_by_email(session, email))


def person_export(session: Session, person: Person) -> dict[str, Any]:
    """Everything that is kept about this person, as plain values for JSON."""
    assert person.id is not None
    bindings = session.exec(
        select(Clinician.code, ClinicianBinding)
        .join(ClinicianBinding, col(ClinicianBinding.clinician_id) == Clinician.id)
        .where(col(ClinicianBinding.person_id) == person.id)
        .order_by(col(ClinicianBinding.starts))
    ).all()
    return {
        "person": plain(person),
        "codes": [{"code": code, **_dates(binding)} for code, binding in bindings],
        "memberships": _memberships(session, person.id),
        "absences": [plain(row) for row in _rows(session, Absence, person.id)],
        "leads": _leads(session, person.id),
        "roles": [plain(row) for row in _rows(session, RoleGrant, person.id)],
        "slack_accounts": [plain(row) for row in _rows(session, SlackAccount, person.id)],
        "digest_settings": [plain(row) for row in _rows(session, DigestPreference, person.id)],
        "digests": [plain(row) for row in _rows(session, Digest, person.id)],
        "looks": [plain(row) for row in _rows(session, Look, person.id)],
        "observations": _observations(session, [binding for _, binding in bindings]),
        **_behind_figures(session, person.id),
        "ideas": rights_ideas.export_ideas(session, person.id),
        "idea_history": [
            plain(row) for row in session.exec(select(IdeaEvent).where(IdeaEvent.actor_id == person.id))
        ],
        "idea_supports": [plain(row) for row in _rows(session, IdeaSupport, person.id)],
        "delegations": [plain(row) for row in session.exec(select(Delegation).where(_stands_in(person.id)))],
        **_leading(session, person.id),
        **_answers(session, person.id),
        **rights_sharing.export_sharing(session, person.id),
        "ideas_without_a_name": WITHOUT_A_NAME,
    }


def erase_person(database: Database, email: str, *, clock: Clock) -> Erasure:
    """Erase a person in one transaction: the row stays, emptied, so that totals still add up.

    Raises NobodyThere.
    """
    now = clock.now()
    with database.write() as session:
        person = person_by_email(session, email)
        assert person.id is not None
        codes = session.exec(
            select(Clinician.code)
            .join(ClinicianBinding, col(ClinicianBinding.clinician_id) == Clinician.id)
            .where(col(ClinicianBinding.person_id) == person.id)
        ).all()
        # The code and the places stay with the emptied row: taking them out would change colleagues' figures.
        traces = rights_traces.find_traces(session, person)
        counts = {"messages": _empty_messages(session, person.id, now)}
        counts["names on ideas"] = rights_ideas.unlink_ideas(session, person.id)
        standing_in = session.execute(delete(Delegation).where(_stands_in(person.id)))
        counts["delegations"] = standing_in.rowcount  # type: ignore[attr-defined]
        rights_traces.clear_posts(session, person.id, now)
        counts |= rights_leading.erase_leading(session, person.id)
        counts |= rights_answers.erase_answers(session, person.id)
        counts |= rights_sharing.erase_sharing(session, person.id)
        _forget_imports(session, person)
        counts["cases"], counts["narratives"] = forget_cases(session, person.id)
        for name, table in (
            ("digests", Digest),
            ("looks", Look),
            ("Slack accounts", SlackAccount),
            ("absences", Absence),
            ("roles", RoleGrant),
            ("digest settings", DigestPreference),
            ("supports of ideas", IdeaSupport),
        ):
            result = session.execute(delete(table).where(col(table.person_id) == person.id))
            counts[name] = result.rowcount  # type: ignore[attr-defined]
        for place in (Unit.leader_id, Unit.manager_id, Unit.deputy_id):
            session.execute(update(Unit).where(col(place) == person.id).values({place.key: None}))  # type: ignore[union-attr]
        rights_traces.write_anew(session, traces, now)
        counts["names in records of looks"] = rights_traces.hide_looker(session, traces)
        person.email = f"{ERASED}-{person.id}@{ERASED}.invalid"
        person.name, person.profession, person.grade = "", "", ""
        person.erased_at = now
    return Erasure(counts, tuple(sorted(set(codes))))


def _empty_messages(session: Session, person_id: int, now: datetime) -> int:
    """Nothing waits any more, and what was sent is forgotten but for the fact."""
    accounts = _rows(session, SlackAccount, person_id)
    rooms = [account.dm_channel for account in accounts if account.dm_channel]
    rooms += [account.user_id for account in accounts]
    mine = or_(
        col(OutboxRow.recipient_id) == person_id,
        col(OutboxRow.conversation).in_(rooms),
        col(OutboxRow.slack_channel).in_(rooms),
    )
    for table in (OutboxPicture, IdeaMessage):
        session.execute(delete(table).where(col(table.outbox_id).in_(select(OutboxRow.id).where(mine))))
    session.execute(
        update(OutboxRow)
        .where(mine, col(OutboxRow.state).in_([OutboxState.WAITING, OutboxState.LEASED]))
        .values(state=OutboxState.CANCELLED, outcome="the person was erased", finished_at=now)
    )
    emptied = session.execute(
        update(OutboxRow)
        .where(mine)
        .values(
            payload={},
            lane=ERASED,
            period=None,
            recipient_id=None,
            conversation=None,
            slack_channel=None,
            slack_ts=None,
            file_id=None,
            guard=None,
        )
    )
    # Digests refer to their messages; both references have to go before the digests do.
    session.execute(update(Digest).where(col(Digest.person_id) == person_id).values(outbox_id=None))
    return int(emptied.rowcount)  # type: ignore[attr-defined]


def _stands_in(person_id: int) -> ColumnElement[bool]:
    return or_(col(Delegation.person_id) == person_id, col(Delegation.delegate_id) == person_id)


def _leading(session: Session, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """What they were sent and did as a leader, on goals and in talks."""
    return {
        part: [
            {
                name: value
                for name, value in plain(row).items()
                if name not in rights_leading.OTHERS.get(part, ())
            }
            for row in rows
        ]
        for part, rows in rights_leading.export_leading(session, person_id).items()
    }


def _answers(session: Session, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """What they said of figures and set aside, and what they answered colleagues."""
    return {
        part: [
            {
                name: value
                for name, value in plain(row).items()
                if name not in rights_answers.OTHERS.get(part, ())
            }
            for row in rows
        ]
        for part, rows in rights_answers.export_answers(session, person_id).items()
    }


def _forget_imports(session: Session, person: Person) -> None:
    """What imports noted of this person's rows, to be taken back by: names and addresses stand there too."""
    assert person.id is not None
    theirs = [
        change.id
        for change in session.exec(select(BatchChange))
        if (change.entity == "person" and change.entity_id == person.id)
        or any((values or {}).get("person_id") == person.id for values in (change.before, change.after))
    ]
    session.execute(delete(BatchChange).where(col(BatchChange.id).in_(theirs)))


def _rows(session: Session, table: type[Any], person_id: int) -> list[Any]:
    return list(session.exec(select(table).where(table.person_id == person_id)).all())


def _dates(row: ClinicianBinding | Membership) -> dict[str, Any]:
    return {"starts": plain_value(row.starts), "ends": plain_value(row.ends)}


def _memberships(session: Session, person_id: int) -> list[dict[str, Any]]:
    rows = session.exec(
        select(Membership, Unit.name, PeerGroup.name)
        .join(Unit, col(Unit.id) == Membership.unit_id)
        .join(PeerGroup, col(PeerGroup.id) == Membership.peer_group_id, isouter=True)
        .where(col(Membership.person_id) == person_id)
        .order_by(col(Membership.starts))
    ).all()
    return [{"unit": unit, "peer_group": group, **_dates(row)} for row, unit, group in rows]


def _leads(session: Session, person_id: int) -> list[dict[str, Any]]:
    """The units in whose leadership they are, and as what."""
    parts = {"leader_id": "clinical leader", "manager_id": "manager", "deputy_id": "deputy"}
    theirs = or_(*(getattr(Unit, column) == person_id for column in parts))
    return [
        {
            "unit": unit.name,
            "part": [what for column, what in parts.items() if getattr(unit, column) == person_id],
        }
        for unit in session.exec(select(Unit).where(theirs).order_by(Unit.name))
    ]


def _observations(session: Session, bindings: list[ClinicianBinding]) -> list[dict[str, Any]]:
    """Current observations of the person's codes, in the time in which each was theirs."""
    keys = measure_keys(session)
    found = current_observations(session, list(keys), ALWAYS, FOREVER)
    theirs = {binding.clinician_id: (binding.starts, binding.ends) for binding in bindings}
    lines = []
    for index, clinician in enumerate(found.clinician.tolist()):
        start: date = found.period[index].item()
        if clinician in theirs and theirs[clinician][0] <= start <= theirs[clinician][1]:
            lines.append(
                {
                    "measure": keys[int(found.measure[index])],
                    "period_start": start.isoformat(),
                    "numerator": float(found.numerator[index]),
                    "denominator": float(found.denominator[index]),
                }
            )
    return lines


def _behind_figures(session: Session, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """The cases and the narratives of the days on which a code was theirs, newest first."""
    keys = measure_keys(session)
    return {
        "cases": [
            {
                "measure": keys[case.measure_id],
                "date": case.day.isoformat(),
                "case_ref": case.case_ref,
                "met": case.met,
                "weight": case.weight,
            }
            for case in person_cases(session, person_id)
        ],
        "narratives": [
            {"measure": keys[story.measure_id], "date": story.day.isoformat(), "text": story.text}
            for story in person_narratives(session, person_id)
        ],
    }
