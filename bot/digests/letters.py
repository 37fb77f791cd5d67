"""A digest as a row and as a letter: what is kept of it, how it goes out, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.courier.letters import Letter, put
from bot.digests import own_measures
from bot.digests.facts import Correction
from bot.digests.history import FIRST_DAY, LAST_DAY, facts_of_corrections
from bot.digests.render import Rendered, as_payload
from bot.digests.trends import as_json
from bot.digests.write import WritingContext, welcome
from bot.sharing.rules import more_counts
from bot.talks.rules import dump_peers
from storage.digest_queries import digest_of_outbox, is_open, release_period
from storage.digests import Digest
from storage.outbox import OutboxRow
from storage.people import DigestPreference
from storage.terms import DigestState, OutboxState, Priority

KIND = "digest"
WELCOME = "welcome"


def fill(digest: Digest, rendered: Rendered, corrections: Sequence[Correction], ids: dict[str, int]) -> None:
    """Keep with a digest what it said."""
    choice = rendered.choice
    digest.measure_id = ids[choice.view.measure.key]
    digest.message_type = choice.message_type.value
    digest.facts = {
        **rendered.message.facts,
        **facts_of_corrections(corrections),
        **more_counts(choice.view),
        FIRST_DAY: float(choice.view.first_day.toordinal()),
        LAST_DAY: float(choice.view.last_day.toordinal()),
    }
    # What the Home shows is kept as it was compared: opening it computes nothing.
    digest.message = {
        **as_payload(rendered.message),
        "views": rendered.views,
        "headline": rendered.message.headline,
        "trends": [as_json(trend) for trend in rendered.trends],
        "peers": dump_peers(rendered.peers),
        "measures": own_measures.as_json(rendered.measures),
    }


def put_digest(
    session: Session,
    person_id: int,
    rendered: Rendered,
    now: datetime,
    context: WritingContext,
    *,
    first: bool,
) -> int | None:
    """Put the digest into the outbox, before anyone's first one the welcome, written from `context`.

    Returns the digest's row.
    """
    week, lane = str(context.week), f"person:{person_id}"
    welcome_id = None
    if first:
        letter = Letter(
            kind=WELCOME,
            lane=lane,
            recipient_id=person_id,
            payload=as_payload(welcome(context)),
            period="once",
            priority=Priority.BULK,
        )
        # One that was held or failed was not read: it is said again, before this digest.
        if not is_open(session, WELCOME, lane):
            release_period(session, WELCOME, lane, "once")
        welcome_id = put(session, letter, now=now)
    release_period(session, KIND, lane, week)
    letter = Letter(
        kind=KIND,
        lane=lane,
        recipient_id=person_id,
        payload=as_payload(rendered.message),
        picture=rendered.picture,
        period=week,
        priority=Priority.BULK,
        # The next week's digest takes its place.
        expires_at=now + timedelta(days=7),
        guard={"name": KIND, "person_id": person_id},
        depends_on=welcome_id,
    )
    return put(session, letter, now=now)


def digest_finished(session: Session, row: OutboxRow) -> None:
    """Called in the courier's transaction when a message is finished: the digest's state follows it."""
    if row.kind == WELCOME and row.state is OutboxState.SENT and row.recipient_id is not None:
        preference = session.get(DigestPreference, row.recipient_id)
        if preference is not None:
            preference.welcomed_at = row.finished_at
    if row.kind != KIND or row.id is None:
        return
    digest = digest_of_outbox(session, row.id)
    if digest is None:
        return
    states = {
        OutboxState.SENT: DigestState.SENT,
        OutboxState.CANCELLED: DigestState.HELD,
        OutboxState.EXPIRED: DigestState.SKIPPED,
        OutboxState.FAILED: DigestState.FAILED,
    }
    digest.state = states.get(row.state, digest.state)
    digest.reason = "" if row.state is OutboxState.SENT else row.outcome
