"""What a clinician can ask of their digest: see it again, pause it, resume it, stop it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from sqlmodel import Session, select

from bot.access import Actor, may_change_digest, may_see_figures
from bot.courier.letters import Letter, put
from bot.digests.facts import PICTURE
from bot.digests.looks import looks_at
from bot.digests.render import as_payload
from bot.digests.write import Message, again
from bot.language.language import Language
from bot.slack_blocks import modal
from bot.slack_text import inert
from storage.digest_queries import digest_of, latest_digest, set_wishes
from storage.outbox import OutboxRow
from storage.people import SlackAccount
from storage.terms import Priority

STRANGER = (
    "Rounds does not know you yet, so there is no digest for you. "
    "If you see patients here, ask whoever runs Rounds to add your email address to the list of people."
)
UNSURE = (
    "The email address of your Slack account is not the one that Rounds has for you, so nothing is shown or "
    "changed here. Please ask whoever runs Rounds to put it right."
)
ON_ITS_WAY = "Your latest digest is on its way. You will find it in your messages with Rounds."
TRENDS_COMING = (
    "All your trends are on their way to your messages with Rounds. From the next time you open this Home "
    "they stand here as well."
)
NO_TRENDS = "There are no trends to show yet. They come with your next digest."
NONE_YET = "There is no digest for you yet. You get one as soon as there are figures about your care."
RESUMED = "Your digest is on again. The next one comes at your usual time."
STOPPED = "Your digest has ended. `/digest resume` brings it back whenever you like."
LOOKS_SHOWN = 20
_DEFAULT_PAUSE = timedelta(weeks=4)
# Longer ones are an end, and calendars have one.
LONGEST_PAUSE = timedelta(days=731)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, when, in which zone their days are, and in which language their digest is."""

    actor: Actor
    now: datetime
    zone: ZoneInfo
    language: Language = field(default_factory=Language)

    @property
    def today(self) -> date:
        """The day where the asker is."""
        return self.now.astimezone(self.zone).date()


def help_text(asking: Asking) -> str:
    """What the commands do, with a day that can be used today."""
    return (
        "• `/digest` shows your latest digest again.\n"
        "• `/digest settings` sets the day, the time and how often.\n"
        f"• `/digest pause until {_example(asking)}` pauses it, and `/digest resume` starts it again.\n"
        "• `/digest stop` ends it.\n"
        "• `/digest looks` shows who looked at your figures.\n"
        "Only you can do this for your own digest."
    )


def _example(asking: Asking) -> str:
    return (asking.today + _DEFAULT_PAUSE).isoformat()


def answer_command(session: Session, asking: Asking, text: str) -> str:
    """Do what `/digest <text>` asks for, in the caller's transaction; returns what to answer."""
    actor = asking.actor
    if actor.person_id is None:
        return STRANGER
    if not may_change_digest(actor, actor.person_id):
        return UNSURE
    word, _, rest = text.strip().partition(" ")
    match word.lower():
        case "":
            return _show_again(session, asking, actor.person_id)
        case "pause":
            return _pause(session, asking, actor.person_id, rest)
        case "resume":
            set_wishes(session, actor.person_id, paused_until=None, opted_out_at=None)
            return RESUMED
        case "stop":
            set_wishes(session, actor.person_id, opted_out_at=asking.now)
            return STOPPED
        case "looks":
            return _looks(session, asking, actor.person_id)
        case _:
            return help_text(asking)


def answer_message(session: Session, asking: Asking, channel: str) -> None:
    """Answer something that was typed to Rounds: nobody reads it, and that must be said."""
    text = (
        "Thank you. Rounds is a program, so nobody reads messages here. If you are worried about safety, "
        "please use your unit's own route.\n" + help_text(asking)
    )
    put(
        session,
        Letter(
            kind="help",
            lane=f"channel:{channel}",
            conversation=channel,
            payload={"text": text, "blocks": [_paragraph(text)]},
            priority=Priority.ANSWER,
            expires_at=asking.now + timedelta(minutes=10),
        ),
        now=asking.now,
    )


def stored_view(session: Session, actor: Actor, week: str, name: str) -> dict[str, Any] | None:
    """A page of the actor's own digest of a week ("more", "counted", "why", "who"), if there is one."""
    if actor.person_id is None:
        return None
    digest = digest_of(session, actor.person_id, week)
    if digest is None or not may_see_figures(actor, digest.person_id) or digest.message is None:
        return None
    view = digest.message.get("views", {}).get(name)
    return view if isinstance(view, dict) else None


def notice_view(text: str) -> dict[str, Any]:
    """A page that only says something."""
    return modal("Rounds", [_paragraph(text)])


def _show_again(session: Session, asking: Asking, person_id: int) -> str:
    found = latest_digest(session, person_id)
    if found is None or found[0].message is None:
        return NONE_YET
    digest, sent = found
    assert digest.message is not None
    message = again(Message(digest.message["text"], tuple(digest.message["blocks"])), asking.language)
    put(
        session,
        Letter(
            kind="digest_again",
            lane=f"person:{person_id}",
            recipient_id=person_id,
            payload=_with_file(as_payload(message), _shown_file(session, sent)),
            priority=Priority.ANSWER,
            expires_at=asking.now + timedelta(minutes=10),
        ),
        now=asking.now,
    )
    return ON_ITS_WAY


def _shown_file(session: Session, sent: OutboxRow) -> str | None:
    """The picture's file, if it stands in the conversation that the person has with Rounds now.

    A private file belongs to one conversation: after an account has moved it must not go along.
    """
    here = session.exec(select(SlackAccount).where(SlackAccount.dm_channel == sent.slack_channel)).first()
    if here is None or here.person_id != sent.recipient_id or sent.outcome.startswith("without"):
        return None
    return sent.file_id


def _with_file(payload: dict[str, Any], file_id: str | None) -> dict[str, Any]:
    """The message with the picture that this person's own conversation already holds, or without one."""
    blocks = []
    for block in payload["blocks"]:
        if block.get("slack_file", {}).get("id") == PICTURE:
            if file_id is None:
                continue
            block = {**block, "slack_file": {"id": file_id}}
        blocks.append(block)
    return {**payload, "blocks": blocks}


def _pause(session: Session, asking: Asking, person_id: int, rest: str) -> str:
    words = rest.strip().removeprefix("until").strip()
    try:
        until = date.fromisoformat(words) if words else asking.today + _DEFAULT_PAUSE
    except ValueError:
        return f"Nothing was changed. Write the day as in `/digest pause until {_example(asking)}`."
    if until <= asking.today:
        return f"Nothing was changed: that day is over. Try `/digest pause until {_example(asking)}`."
    if until > asking.today + LONGEST_PAUSE:
        return "Nothing was changed: a pause lasts two years at most. `/digest stop` ends your digest."
    set_wishes(session, person_id, paused_until=until)
    day = format_date(until, "EEEE d MMMM y", locale="en_GB")
    return f"Your digest is paused until {day}. `/digest resume` starts it sooner."


def _looks(session: Session, asking: Asking, person_id: int) -> str:
    found = looks_at(session, person_id, LOOKS_SHOWN)
    if not found:
        return "Nobody has looked at your figures through Rounds."
    lines = [
        f"• {format_datetime(look.looked_at, 'd MMMM y, HH:mm', tzinfo=asking.zone, locale='en_GB')}: "
        f"{inert(look.looker)}, {inert(look.what)}" + (f" ({inert(look.reason)})" if look.reason else "")
        for look in found
    ]
    return "Who looked at your figures through Rounds, the latest first:\n" + "\n".join(lines)


def _paragraph(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
