"""Change a message, publish a Home, answer an interaction: what may safely be done twice."""

from __future__ import annotations

from bot.courier.address import account_for, conversation_of
from bot.courier.desk import Cancelled, Desk, Expired, Failed, Lost, Sent, Step, step_after
from bot.courier.outcomes import Done, Transient, Unknown
from storage.outbox import OutboxRow
from storage.people import SlackAccount
from storage.terms import OutboxState

# A response_url takes five answers; a doubtful one may have used one up.
MOST_RESPONSES = 4


def update(desk: Desk, row: OutboxRow) -> Step:
    """Bring a message up to date. What it says is rendered now, so that an old state is never shown."""
    target = _target(desk, row)
    if not isinstance(target, tuple):
        return target
    payload = _payload(desk, row)
    if not isinstance(payload, dict):
        return payload
    channel, ts = target
    given = {"channel": channel, "ts": ts, "text": payload.get("text"), "blocks": payload.get("blocks")}
    outcome = desk.gateway.call("chat.update", given)
    return Sent(channel, ts) if isinstance(outcome, Done) else step_after(outcome, row)


def _target(desk: Desk, row: OutboxRow) -> tuple[str, str] | Step:
    if row.depends_on is not None:
        with desk.database.read() as session:
            original = session.get(OutboxRow, row.depends_on)
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
