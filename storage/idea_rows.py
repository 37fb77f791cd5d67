"""Rows about one idea: itself under a lock, its history, its people, its messages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Executable,
    Integer,
    bindparam,
    exists,
    func,
    update,
)
from sqlalchemy import select as select_columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, or_, select

from storage.columns import OneOf
from storage.ideas import Delegation, Idea, IdeaEvent, IdeaMessage, IdeaPicture, IdeaSupport
from storage.measures import ImportBatch, MeasureVersion
from storage.outbox import OutboxRow
from storage.people import Absence, Membership, Person, RoleGrant, SlackAccount, Unit
from storage.terms import BatchState, IdeaEventKind, IdeaMessageKind, IdeaState, Op, RoleName


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around an idea: how many support and adopted it, whether it has a picture and a card that
    a channel sees.
    """

    supporters: int
    adoptions: int
    has_picture: bool
    in_channel: bool


def lock_idea(session: Session, idea_id: int) -> Idea | None:
    """The idea as it is now, and nobody else changes it in the meantime.

    Rows may still come to refer to it: a courier or fetcher that adds one waits for nobody who waits for it.
    """
    statement = select(Idea).where(Idea.id == idea_id).with_for_update(key_share=True)
    return session.exec(statement.execution_options(populate_existing=True)).one_or_none()


def compare_and_set(session: Session, idea: Idea, seen: int, fields: Mapping[str, Any]) -> bool:
    """Set columns and count the change, if the version is still the one that was seen."""
    table = Idea.__table__  # type: ignore[attr-defined]
    changed = session.execute(
        update(table)
        .where(table.c.id == idea.id, table.c.version == seen)
        .values(**fields, version=table.c.version + 1)
    )
    session.refresh(idea)
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]


def history(session: Session, idea_id: int) -> list[IdeaEvent]:
    """All lines of an idea's history, oldest first."""
    return list(session.execute(_history(), {"idea": idea_id}).scalars())


@cache
def _history() -> Executable:
    """The statement of `history`, with the parameter `idea`."""
    return select_columns(IdeaEvent).where(col(IdeaEvent.idea_id) == _idea()).order_by(col(IdeaEvent.seq))


def event_of(session: Session, idea_id: int, seq: int) -> IdeaEvent | None:
    """One line of an idea's history."""
    return session.exec(
        select(IdeaEvent).where(col(IdeaEvent.idea_id) == idea_id, IdeaEvent.seq == seq)
    ).one_or_none()


def events_since(session: Session, idea_id: int, seq: int) -> list[IdeaEvent]:
    """The lines after one, oldest first."""
    statement = (
        select(IdeaEvent)
        .where(col(IdeaEvent.idea_id) == idea_id, IdeaEvent.seq > seq)
        .order_by(col(IdeaEvent.seq))
    )
    return list(session.exec(statement))


def people(session: Session, ids: Collection[int | None]) -> dict[int, Person]:
    """People by id; the erased as well."""
    wanted = {person_id for person_id in ids if person_id is not None}
    if not wanted:
        return {}
    found = session.execute(_people(), {"ids": sorted(wanted)}).scalars()
    return {person.id: person for person in found if person.id is not None}


@cache
def _people() -> Executable:
    """The statement of `people`, with the parameter `ids`."""
    return select_columns(Person).where(col(Person.id).in_(bindparam("ids", expanding=True)))


def units(session: Session) -> list[Unit]:
    """All units by name."""
    return list(session.execute(_units()).scalars())


@cache
def _units() -> Executable:
    return select_columns(Unit).order_by(Unit.name)


def unit_chain(session: Session, unit_id: int) -> list[Unit]:
    """A unit, the one above it, and so on to the top."""
    chain: list[Unit] = []
    seen: set[int] = set()
    above: int | None = unit_id
    while above is not None and above not in seen:
        seen.add(above)
        unit = session.get(Unit, above)
        if unit is None:
            break
        chain.append(unit)
        above = unit.parent_id
    return chain


def role_holders(session: Session, role: RoleName, unit_id: int | None, day: date) -> list[int]:
    """Ids of the people who hold a role on a day, everywhere or in that unit; the erased left out."""
    given = {"role": role, "day": day, **({} if unit_id is None else {"unit": unit_id})}
    return list(session.execute(_role_holders(unit_id is not None), given).scalars())


@cache
def _role_holders(in_unit: bool) -> Executable:
    """The statement of `role_holders`, with parameters `role`, `day` and, for one unit, `unit`."""
    day = bindparam("day", type_=Date())
    places: list[ColumnElement[bool]] = [col(RoleGrant.unit_id).is_(None)]
    if in_unit:
        places.append(col(RoleGrant.unit_id) == bindparam("unit"))
    return (
        select_columns(col(RoleGrant.person_id))
        .join(Person, col(Person.id) == RoleGrant.person_id)
        .where(
            col(RoleGrant.role) == bindparam("role", type_=OneOf(RoleName)),
            col(RoleGrant.starts) <= day,
            col(RoleGrant.ends) >= day,
            or_(*places),
        )
        .where(col(Person.erased_at).is_(None))
        .distinct()
        .order_by(col(RoleGrant.person_id))
    )


def stand_ins(session: Session, person_ids: Collection[int], day: date) -> list[int]:
    """Ids of those who answer for one of these people on a day."""
    found = session.exec(
        select(Delegation.delegate_id)
        .where(col(Delegation.person_id).in_(person_ids), Delegation.starts <= day, Delegation.ends >= day)
        .order_by(col(Delegation.id))
    )
    return list(dict.fromkeys(found))


def people_with_emails(session: Session, emails: Iterable[str]) -> list[int]:
    """Ids of the people with these (lower-case) addresses."""
    wanted = list(emails)
    if not wanted:
        return []
    found = session.exec(select(Person.id).where(col(Person.email).in_(wanted)).order_by(col(Person.id)))
    return [person_id for person_id in found if person_id is not None]


def accounts(session: Session, person_ids: Collection[int], team_id: str) -> dict[int, SlackAccount]:
    """Accounts in use in one workspace, by person; who has none, or was erased, is left out."""
    if not person_ids:
        return {}
    found = session.exec(
        select(SlackAccount)
        .join(Person, col(Person.id) == SlackAccount.person_id)
        .where(
            col(SlackAccount.person_id).in_(person_ids),
            col(SlackAccount.team_id).in_((team_id, "")),
            col(SlackAccount.deleted).is_(False),
            col(Person.erased_at).is_(None),
        )
        .order_by(col(SlackAccount.team_id))
    )
    return {account.person_id: account for account in found}


def account_by_user(session: Session, team_id: str, user_id: str) -> SlackAccount | None:
    """The account of a Slack user, in use or not."""
    return session.exec(
        select(SlackAccount)
        .where(SlackAccount.user_id == user_id, col(SlackAccount.team_id).in_((team_id, "")))
        .order_by(col(SlackAccount.team_id).desc())
        .limit(1)
    ).first()


def absences_of(session: Session, person_ids: Collection[int], since: date) -> dict[int, list[Absence]]:
    """Absences that end on that day or later, by person."""
    found: dict[int, list[Absence]] = {}
    if person_ids:
        statement = select(Absence).where(col(Absence.person_id).in_(person_ids), Absence.ends >= since)
        for absence in session.exec(statement.order_by(col(Absence.starts))):
            found.setdefault(absence.person_id, []).append(absence)
    return found


def units_of(session: Session, person_id: int, day: date) -> list[int]:
    """Ids of the units in which a person works on a day, the longest first."""
    found = session.exec(
        select(Membership.unit_id)
        .where(Membership.person_id == person_id, Membership.starts <= day, Membership.ends >= day)
        .order_by(col(Membership.starts), col(Membership.id))
    )
    return list(dict.fromkeys(found))


def staff_counts(session: Session, day: date) -> dict[int, int]:
    """How many people work in each unit on a day; units with nobody are left out."""
    found = session.exec(
        select(Membership.unit_id, func.count(func.distinct(Membership.person_id)))
        .where(Membership.starts <= day, Membership.ends >= day)
        .group_by(col(Membership.unit_id))
    ).all()
    return dict(found)


def measure_titles(session: Session) -> dict[int, str]:
    """The title of each measure, as its current version has it, by its id."""
    rows = session.exec(
        select(MeasureVersion.measure_id, MeasureVersion.title)
        .join(ImportBatch, col(ImportBatch.id) == MeasureVersion.batch_id)
        .where(ImportBatch.state == BatchState.LIVE)
        .order_by(col(MeasureVersion.batch_id))
    ).all()
    return dict(rows)


def supporters(session: Session, idea_id: int) -> list[int]:
    """Ids of the people who said "me too"."""
    return list(session.exec(select(IdeaSupport.person_id).where(IdeaSupport.idea_id == idea_id)))


def around(session: Session, idea_id: int) -> Around:
    """What stands around an idea, in one question."""
    return Around(*session.execute(_around(), {"idea": idea_id}).one())


@cache
def _around() -> Executable:
    """The statement of `around`, with the parameter `idea`."""
    supporters = select_columns(func.count()).where(col(IdeaSupport.idea_id) == _idea())
    adopted = select_columns(func.count()).where(col(Idea.adopted_from_id) == _idea())
    picture = exists().where(
        col(IdeaPicture.idea_id) == _idea(),
        col(IdeaPicture.removed_at).is_(None),
        col(IdeaPicture.problem) == "",
    )
    card = exists().where(
        col(IdeaMessage.idea_id) == _idea(),
        col(IdeaMessage.kind) == IdeaMessageKind.CARD,
        col(IdeaMessage.current).is_(True),
        col(OutboxRow.id) == col(IdeaMessage.outbox_id),
        col(OutboxRow.recipient_id).is_(None),
    )
    return select_columns(supporters.scalar_subquery(), adopted.scalar_subquery(), picture, card)


def add_support(session: Session, idea_id: int, person_id: int, at: datetime) -> bool:
    """Note a "me too"; False where the person said so before."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    table = IdeaSupport.__table__  # type: ignore[attr-defined]
    added = session.execute(
        insert(table)
        .values(idea_id=idea_id, person_id=person_id, at=at)
        .on_conflict_do_nothing()
        .returning(table.c.person_id)
    )
    return added.first() is not None


def adoptions(session: Session, idea_id: int) -> list[int]:
    """The numbers of the ideas that other units made of this one."""
    return list(session.execute(_adoptions(), {"idea": idea_id}).scalars())


@cache
def _adoptions() -> Executable:
    """The statement of `adoptions`, with the parameter `idea`."""
    return select_columns(col(Idea.id)).where(col(Idea.adopted_from_id) == _idea()).order_by(col(Idea.id))


def adopted_in(session: Session, idea_id: int, unit_id: int) -> int | None:
    """The number of the idea that a unit made of this one."""
    statement = select(Idea.id).where(Idea.adopted_from_id == idea_id, Idea.unit_id == unit_id)
    return session.exec(statement.limit(1)).first()


def merged_submitters(session: Session, idea_id: int) -> list[int]:
    """Who handed in, with their names, the ideas that were joined with this one, by however many steps."""
    found: dict[int, None] = {}
    latest, seen = {idea_id}, {idea_id}
    while latest:
        rows = session.exec(
            select(Idea).where(col(Idea.merged_into_id).in_(latest)).order_by(col(Idea.id))
        ).all()
        latest = {idea.id for idea in rows if idea.id is not None} - seen
        seen |= latest
        found |= {idea.submitter_id: None for idea in rows if idea.submitter_id is not None}
    return list(found)


def messages_of(
    session: Session,
    idea_id: int,
    *,
    kinds: Collection[IdeaMessageKind] = (),
    seqs: Collection[int] = (),
    current: bool = False,
) -> list[tuple[IdeaMessage, OutboxRow]]:
    """The messages that show an idea, oldest first: of these kinds, about these lines, the current ones."""
    given: dict[str, Any] = {"idea": idea_id}
    if kinds:
        given["kinds"] = list(kinds)
    if seqs:
        given["seqs"] = list(seqs)
    found = session.execute(_messages_of(bool(kinds), bool(seqs), current), given)
    return [(message, row) for message, row in found]


@cache
def _messages_of(of_kinds: bool, about_lines: bool, current: bool) -> Any:
    """The statement of `messages_of`, with parameters `idea` and, where asked for, `kinds` and `seqs`."""
    statement: Any = (
        select_columns(IdeaMessage, OutboxRow)
        .join(OutboxRow, col(OutboxRow.id) == IdeaMessage.outbox_id)
        .where(col(IdeaMessage.idea_id) == _idea())
        .order_by(col(IdeaMessage.outbox_id))
    )
    if of_kinds:
        wanted = bindparam("kinds", type_=OneOf(IdeaMessageKind), expanding=True)
        statement = statement.where(col(IdeaMessage.kind).in_(wanted))
    if about_lines:
        statement = statement.where(col(IdeaMessage.event_seq).in_(bindparam("seqs", expanding=True)))
    return statement.where(col(IdeaMessage.current).is_(True)) if current else statement


def message_of_row(session: Session, outbox_id: int) -> IdeaMessage | None:
    """Which idea an outbox row shows; None where it shows none."""
    return session.get(IdeaMessage, outbox_id)


def updates_of(session: Session, outbox_id: int) -> list[OutboxRow]:
    """The changes that were put in for one message, latest first."""
    statement = select(OutboxRow).where(OutboxRow.depends_on == outbox_id, OutboxRow.op == Op.UPDATE)
    return list(session.exec(statement.order_by(col(OutboxRow.id).desc())))


def empty_words(session: Session, idea_id: int) -> None:
    """Empty all that was typed on an idea; each line that held something says so in its facts."""
    for event in history(session, idea_id):
        if event.words or event.more:
            event.words = event.more = ""
            event.facts = {**event.facts, "removed": True}
            session.add(event)
    session.flush()


def waiting_again(session: Session, today: date, limit: int) -> list[int]:
    """Ids of ideas put off to a day that has come."""
    statement = select(Idea.id).where(Idea.state == "not_now", col(Idea.look_again_on) <= today)
    found = session.exec(statement.order_by(col(Idea.look_again_on), col(Idea.id)).limit(limit))
    return [idea_id for idea_id in found if idea_id is not None]


def unanswered(session: Session) -> list[int]:
    """Numbers of the ideas that wait for an answer or a decision."""
    found = session.exec(
        select(Idea.id)
        .where(col(Idea.state).in_([IdeaState.NEW, IdeaState.ACKNOWLEDGED]))
        .order_by(col(Idea.id))
    )
    return [number for number in found if number is not None]


def unconfirmed(session: Session, before: datetime) -> Sequence[Idea]:
    """Ideas that were put in place before a moment and still wait to be confirmed."""
    statement = select(Idea).where(
        Idea.state == "implemented", col(Idea.implemented_at) <= before, col(Idea.unverified_at).is_(None)
    )
    return session.exec(statement.order_by(col(Idea.id))).all()


def last_of(session: Session, idea_id: int, kinds: Collection[IdeaEventKind]) -> IdeaEvent | None:
    """The latest line of one of these kinds."""
    statement = select(IdeaEvent).where(col(IdeaEvent.idea_id) == idea_id, col(IdeaEvent.kind).in_(kinds))
    return session.exec(statement.order_by(col(IdeaEvent.seq).desc()).limit(1)).first()


def count_put_offs(session: Session, idea_id: int) -> int:
    """How often an idea got a "not now"."""
    query = select(func.count()).where(
        col(IdeaEvent.idea_id) == idea_id, col(IdeaEvent.kind) == IdeaEventKind.PUT_OFF
    )
    return session.exec(query).one()


def _idea() -> BindParameter[int]:
    return bindparam("idea", type_=Integer())
