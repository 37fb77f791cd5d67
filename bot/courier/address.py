"""Where a row goes: a person's direct messages, or a channel."""

from __future__ import annotations

from datetime import timedelta

from bot.courier.desk import Again, Cancelled, Desk, Failed, Step, step_after
from bot.courier.outcomes import Done, Permanent
from bot.people.accounts import Gone, Held, Ok, account_of, check_account, judge
from storage.engine import Database
from storage.outbox import OutboxRow
from storage.outbox_queue import HELD
from storage.people import Person, SlackAccount
from storage.terms import Priority

# Whoever gets an answer has just been there; for anything else Slack is asked who the account is now.
RECENT = timedelta(hours=1)
JUST_NOW = timedelta(minutes=10)


def conversation_of(desk: Desk, row: OutboxRow) -> str | Step:
    """The id of the conversation to post in. A person's account is checked first."""
    if row.recipient_id is None:
        if row.conversation is None:
            return Failed("no_conversation")
        if _is_user(row.conversation):
            return _room_with(desk, row, row.conversation)
        found = desk.gateway.channel_id(row.conversation)
        return found if isinstance(found, str) else step_after(found, row)
    account = account_for(desk, row)
    if not isinstance(account, SlackAccount):
        return account
    return account.dm_channel or _open(desk, row, account)


def account_for(desk: Desk, row: OutboxRow) -> SlackAccount | Step:
    """The recipient's account, if it is in use and theirs."""
    assert row.recipient_id is not None
    with desk.database.read() as session:
        account = account_of(session, row.recipient_id, desk.team_id)
        person = session.get_one(Person, row.recipient_id)
    if account is None or account.id is None:
        return Failed("no_slack_account")
    if _is_fresh(desk, row, account):
        check: object = judge(account, person)
    else:
        check = check_account(desk.database, desk.gateway, desk.clock, account.id, account.user_id)
    match check:
        case Ok():
            return account
        case Held(reason):
            return Cancelled(HELD + reason)
        case Gone(error):
            return Failed(error)
    return step_after(check, row)  # type: ignore[arg-type]


def _is_fresh(desk: Desk, row: OutboxRow, account: SlackAccount) -> bool:
    """Whether Slack was asked about the account lately; for bulk: since this message was written."""
    if account.checked_at is None:
        return False
    age = desk.clock.now() - account.checked_at
    if row.priority >= Priority.BULK:
        return account.checked_at > row.created_at and age <= JUST_NOW
    return age <= RECENT


def _open(desk: Desk, row: OutboxRow, account: SlackAccount) -> str | Step:
    channel = _room_with(desk, row, account.user_id)
    if isinstance(channel, str):
        _keep(desk.database, account, channel)
    return channel


def _room_with(desk: Desk, row: OutboxRow, user_id: str) -> str | Step:
    """The direct messages with a Slack user, whoever that is. Nothing is looked up here, nor written."""
    outcome = desk.gateway.call("conversations.open", {"users": user_id})
    return str(outcome.data["channel"]["id"]) if isinstance(outcome, Done) else step_after(outcome, row)


def _is_user(conversation: str) -> bool:
    # The name of a channel has no capital letters.
    return conversation[:1] in ("U", "W") and conversation.isalnum() and conversation.isupper()


def forget_if_stale(desk: Desk, row: OutboxRow, refusal: Permanent) -> Again | None:
    """A kept DM that Slack no longer knows is opened anew, once."""
    if refusal.error != "channel_not_found" or row.recipient_id is None or row.attempts > 0:
        return None
    with desk.database.read() as session:
        account = account_of(session, row.recipient_id, desk.team_id)
    if account is None or account.dm_channel is None:
        return None
    _keep(desk.database, account, None)
    return Again(refusal.error, 0.0, row.attempted_at)


def _keep(database: Database, account: SlackAccount, channel: str | None) -> None:
    with database.write() as session:
        found = session.get(SlackAccount, account.id)
        if found is not None and found.user_id == account.user_id:
            found.dm_channel = channel
            session.add(found)
