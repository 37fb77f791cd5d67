"""Making an idea of somebody else's message: its author is asked, and nothing of it is kept before their yes.

What is kept of it is where it stands (channel and time) and who asked, so that the author can be led to it.
The author's yes is that they send it in themselves, in their own name or without one (I23).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from sqlmodel import Session

from bot.access import identify
from bot.courier.desk import Renderer
from bot.courier.letters import Letter, put
from bot.ideas import names
from bot.ideas.doing import Doing, Done, Outcome
from bot.ideas.words.phrases import name
from bot.slack_blocks import actions, button, primary, section
from storage.outbox import OutboxRow
from storage.people import Person
from storage.seen import first_time
from storage.terms import Op, Priority

KIND: Final = "idea_from_message"
RENDERER: Final = "idea_from_message"

ASKED = (
    "The author is asked whether it may become an idea. Nothing of the message is kept before they say yes; "
    "if they would like to, they hand it in themselves."
)
ASKED_BEFORE = "The author has been asked about this message already."
NOT_KNOWN = (
    "Rounds does not know the author of this message yet, so it cannot ask. Please tell them that `/idea` "
    "takes their idea in seconds, without being in any list."
)
DECLINED = (
    "The author of the message would rather not make it an idea. Nothing of it was kept. Thank you for "
    "noticing it."
)
THANKS_NO = "That is fine. Nothing of your message was kept, and whoever asked is told kindly."


@dataclass(frozen=True, slots=True)
class Borrowed:
    """Somebody's message, by where it stands.

    `author` and `asker` are Slack user ids, `domain` is the workspace's.
    """

    author: str
    asker: str
    channel: str
    ts: str
    thread_ts: str = ""
    domain: str = ""

    @property
    def reference(self) -> str:
        """What a button carries: all but the author, who is whoever presses it."""
        return ":".join((self.channel, self.ts, self.asker, self.thread_ts))

    @classmethod
    def read(cls, reference: str, author: str) -> Borrowed:
        """The message that a button stands for."""
        channel, ts, asker, thread_ts = reference.split(":")
        return cls(author, asker, channel, ts, thread_ts)

    @property
    def link(self) -> str:
        """The address of the message; "" where the workspace's is not known."""
        if not self.domain.replace("-", "").isalnum():
            return ""
        place = f"https://{self.domain}.slack.com/archives/{quote(self.channel)}/p{self.ts.replace('.', '')}"
        inside = f"?thread_ts={self.thread_ts}&cid={self.channel}"
        return place + (inside if self.thread_ts and self.thread_ts != self.ts else "")


def asked_author(session: Session, doing: Doing, borrowed: Borrowed) -> str:
    """Have the author asked, once for each message. Returns what to say to whoever wished it."""
    author = identify(session, doing.team_id, borrowed.author)
    if author.person_id is None:
        return NOT_KNOWN
    if not first_time(session, f"message:{borrowed.channel}:{borrowed.ts}", doing.now):
        return ASKED_BEFORE
    put(
        session,
        Letter(
            kind=KIND,
            lane=f"person:{author.person_id}",
            recipient_id=author.person_id,
            payload={
                "render": RENDERER,
                "asker": borrowed.asker,
                "reference": borrowed.reference,
                "link": borrowed.link,
            },
            priority=Priority.ANSWER,
            expires_at=doing.now + timedelta(days=7),
        ),
        now=doing.now,
    )
    return ASKED


def author_declined(session: Session, doing: Doing, borrowed: Borrowed, response_url: str | None) -> Outcome:
    """The author would rather not: whoever asked hears it, and the question is taken away."""
    asker = identify(session, doing.team_id, borrowed.asker)
    if asker.person_id is not None:
        put(
            session,
            Letter(
                kind=f"{KIND}_no",
                lane=f"person:{asker.person_id}",
                recipient_id=asker.person_id,
                payload={"text": DECLINED, "blocks": [section(DECLINED)]},
                priority=Priority.ANSWER,
            ),
            now=doing.now,
        )
    if response_url and doing.actor.person_id is not None:
        put(
            session,
            Letter(
                kind=f"{KIND}_answered",
                lane=f"person:{doing.actor.person_id}",
                op=Op.RESPOND,
                conversation=response_url,
                payload={"replace_original": True, "text": THANKS_NO, "blocks": [section(THANKS_NO)]},
                priority=Priority.ANSWER,
            ),
            now=doing.now,
        )
    return Done()


def suggested_by(session: Session, doing: Doing, borrowed: Borrowed) -> str:
    """What the author's form says above the words: who suggested it."""
    asker = _who(session, doing.team_id, borrowed.asker)
    return (
        f"*{asker} suggested that you hand this in.* It is yours to change, and to send or not. They "
        "know of the message, so they may guess that an idea like it is yours, even without your name."
    )


def renderers(team_id: str) -> Mapping[str, Renderer]:
    """What makes the question to the author when it is sent."""
    return {RENDERER: lambda session, payload: question(session, payload, team_id)}


def finished(session: Session, row: OutboxRow) -> None:
    """In the transaction that closes an outbox row: who was asked about which message is not kept.

    If they hand it in without their name, the row would say whose it may be.
    """
    if row.kind == KIND:
        session.delete(row)


def question(session: Session, payload: Mapping[str, Any], team_id: str) -> Mapping[str, Any]:
    """The question to the author, as it is sent: with a link to the message, and none of its words."""
    asker = _who(session, team_id, str(payload["asker"]))
    message = f"<{payload['link']}|your message>" if payload["link"] else "a message of yours"
    text = f"May {message} become an idea? {asker} thinks that it should."
    reference = str(payload["reference"])
    blocks = [
        _linked(text),
        section(
            "Nothing of it has been kept. With “Yes” your words come up in a form: change them as you like, "
            "and hand them in with your name or without."
        ),
        actions(
            primary(button(names.YES_MAKE, "Yes, show me the form", reference)),
            button(names.NO_MAKE, "No, thank you", reference),
        ),
    ]
    return {"text": "May your message become an idea?", "blocks": blocks}


def _who(session: Session, team_id: str, user_id: str) -> str:
    person_id = identify(session, team_id, user_id).person_id
    return "A colleague" if person_id is None else name(session.get_one(Person, person_id).name)


def _linked(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
