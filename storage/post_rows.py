"""Queries on what leaders put to their units' channels."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from storage.leading import ChannelPost, LeaderMessage
from storage.outbox import OutboxRow
from storage.people import Person, SlackAccount, Unit
from storage.terms import OutboxState, Posted

_NEVER_THERE = (OutboxState.FAILED, OutboxState.CANCELLED, OutboxState.EXPIRED)


def _reached() -> ColumnElement[bool]:
    """What stands in the channel, or is on its way there."""
    return or_(col(OutboxRow.id).is_(None), col(OutboxRow.state).not_in(_NEVER_THERE))


def questions_asked(session: Session, unit_id: int) -> list[tuple[datetime, str]]:
    """When a unit was asked which shipped question, oldest first."""
    query = (
        select(ChannelPost.posted_at, ChannelPost.question)
        .outerjoin(OutboxRow, col(OutboxRow.id) == col(ChannelPost.outbox_id))
        .where(ChannelPost.unit_id == unit_id, ChannelPost.kind == Posted.QUESTION)
        .where(ChannelPost.question != "", _reached())
        .order_by(col(ChannelPost.id))
    )
    return [(at, key) for at, key in session.exec(query)]


def questions_since(session: Session, unit_ids: Collection[int], since: datetime) -> list[ChannelPost]:
    """The questions that were put to these units since then, oldest first."""
    query = (
        select(ChannelPost)
        .outerjoin(OutboxRow, col(OutboxRow.id) == col(ChannelPost.outbox_id))
        .where(col(ChannelPost.unit_id).in_(unit_ids), ChannelPost.kind == Posted.QUESTION)
        .where(ChannelPost.posted_at >= since, _reached())
        .order_by(col(ChannelPost.id))
    )
    return list(session.exec(query))


def shared_between(session: Session, person_id: int, since: datetime, until: datetime) -> bool:
    """Whether somebody shared a lesson from `since` on and before `until`."""
    query = select(ChannelPost.id).where(
        ChannelPost.person_id == person_id,
        ChannelPost.kind == Posted.LESSON,
        ChannelPost.posted_at >= since,
        ChannelPost.posted_at < until,
    )
    return session.exec(query.limit(1)).first() is not None


def had_a_week_before(session: Session, person_id: int, monday: date) -> bool:
    """Whether somebody had a leader's week before that Monday's."""
    query = select(LeaderMessage.id).where(
        LeaderMessage.person_id == person_id, col(LeaderMessage.week).is_(True), LeaderMessage.day < monday
    )
    return session.exec(query.limit(1)).first() is not None


def post_of_row(session: Session, outbox_id: int) -> ChannelPost | None:
    """The post that an outbox row brings to the channel."""
    return session.exec(select(ChannelPost).where(ChannelPost.outbox_id == outbox_id)).first()


def sent_row(session: Session, post: ChannelPost) -> OutboxRow | None:
    """Where a post stands on Slack; None where it does not."""
    row = None if post.outbox_id is None else session.get(OutboxRow, post.outbox_id)
    return row if row is not None and row.slack_ts is not None else None


def units_with_a_channel(session: Session, unit_ids: Collection[int]) -> list[Unit]:
    """Those of these units that have one, by name."""
    query = select(Unit).where(col(Unit.id).in_(unit_ids), Unit.channel != "").order_by(Unit.name)
    return list(session.exec(query))


def names_of_accounts(session: Session, team_id: str, user_ids: Collection[str]) -> dict[str, str]:
    """The names of the people behind Slack accounts, as far as Rounds knows them."""
    query = (
        select(SlackAccount.user_id, Person.name)
        .join(Person, col(Person.id) == SlackAccount.person_id)
        .where(SlackAccount.team_id == team_id, col(SlackAccount.user_id).in_(user_ids))
        .where(col(SlackAccount.deleted).is_(False), col(Person.erased_at).is_(None))
    )
    return dict(session.exec(query).all())
