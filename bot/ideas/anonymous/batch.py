"""The batch: at a fixed hour of working days what was done without a name appears, and its news is told.

Everything in it happens at one nominal moment and in no order, so that nothing says who did what when.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from bot.courier.letters import Letter, put
from bot.ideas import acts
from bot.ideas.anonymous import hidden
from bot.ideas.anonymous.sealing import Sealer, sealer_of
from bot.ideas.doing import Doing, Outcome, Refused
from bot.ideas.facts import Draft
from bot.people.accounts import Ok, account_of, judge
from bot.settings import Settings
from storage import hidden_rows, idea_rows
from storage.engine import Database
from storage.ideas import HiddenActRow
from storage.outbox import OutboxRow
from storage.people import Person
from storage.terms import HiddenAct

log = structlog.get_logger()

# The kind of the messages that tell of news, and the renderer that words them. Their rows do not stay.
NEWS = "hidden_news"
_NEWS_LIFE = timedelta(hours=20)


def batch_moment(now: datetime, settings: Settings) -> datetime | None:
    """The nominal moment of today's batch; None where it is not time yet, or today there is none."""
    here = now.astimezone(settings.zone)
    moment = datetime.combine(here.date(), settings.rounds_anonymous_time, settings.zone)
    return moment if now >= moment and hidden.is_batch_day(here.date(), settings) else None


def release(database: Database, now: datetime, settings: Settings, team_id: str) -> int:
    """Do what waits for today's batch, in no order, each in a transaction of its own. Returns how much.

    However many processes do this at once, and wherever one is ended: each is done once. What can no longer
    be done is dropped, and its sender is told to look at their Home; an idea waits for the next batch.
    """
    moment = batch_moment(now, settings)
    if moment is None:
        return 0
    with database.read() as session:
        tokens = list(hidden_rows.due_tokens(session, moment.date()))
    random.SystemRandom().shuffle(tokens)
    doing = hidden.hidden_doing(moment, settings, team_id)
    return sum(_release_one(database, token, doing) for token in tokens)


def _release_one(database: Database, token: str, doing: Doing) -> int:
    try:
        with database.write() as session:
            # The idea first, as whoever acts on it does: two that wait for one another get nowhere.
            idea_id = hidden_rows.idea_of(session, token)
            if idea_id is not None:
                idea_rows.lock_idea(session, idea_id)
            row = hidden_rows.take(session, token)
            if row is None:
                return 0
            _perform(session, row, doing)
        return 1
    except Exception as error:
        # The others must not wait for it. It stays, and is tried again; what it says stays out of the log.
        log.error("batch_stumbled", error=type(error).__name__)
        return 0


def _perform(session: Session, row: HiddenActRow, doing: Doing) -> None:
    sealer = sealer_of(doing.settings)
    sender = sealer.open(row.sealed, row.key_id, row.token) if sealer is not None else None
    with session.begin_nested() as attempt:
        outcome = _act(session, row, doing)
        if isinstance(outcome, Refused):
            attempt.rollback()
    if isinstance(outcome, Refused):
        if row.idea_id is not None:
            hidden.news(session, row.idea_id)
        else:
            # Its sender could not be told, so an idea is never dropped: its unit may come back.
            hidden.keep_for_next_batch(session, row, doing)
        return
    if row.act is HiddenAct.HAND_IN and outcome.idea_id is not None and sealer is not None and sender:
        hidden.leave_handle(session, sealer, sender, outcome.idea_id)


def _act(session: Session, row: HiddenActRow, doing: Doing) -> Outcome:
    body = row.body
    if row.act is HiddenAct.HAND_IN:
        # What an earlier version of the form asked, and this one does not, is left out.
        known = {field.name for field in fields(Draft)}
        draft = Draft(**{name: value for name, value in body.items() if name in known})
        return acts.hand_in(session, doing, draft)
    assert row.idea_id is not None
    words = str(body.get("words", ""))
    match row.act:
        case HiddenAct.ANSWER:
            return acts.answer(session, doing, row.idea_id, int(body["seq"]), words)
        case HiddenAct.ADD_DETAIL:
            return acts.add_detail(session, doing, row.idea_id, words)
        case HiddenAct.WITHDRAW:
            return acts.withdraw(session, doing, row.idea_id, words)
        case HiddenAct.VERIFY:
            return acts.verify(session, doing, row.idea_id, bool(body["share"]))
        case HiddenAct.DISPUTE:
            return acts.dispute(session, doing, row.idea_id, words)


def tell_news(database: Database, now: datetime, settings: Settings, team_id: str) -> int:
    """Tell, once on each batch's day, whoever has news about an idea that has a sender without a name.

    The sender and the named people who support it get the same words at the same moment, one message each
    however many ideas it is about, in no order. Without the key, the supporters alone. Returns how many.
    """
    moment = batch_moment(now, settings)
    if moment is None:
        return 0
    # Asked often, and all day long: nothing is locked for a no.
    with database.read() as session:
        if hidden_rows.told_on(session) == moment.date().isoformat():
            return 0
    with database.write() as session:
        if not hidden_rows.begin_telling(session, moment.date()):
            return 0
        users = _told(session, hidden_rows.take_news(session), sealer_of(settings), team_id)
        for user_id in users:
            put(session, _letter(user_id, moment), now=moment)
    return len(users)


def _told(session: Session, ideas: Iterable[int], sealer: Sealer | None, team_id: str) -> list[str]:
    """The Slack users to tell of news, each once, shuffled."""
    told: set[str] = set()
    for idea_id in ideas:
        together = hidden_rows.with_merged(session, idea_id)
        if not hidden_rows.any_anonymous(session, together):
            continue
        for handle in hidden_rows.handles_of(session, together) if sealer is not None else ():
            sender = sealer.open(handle.sealed, handle.key_id, handle.token)  # type: ignore[union-attr]
            team, _, user_id = (sender or "").partition(":")
            if user_id and team == team_id:
                told.add(user_id)
        for person_id in hidden_rows.supporters_of(session, together):
            told |= _account(session, person_id, team_id)
    users = sorted(told)
    random.SystemRandom().shuffle(users)
    return users


def _account(session: Session, person_id: int, team_id: str) -> set[str]:
    account = account_of(session, person_id, team_id)
    person = session.get_one(Person, person_id)
    return {account.user_id} if account is not None and isinstance(judge(account, person), Ok) else set()


def _letter(user_id: str, moment: datetime) -> Letter:
    # To the account and not to the person: looking a person's account up leaves the time on it.
    return Letter(
        kind=NEWS,
        lane=f"account:{user_id}",
        payload={"render": NEWS},
        conversation=user_id,
        expires_at=moment + _NEWS_LIFE,
    )


def hidden_finished(session: Session, row: OutboxRow) -> None:
    """In the transaction that closes an outbox row: what told of news leaves no trace, sent or not."""
    if row.kind == NEWS:
        session.delete(row)
