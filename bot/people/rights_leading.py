"""Erasing and exporting what is kept of somebody who leads, judges goals or talks with colleagues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, cast, delete, or_, select, update
from sqlmodel import Session, col

from storage.goals import Goal, GoalVote
from storage.leading import Aim, ChannelPost, IdeaSnooze, LeaderMessage, NotMine, Nudge, QuietTime
from storage.talks import Offer, Talk

# What is about one person alone goes with them.
_THEIRS: Final[Sequence[tuple[str, type[Any]]]] = (
    ("messages to leaders", LeaderMessage),
    ("reminders", Nudge),
    ("snoozes", IdeaSnooze),
    ("ideas said to be another's", NotMine),
    ("times of do-not-disturb", QuietTime),
    ("votes on goals", GoalVote),
    ("offers of a talk", Offer),
)
# Words and goals are the unit's and the group's, and stay without a name.
_UNLINKED: Final[Sequence[tuple[type[Any], str]]] = (
    (Aim, "set_by"),
    (ChannelPost, "person_id"),
    (Goal, "proposed_by"),
    (Goal, "decided_by"),
    (Goal, "ended_by"),
)


def erase_leading(session: Session, person_id: int) -> dict[str, int]:
    """Erase it. Returns how many rows of each kind; words that stay without a name are "words to a unit"."""
    counts = {"talks": _count(session, delete(Talk).where(_talks(person_id)))}
    for name, table in _THEIRS:
        counts[name] = _count(session, delete(table).where(col(table.person_id) == person_id))
    counts["names on aims, posts and goals"] = sum(
        _count(
            session,
            update(table).where(getattr(table, column) == person_id).values({column: None}),
        )
        for table, column in _UNLINKED
    )
    _forget_who_heard_too(session, person_id)
    return counts


def export_leading(session: Session, person_id: int) -> dict[str, list[Any]]:
    """The rows that are theirs, by what they are. What others did is not in them."""

    def rows(query: Select[Any]) -> list[Any]:
        return list(session.execute(query).scalars())

    def own(table: type[Any], column: str = "person_id") -> list[Any]:
        return rows(select(table).where(getattr(table, column) == person_id))

    return {
        "leader_messages": own(LeaderMessage),
        "reminders": own(Nudge),
        "snoozes": own(IdeaSnooze),
        "ideas_not_mine": own(NotMine),
        "do_not_disturb": own(QuietTime),
        "aims": own(Aim, "set_by"),
        "channel_posts": own(ChannelPost),
        "goals_proposed": own(Goal, "proposed_by"),
        "goals_decided": own(Goal, "decided_by"),
        "goals_ended": own(Goal, "ended_by"),
        "goal_votes": own(GoalVote),
        "offers": own(Offer),
        "talks_asked_for": own(Talk, "asker_id"),
        "talks_asked_of_them": rows(select(Talk).where(col(Talk.offer_id).in_(_offers(person_id)))),
    }


# Of somebody else's row, or of a goal that others take part in: who they are is not this person's to have.
OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "talks_asked_of_them": ("asker_id",),
    "goals_proposed": ("proposed_by", "decided_by", "ended_by"),
    "goals_decided": ("proposed_by", "decided_by", "ended_by"),
    "goals_ended": ("proposed_by", "decided_by", "ended_by"),
}


def _offers(person_id: int) -> Select[Any]:
    return select(col(Offer.id)).where(col(Offer.person_id) == person_id)


def _talks(person_id: int) -> ColumnElement[bool]:
    return or_(col(Talk.asker_id) == person_id, col(Talk.offer_id).in_(_offers(person_id)))


def _forget_who_heard_too(session: Session, person_id: int) -> None:
    """Colleagues' messages hold the ids of those who heard of an idea as well."""
    mentioned = cast(col(LeaderMessage.contents), Text).like(f"%{person_id}%")
    for message in session.execute(select(LeaderMessage).where(mentioned)).scalars():
        message.contents = {
            part: [_without(item, person_id) for item in items] if isinstance(items, list) else items
            for part, items in message.contents.items()
        }
        session.add(message)


def _without(item: Any, person_id: int) -> Any:
    if not isinstance(item, dict) or "with" not in item:
        return item
    return {**item, "with": [one for one in item["with"] if one != person_id]}


def _count(session: Session, statement: Any) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]
