"""Ideas: what somebody proposed, what became of it, and the way back to whoever is not named."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from storage.base import Table
from storage.columns import Json, OneOf, UtcDateTime, one_of
from storage.terms import FOREVER, HiddenAct, IdeaEventKind, IdeaMessageKind, IdeaState, Part


class Idea(Table, table=True):
    """One improvement proposal. Its id is its number.

    - An anonymous idea has no `submitter_id`, and comes into this table with its batch: no time, and no order
      of rows, is that of its handing in.
    - `unit_id` is where it applies; `answering_unit_id` whose leadership answers (another one where `above`).
    - `version` counts every change: who decides says which one they saw.
    - Dates are days of the site; `acknowledge_by`, `decide_by` and `update_by` are the clocks, None where
      none runs. `first_words_at` is the first time that a leader wrote something on it.
    - `text` is what was typed, as typed; making it inert is for whoever shows it.
    """

    __tablename__ = "idea"
    __table_args__ = (
        one_of("state", IdeaState),
        CheckConstraint("NOT (anonymous AND submitter_id IS NOT NULL)", name="anonymous_unlinked"),
        CheckConstraint("merged_into_id <> id", name="not_into_itself"),
        Index("ix_idea_answering_unit_state", "answering_unit_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    text: str = Field(sa_type=Text)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    answering_unit_id: int = Field(foreign_key="unit.id")
    state: IdeaState = Field(default=IdeaState.NEW, sa_type=OneOf(IdeaState))
    version: int = 1
    submitter_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    anonymous: bool = False
    above: bool = False
    on_behalf: bool = False
    from_patient: bool = False
    own_control: bool = False
    wants_to_lead: bool = False
    needs_approval: bool = False
    measure_id: int | None = Field(default=None, foreign_key="measure.id", index=True)
    assignee_id: int | None = Field(default=None, foreign_key="person.id")
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    handed_in_at: datetime = Field(sa_type=UtcDateTime, index=True)
    moved_at: datetime = Field(sa_type=UtcDateTime)
    acknowledge_by: date | None = None
    decide_by: date | None = None
    update_by: date | None = None
    first_words_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_on: date | None = None
    look_again_on: date | None = Field(default=None, index=True)
    implemented_on: date | None = None
    implemented_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    unverified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    shared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    merged_into_id: int | None = Field(default=None, foreign_key="idea.id", index=True)
    adopted_from_id: int | None = Field(default=None, foreign_key="idea.id", index=True)
    details_removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class IdeaEvent(Table, table=True):
    """A line of an idea's history. Lines are only added; patient details are emptied out of them.

    `words` and `more` hold all that somebody typed (what each is for: `bot.ideas.lifecycle`), so that there
    are two columns to empty. `facts` holds what a machine reads: dates, ids, counts. `actor_id` is None for
    Rounds itself and for the sender of an anonymous idea.
    """

    __tablename__ = "idea_event"
    __table_args__ = (
        UniqueConstraint("idea_id", "seq"),
        one_of("kind", IdeaEventKind),
        one_of("part", Part),
    )

    id: int | None = Field(default=None, primary_key=True)
    idea_id: int = Field(foreign_key="idea.id")
    seq: int
    kind: IdeaEventKind = Field(sa_type=OneOf(IdeaEventKind))
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    part: Part = Field(sa_type=OneOf(Part))
    actor_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    words: str = Field(default="", sa_type=Text)
    more: str = Field(default="", sa_type=Text)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class IdeaSupport(Table, table=True):
    """A "me too". It shows support and never decides; nobody is shown who said it."""

    __tablename__ = "idea_support"

    idea_id: int = Field(foreign_key="idea.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)
    at: datetime = Field(sa_type=UtcDateTime)


class IdeaMessage(Table, table=True):
    """Which messages on Slack show an idea: to bring them up to date, and to take patient details out.

    `event_seq` is the line of history that the message tells. `current` is False for a card that was left
    behind in another channel.
    """

    __tablename__ = "idea_message"
    __table_args__ = (one_of("kind", IdeaMessageKind),)

    outbox_id: int = Field(foreign_key="outbox.id", primary_key=True)
    idea_id: int = Field(foreign_key="idea.id", index=True)
    kind: IdeaMessageKind = Field(sa_type=OneOf(IdeaMessageKind))
    event_seq: int | None = None
    current: bool = True


class IdeaPicture(Table, table=True):
    """A picture that came with an idea, or as proof. Only its cleaned copy is ever posted.

    `source_file_id` is the sender's own upload; `problem` says in words why it could not be used. The cleaned
    copy goes to the outbox, and its message (`outbox_id`) knows the file that was posted.
    """

    __tablename__ = "idea_picture"

    id: int | None = Field(default=None, primary_key=True)
    idea_id: int = Field(foreign_key="idea.id", index=True)
    event_seq: int
    source_file_id: str = Field(max_length=24)
    problem: str = Field(default="", max_length=200)
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id")
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReplyHandle(Table, table=True):
    """The way back to the sender of an anonymous idea. Says nothing without the site's secret key.

    `sealed` is AES-GCM over the sender's Slack account, padded to a fixed length; `mark` is an HMAC of sender
    and idea, by which the sender's own Home finds it. Neither ties two ideas together.
    """

    __tablename__ = "reply_handle"

    token: str = Field(primary_key=True, max_length=64)
    idea_id: int = Field(foreign_key="idea.id", index=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    key_id: str = Field(max_length=16)
    mark: bytes = Field(sa_type=LargeBinary)


class HiddenActRow(Table, table=True):
    """Something the sender of an anonymous idea did, waiting for the next working day's batch.

    No time, only the day on which it appears; a random key, so that rows have no order.
    """

    __tablename__ = "hidden_act"
    __table_args__ = (one_of("act", HiddenAct),)

    token: str = Field(primary_key=True, max_length=64)
    act: HiddenAct = Field(sa_type=OneOf(HiddenAct))
    idea_id: int | None = Field(default=None, foreign_key="idea.id")
    appears_on: date = Field(index=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    key_id: str = Field(max_length=16)
    mark: bytes = Field(sa_type=LargeBinary)
    body: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class HiddenNews(Table, table=True):
    """An idea whose people are told, with the next batch, that there is news on their Home."""

    __tablename__ = "hidden_news"

    idea_id: int = Field(foreign_key="idea.id", primary_key=True)


class Delegation(Table, table=True):
    """Somebody answers for a leader from one day to another; it ends by itself."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("ends >= starts", name="ends_after_start"),
        CheckConstraint("delegate_id <> person_id", name="not_to_oneself"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    delegate_id: int = Field(foreign_key="person.id", index=True)
    starts: date
    ends: date = Field(default=FOREVER)


class ChannelCheck(Table, table=True):
    """What Slack last said of a unit's channel: a problem in words, or none. Unchecked: no `checked_at`."""

    __tablename__ = "channel_check"

    channel: str = Field(primary_key=True, max_length=100)
    channel_id: str | None = Field(default=None, max_length=24, index=True)
    problem: str = Field(default="", max_length=300)
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class IdeaTerm(Table, table=True):
    """In how many ideas a stem of a word stands: search asks for the rarest ones only."""

    __tablename__ = "idea_term"

    stem: str = Field(primary_key=True, max_length=64)
    ideas: int


# What is due: ideas that wait for a confirmation are looked at by every tick.
Index(
    "ix_idea_waits_for_confirmation",
    Idea.__table__.c.implemented_at,  # type: ignore[attr-defined]
    sqlite_where=text("state = 'implemented'"),
    postgresql_where=text("state = 'implemented'"),
)
