"""Change a message, publish a Home, answer an interaction: what may safely be done twice."""

from __future__ import annotations

from typing import Any

from bot.courier import pictures
from bot.courier.address import account_for, conversation_of
from bot.courier.desk import Cancelled, Desk, Expired, Failed, Lost, Sent, Step, step_after
from bot.courier.outcomes import Done, Transient, Unknown
from storage.outbox import OutboxRow
from storage.people import SlackAccount
from storage.terms import OutboxState

# A response_url takes five answers; a doubtful one may have used one up.
MOST_RESPONSES = 4


def update(desk: Desk, row: OutboxRow) -> Step:
    """Bring a message up to date. What it says is rendered now, so that an old state is never shown.

    The picture that the message brought stays where the blocks keep a place for it. Rendered with
    `erase_files` (a list of file ids) or `erase_own_picture`, those files are deleted once the message no
    longer shows them; the picture also where its message was never sent.
    """
    original = _original(desk, row)
    payload = _payload(desk, row)
    if not isinstance(payload, dict):
        return payload
    step = _change(desk, row, original, payload)
    if isinstance(step, Sent | Cancelled) or _is_gone(step):
        return _erase(desk, row, original, payload) or step
    return step


def _original(desk: Desk, row: OutboxRow) -> OutboxRow | None:
    if row.depends_on is None:
        return None
    with desk.database.read() as session:
        return session.get(OutboxRow, row.depends_on)


def _change(desk: Desk, row: OutboxRow, original: OutboxRow | None, payload: dict[str, Any]) -> Step:
    target = _target(desk, row, original)
    if not isinstance(target, tuple):
        return target
    channel, ts = target
    file_id = original.file_id if original is not None else None
    blocks = payload.get("blocks")
    if blocks is not None:
        shown = pictures.with_file(blocks, file_id) if file_id else pictures.without_picture(blocks)
        step = _call_update(desk, row, target, payload.get("text"), shown)
        if not pictures.refuses_blocks(step) or pictures.without_files(shown) == shown:
            return step
        # A file may have been deleted since: the words are brought up to date without it.
        blocks = pictures.without_files(shown)
    return _call_update(desk, row, (channel, ts), payload.get("text"), blocks)


def _call_update(desk: Desk, row: OutboxRow, target: tuple[str, str], text: Any, blocks: Any) -> Step:
    channel, ts = target
    given = {"channel": channel, "ts": ts, "text": text, "blocks": blocks}
    outcome = desk.gateway.call("chat.update", given)
    return Sent(channel, ts) if isinstance(outcome, Done) else step_after(outcome, row)


def _is_gone(step: Step) -> bool:
    return isinstance(step, Failed) and step.error.startswith("message_not_found")


def _erase(desk: Desk, row: OutboxRow, original: OutboxRow | None, payload: dict[str, Any]) -> Step | None:
    """Delete the files that are to go. None: they are gone."""
    files = [str(file_id) for file_id in payload.get("erase_files") or ()]
    if payload.get("erase_own_picture") and original is not None and original.file_id is not None:
        files.append(original.file_id)
    for file_id in files:
        outcome = desk.gateway.call("files.delete", {"file": file_id})
        if isinstance(outcome, Done) or getattr(outcome, "error", "") in ("file_not_found", "file_deleted"):
            continue
        return step_after(outcome, row)
    return None


def _target(desk: Desk, row: OutboxRow, original: OutboxRow | None) -> tuple[str, str] | Step:
    if row.depends_on is not None:
        if original is None or original.state is not OutboxState.SENT:
            return Cancelled("what it changes was not sent")
        if original.slack_channel is not None and original.slack_ts is not None:
            return original.slack_channel, original.slack_ts
    ts = row.payload.get("ts")
    if ts is None:
        return Failed("message_not_found")
    channel = conversation_of(desk, row)
    return (channel, str(ts)) if isinstance(channel, str) else channel


def publish(desk: Desk, row: OutboxRow) -> Step:
    """Publish a person's Home."""
    account = account_for(desk, row)
    if not isinstance(account, SlackAccount):
        return account
    view = _payload(desk, row)
    if not isinstance(view, dict):
        return view
    outcome = desk.gateway.call("views.publish", {"user_id": account.user_id, "view": view})
    return Sent() if isinstance(outcome, Done) else step_after(outcome, row)


def respond(desk: Desk, row: OutboxRow) -> Step:
    """Answer by response_url. In doubt it is answered again: better heard twice than not at all."""
    payload = _payload(desk, row)
    if not isinstance(payload, dict):
        return payload
    assert row.conversation is not None
    outcome = desk.gateway.respond(row.conversation, payload)
    if isinstance(outcome, Done):
        return Sent()
    if isinstance(outcome, (Unknown, Transient)) and row.attempts + 1 >= MOST_RESPONSES:
        return Failed(outcome.error)
    return step_after(outcome, row)


def _payload(desk: Desk, row: OutboxRow) -> dict[str, object] | Step:
    """What to say, if it is still to be said."""
    if desk.is_past(row):
        return Expired()
    with desk.database.write() as session:
        held = desk.hold(session, row)
        if held is None:
            return Lost()
        if (stop := desk.ask_guard(session, held)) is not None:
            return stop
        return desk.render(session, held)
