"""When somebody joins the workspace: known people are matched at once, and greeted once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from bot.courier.letters import Letter, put
from bot.digests.write import Message
from bot.home import words
from bot.slack_blocks import section
from storage.home_queries import accounts_like, has_code, person_by_email
from storage.people import Person, SlackAccount
from storage.terms import Priority

KIND = "hello"


def greet_newcomer(
    session: Session, user: Mapping[str, Any], *, team_id: str, now: datetime, today: date, purpose: str
) -> bool:
    """Match a new Slack account (Slack's user object) by email and put a greeting into the outbox.

    Nothing happens for bots, for people of other workspaces, and for addresses that nobody here has. An
    account or a person that is bound already stays as it is: `rounds import --rebind` is for that. Clinicians
    are bound, but hear nothing yet: their welcome (D27) stands before their first digest, and one is enough.
    Returns whether a greeting was put in.
    """
    person = _person_of(session, user, team_id)
    if person is None or person.id is None:
        return False
    if not _bind(session, person, user, team_id, now) or has_code(session, person.id, today):
        return False
    message = greeting(purpose)
    row_id = put(
        session,
        Letter(
            kind=KIND,
            lane=f"person:{person.id}",
            recipient_id=person.id,
            payload={"text": message.text, "blocks": list(message.blocks)},
            period="once",
            priority=Priority.NOTICE,
        ),
        now=now,
    )
    return row_id is not None


def greeting(purpose: str) -> Message:
    """A short hello for somebody without figures."""
    blocks = (
        section(f"*Hello from Rounds.* {words.ABOUT}"),
        section(
            "There are no figures about your own patients here, so nothing comes to you by itself. "
            "`/rounds help` says what you can do here, and so does the Home tab."
        ),
        section(words.purpose(purpose)),
    )
    return Message("Hello from Rounds", blocks)


def _person_of(session: Session, user: Mapping[str, Any], team_id: str) -> Person | None:
    email = str((user.get("profile") or {}).get("email") or "").strip().lower()
    elsewhere = user.get("is_stranger") or user.get("team_id", team_id) != team_id
    if not email or elsewhere or user.get("is_bot") or user.get("deleted"):
        return None
    return person_by_email(session, email)


def _bind(session: Session, person: Person, user: Mapping[str, Any], team_id: str, now: datetime) -> bool:
    """Give the person this account. False where either is bound otherwise."""
    assert person.id is not None
    user_id = str(user["id"])
    # "" is for accounts from people.csv of which Slack has not been asked yet; the hourly look does that.
    for account in accounts_like(session, (team_id, ""), person.id, user_id):
        if account.person_id != person.id or account.user_id != user_id:
            return False
        if account.team_id == team_id:
            return True
    session.add(
        SlackAccount(
            team_id=team_id,
            user_id=user_id,
            person_id=person.id,
            email=person.email,
            timezone=user.get("tz"),
            checked_at=now,
        )
    )
    session.flush()
    return True
