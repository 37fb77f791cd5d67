"""What the sender of an anonymous idea does, and how they find their own ideas again (I12).

Nothing that ties them to it is kept: what they do waits without a time under a random key until the next
working day's batch (`bot.ideas.anonymous.batch`), and their account stands there sealed. Whoever has the
database has not the site's secret key.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from bot.access import NOBODY
from bot.ideas.anonymous.sealing import Sealer, sealer_of
from bot.ideas.doing import Doing
from bot.ideas.working import WorkingDays, is_free, next_working_day
from bot.settings import Settings
from storage import hidden_rows
from storage.ideas import HiddenActRow, ReplyHandle
from storage.terms import HiddenAct

_LARGEST_PLACE = 2**63 - 1


class NoKey(Exception):
    """No secret key is set, so nobody can be led back to what they did without their name."""


def put_off(
    session: Session, doing: Doing, act: HiddenAct, idea_id: int | None, body: Mapping[str, Any]
) -> date:
    """Keep what somebody does without their name for the next batch. Returns the day on which it appears.

    `body` holds what was typed and chosen, never who did: the fields of the Draft for HAND_IN, "words" for
    what has words, "seq" for the question that ANSWER answers, "share" for VERIFY. Nothing else may be
    written with it: no letter, no log line. Raises NoKey; whoever asks `sealer_of(settings)` before does not
    see it.
    """
    sealer = sealer_of(doing.settings)
    if sealer is None:
        raise NoKey("no secret key is set")
    token = secrets.token_hex(16)
    appears_on = batch_after(doing.today, doing.settings)
    row = HiddenActRow(
        token=token,
        act=act,
        idea_id=idea_id,
        appears_on=appears_on,
        sealed=sealer.seal(doing.sender, token),
        key_id=sealer.key_id,
        mark=sealer.mark(doing.sender, _act(token)),
        body=dict(body),
    )
    hidden_rows.keep(session, row, 1 + secrets.randbelow(_LARGEST_PLACE))
    return appears_on


def is_mine(session: Session, doing: Doing, idea_id: int) -> bool:
    """Whether the person who does this sent this anonymous idea. False without the key that knows."""
    sealer = sealer_of(doing.settings)
    if sealer is None or not doing.user_id:
        return False
    is_theirs = sealer.marker(doing.sender)
    return any(is_theirs(_idea(idea_id), mark) for mark in hidden_rows.marks_of(session, idea_id))


def mine(session: Session, doing: Doing) -> list[int]:
    """The numbers of the anonymous ideas that this person sent, in ascending order."""
    sealer = sealer_of(doing.settings)
    if sealer is None or not doing.user_id:
        return []
    # Every one is looked at: which ones are whose is not a thing that the database knows.
    is_theirs = sealer.marker(doing.sender)
    return sorted(number for number, mark in hidden_rows.marks(session) if is_theirs(_idea(number), mark))


def waiting_of(session: Session, doing: Doing) -> list[HiddenActRow]:
    """What this person did without their name and that waits for its batch."""
    sealer = sealer_of(doing.settings)
    if sealer is None or not doing.user_id:
        return []
    is_theirs = sealer.marker(doing.sender)
    tokens = [token for token, mark in hidden_rows.waiting_marks(session) if is_theirs(_act(token), mark)]
    rows = (session.get(HiddenActRow, token) for token in tokens)
    return sorted((row for row in rows if row is not None), key=lambda row: (row.appears_on, row.token))


def news(session: Session, idea_id: int) -> None:
    """Note that an idea has news for whoever sent it without their name, or one that was merged into it.

    For any idea, however often: where nobody unnamed is concerned nothing is told.
    """
    hidden_rows.note_news(session, idea_id)


def leave_handle(session: Session, sealer: Sealer, sender: str, idea_id: int) -> None:
    """Leave the way back to the sender of an idea that has just appeared."""
    token = secrets.token_hex(16)
    session.add(
        ReplyHandle(
            token=token,
            idea_id=idea_id,
            sealed=sealer.seal(sender, token),
            key_id=sealer.key_id,
            mark=sealer.mark(sender, _idea(idea_id)),
        )
    )


def keep_for_next_batch(session: Session, row: HiddenActRow, doing: Doing) -> None:
    """Put back what was taken out of the table: for the batch after this one."""
    kept = row.model_dump() | {"appears_on": batch_after(doing.today, doing.settings)}
    hidden_rows.keep(session, HiddenActRow(**kept), 1 + secrets.randbelow(_LARGEST_PLACE))


def hidden_doing(at: datetime, settings: Settings, team_id: str) -> Doing:
    """Somebody who is not named does something, at the time of the batch."""
    return Doing(actor=NOBODY, user_id="", team_id=team_id, now=at, settings=settings, released=True)


def batch_after(day: date, settings: Settings) -> date:
    """The day of the next batch: the first working day of the site after this one."""
    return next_working_day(WorkingDays(settings.zone, settings.rounds_holidays), day)


def is_batch_day(day: date, settings: Settings) -> bool:
    """Whether a batch comes on that day: no weekend and no public holiday of the site."""
    return not is_free(settings.rounds_holidays, day)


def _idea(number: int) -> str:
    return f"idea:{number}"


def _act(token: str) -> str:
    return f"act:{token}"
