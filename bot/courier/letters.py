"""A letter: one thing to say on Slack, put into the outbox with the change that it tells of."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from bot.digests.facts import Picture
from storage import outbox_queue
from storage.outbox import OutboxPicture, OutboxRow
from storage.terms import Op, Priority

# As `thread_ts`: into the thread of the message that the letter depends on, whose ts is not known yet.
THREAD_OF_DEPENDENCY = "dependency"

# In a payload: the words matter more than the picture, and go out without it where Slack does not take it.
PICTURE_MAY_MISS = "picture_may_miss"

# In a payload: `{"maker", "name", ...}`, a file that is made when it is sent and comes into the message's
# thread. Its bytes are never stored here.
MADE_FILE = "made_file"

# A response_url lives for 30 minutes; the last one is left to the network.
RESPONSE_LIFE = timedelta(minutes=29)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What to say, where, and until when it makes sense.

    - `lane`: the conversation in our own words ("person:12", "channel:C0123"); first in, first out.
    - To a person: `recipient_id`. To a channel: `conversation`, its id or name; to a Slack user, of whom
      nothing is looked up or noted: their id. For `respond` the response_url is the conversation. For
      `update` it is what `depends_on` posted, or `conversation` with `payload["ts"]`.
    - `payload`: `{"text", "blocks"}`, a view for `publish`, or `{"render": name, ...}` to be rendered by the
      courier's renderer of that name when it is sent.
    - `period`: with it, `kind` and `lane` are said once and never again.
    - `coalesce_key`: a letter that still waits under the same key takes over what this one says.
    - `depends_on`: the id of a row that has to be finished first. If that one was not sent, updates of it
      and answers in its thread are cancelled; others just follow.
    - `guard`: `{"name": ..., ...}`, a condition that is asked again just before posting.
    """

    kind: str
    lane: str
    payload: Mapping[str, Any]
    op: Op = Op.POST
    recipient_id: int | None = None
    conversation: str | None = None
    thread_ts: str | None = None
    picture: Picture | None = None
    period: str | None = None
    priority: int = Priority.NOTICE
    not_before: datetime | None = None
    expires_at: datetime | None = None
    guard: Mapping[str, Any] | None = None
    coalesce_key: str | None = None
    depends_on: int | None = None


def put(session: Session, letter: Letter, *, now: datetime) -> int | None:
    """Put a letter into the outbox. Returns the row's id; None where this was already said.

    Part of the caller's transaction: it goes out if the change that it tells of is kept, and only then.
    Raises ValueError for a letter that has nowhere to go.
    """
    _check(letter)
    expires_at = letter.expires_at
    if letter.op is Op.RESPOND:
        expires_at = min(expires_at or now + RESPONSE_LIFE, now + RESPONSE_LIFE)
    row = OutboxRow(
        key=secrets.token_hex(16),
        op=letter.op,
        kind=letter.kind,
        lane=letter.lane,
        period=letter.period,
        recipient_id=letter.recipient_id,
        conversation=letter.conversation,
        thread_ts=letter.thread_ts,
        depends_on=letter.depends_on,
        coalesce_key=letter.coalesce_key,
        priority=letter.priority,
        not_before=letter.not_before or now,
        expires_at=expires_at,
        guard=dict(letter.guard) if letter.guard is not None else None,
        payload=dict(letter.payload),
        created_at=now,
    )
    row_id = outbox_queue.add(session, row)
    if row_id is not None and letter.picture is not None:
        picture = letter.picture
        outbox_queue.set_picture(
            session,
            OutboxPicture(outbox_id=row_id, png=picture.png, title=picture.title, alt_text=picture.alt_text),
        )
    return row_id


def _check(letter: Letter) -> None:
    by_dependency = letter.op is Op.UPDATE and letter.depends_on is not None
    if letter.recipient_id is None and letter.conversation is None and not by_dependency:
        raise ValueError("a letter needs a recipient or a conversation")
    if letter.op is Op.PUBLISH and letter.recipient_id is None:
        raise ValueError("only a person has a Home to publish to")
    if letter.thread_ts == THREAD_OF_DEPENDENCY and letter.depends_on is None:
        raise ValueError("an answer in a thread needs the letter that it depends on")
    if letter.picture is not None and letter.op is not Op.POST:
        raise ValueError("only a new message can bring a picture")
