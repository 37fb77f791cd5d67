"""Post a message once: look before a second try, and commit the intention before asking Slack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.courier import lookup, pictures
from bot.courier.address import conversation_of, forget_if_stale
from bot.courier.desk import (
    Again,
    Cancelled,
    Desk,
    Expired,
    Failed,
    Halt,
    Lost,
    Sent,
    Step,
    step_after,
)
from bot.courier.gateway import TIMED_OUT
from bot.courier.letters import MADE_FILE, PICTURE_MAY_MISS, THREAD_OF_DEPENDENCY
from bot.courier.outcomes import Done, Misconfigured, Outcome, Permanent, RateLimited, Transient, Unknown
from bot.courier.pace import POST
from storage.outbox import OutboxRow
from storage.terms import OutboxState

# After so many tries to upload a picture that may miss, the words go out without it.
UPLOAD_TRIES = 5


def post(desk: Desk, row: OutboxRow) -> Step:
    """Post one row's message, with its picture if it has one."""
    if row.attempted_at is None and (stop := _before(desk, row)) is not None:
        return stop
    thread_ts = _thread_of(desk, row)
    if isinstance(thread_ts, Cancelled):
        return thread_ts
    channel = conversation_of(desk, row)
    if not isinstance(channel, str):
        return channel
    if row.attempted_at is not None:
        found = _look_up(desk, row, channel, thread_ts)
        if found is not None:
            return found
        if (stop := _before(desk, row)) is not None:
            return stop
    return _post_with_picture(desk, row, channel, thread_ts)


def _before(desk: Desk, row: OutboxRow) -> Step | None:
    """Whether it should still be said; asked before any work is put into it."""
    if desk.is_past(row):
        return Expired()
    with desk.database.read() as session:
        return desk.ask_guard(session, row)


def _thread_of(desk: Desk, row: OutboxRow) -> str | Cancelled | None:
    if row.thread_ts != THREAD_OF_DEPENDENCY:
        return row.thread_ts
    with desk.database.read() as session:
        parent = session.get(OutboxRow, row.depends_on)
    if parent is None or parent.state is not OutboxState.SENT or parent.slack_ts is None:
        return Cancelled("what it answers to was not sent")
    return parent.slack_ts


def _look_up(desk: Desk, row: OutboxRow, channel: str, thread_ts: str | None) -> Step | None:
    """What became of an earlier try. None: it is not there."""
    found = lookup.find_posted(desk.gateway, row, channel, thread_ts)
    desk.gateway.watch.looked_up(isinstance(found, Mapping))
    if found is None:
        return None
    if not isinstance(found, Mapping):
        step = step_after(found, row)
        return (
            Failed(f"{step.error}; whether it was posted is not known") if isinstance(step, Failed) else step
        )
    ts = str(found["ts"])
    if row.file_id is not None and not pictures.shows(found.get("blocks"), row.file_id):
        # It was posted without its picture, which belongs into its thread.
        return _share_in_thread(desk, row, channel, ts, thread_ts)
    return Sent(channel, ts)


def _post_with_picture(desk: Desk, row: OutboxRow, channel: str, thread_ts: str | None) -> Step:
    file_id = pictures.ensure_file(desk, row)
    if file_id is not None and not isinstance(file_id, str):
        return _alone(desk, row, channel, thread_ts, file_id) if _may_miss(row, file_id) else file_id
    if file_id is None:
        return _post_with_known_files(desk, row, channel, thread_ts)
    # A file that is no picture is shown in no block: it goes into the thread at once.
    processed = MADE_FILE not in row.payload and pictures.wait_until_processed(desk, row)
    if not isinstance(processed, bool):
        return _alone(desk, row, channel, thread_ts, processed) if _may_miss(row, processed) else processed
    if processed:
        step = _post(desk, row, channel, thread_ts, file_id)
        if not pictures.refuses_blocks(step):
            return step
        if not _note_as_clean(desk, row):
            return Lost()
    # Slack will not show the file in a block: the words go out, and the picture into their thread.
    step = _post(desk, row, channel, thread_ts, None)
    if isinstance(step, Sent) and step.ts is not None:
        return _share_in_thread(desk, row, channel, step.ts, thread_ts)
    return step


def _may_miss(row: OutboxRow, step: Step) -> bool:
    """Whether a row's words go out without its picture, after this answer to its upload."""
    if not row.payload.get(PICTURE_MAY_MISS):
        return False
    return isinstance(step, Failed | Halt) or (isinstance(step, Again) and row.attempts + 1 >= UPLOAD_TRIES)


def _alone(desk: Desk, row: OutboxRow, channel: str, thread_ts: str | None, why: Step) -> Step:
    """Post the words without the picture. If Slack refuses everything, it refuses these as well."""
    step = _post(desk, row, channel, thread_ts, None)
    if isinstance(step, Sent) and isinstance(why, Failed | Halt | Again):
        return Sent(step.channel, step.ts, f"without its picture: {why.error}")
    return step


def _post_with_known_files(desk: Desk, row: OutboxRow, channel: str, thread_ts: str | None) -> Step:
    """Post a message that brings no picture, but may show files that were sent before."""
    step = _post(desk, row, channel, thread_ts, None)
    blocks = row.payload.get("blocks")
    if not pictures.refuses_blocks(step) or pictures.without_files(blocks) == pictures.without_picture(
        blocks
    ):
        return step
    # A file may have been deleted since, or belong to another conversation: the words go out alone.
    if not _note_as_clean(desk, row):
        return Lost()
    alone = _post(desk, row, channel, thread_ts, None, files=False)
    if isinstance(alone, Sent) and isinstance(step, Failed):
        return Sent(alone.channel, alone.ts, f"without its picture: {step.error}")
    return alone


def _note_as_clean(desk: Desk, row: OutboxRow) -> bool:
    """Commit that a refused try left nothing behind, before another one. False where the row was lost."""
    with desk.database.write() as session:
        held = desk.hold(session, row)
        if held is not None:
            held.attempted_at = row.attempted_at
    return held is not None


def _post(
    desk: Desk,
    row: OutboxRow,
    channel: str,
    thread_ts: str | None,
    file_id: str | None,
    *,
    files: bool = True,
) -> Step:
    """One try. The intention is committed before the call, and the row says afterwards what is known.

    With `files` off no image is shown that is a file of Slack's.
    """
    if (limited := desk.gateway.ready(POST, channel)) is not None:
        return step_after(limited, row)
    with desk.database.write() as session:
        held = desk.hold(session, row)
        if held is None or held.attempted_at != row.attempted_at:
            # Somebody else has tried since this one looked: their message may be there.
            return Lost()
        if desk.is_past(held):
            return Expired()
        if (stop := desk.ask_guard(session, held)) is not None:
            return stop
        payload = desk.render(session, held)
        if isinstance(payload, Cancelled):
            return payload
        earlier, now = held.attempted_at, desk.clock.now()
        # The first doubtful try stays: a later look-up has to reach back to it.
        row.attempted_at = held.attempted_at = earlier or now
    blocks = payload.get("blocks")
    if blocks is not None:
        blocks = pictures.with_file(blocks, file_id) if file_id else pictures.without_picture(blocks)
        blocks = blocks if files else pictures.without_files(blocks)
    arguments: dict[str, Any] = {
        "channel": channel,
        "thread_ts": thread_ts,
        "text": payload.get("text"),
        "blocks": blocks,
        "metadata": lookup.metadata(row.key),
        "unfurl_links": False,
        "unfurl_media": False,
    }
    outcome = desk.gateway.call_now(POST, arguments)
    if not isinstance(outcome, (Done, Unknown)):
        # Certainly not stored: the row is as clean as it was before this try.
        row.attempted_at = earlier
    return _step_of_post(desk, row, channel, outcome)


def _step_of_post(desk: Desk, row: OutboxRow, channel: str, outcome: Outcome) -> Step:
    match outcome:
        case Done(data):
            return Sent(str(data.get("channel") or channel), str(data["ts"]))
        case Unknown(error):
            # A call that timed out may still be on its way into Slack.
            return Again(error, desk.settles * (4 if error == TIMED_OUT else 1), row.attempted_at)
        case Permanent():
            return forget_if_stale(desk, row, outcome) or step_after(outcome, row)
        case Misconfigured(error, detail):
            return Halt(error, detail)
        case RateLimited() | Transient():
            return step_after(outcome, row)


def _share_in_thread(desk: Desk, row: OutboxRow, channel: str, ts: str, thread_ts: str | None) -> Step:
    """Share the picture into the thread of its own message, unless it is there already.

    A message that stands in a thread itself has none of its own: the picture goes beside it.
    """
    assert row.file_id is not None
    thread = thread_ts or ts
    there = lookup.is_in_thread(desk.gateway, channel, thread, row.file_id)
    if there is True:
        return Sent(channel, ts, "picture in the thread")
    if there is not False:
        return _sent_without(there, row, channel, ts)
    if (limited := desk.gateway.ready("files.completeUploadExternal")) is not None:
        return Again("ratelimited", limited.retry_after, row.attempted_at, counts=False)
    with desk.database.write() as session:
        if desk.hold(session, row) is None:
            return Lost()
    file = pictures.as_json([{"id": row.file_id}])
    outcome = desk.gateway.call_now(
        "files.completeUploadExternal", {"files": file, "channel_id": channel, "thread_ts": thread}
    )
    if isinstance(outcome, Done):
        return Sent(channel, ts, "picture in the thread")
    return _sent_without(outcome, row, channel, ts)


def _sent_without(outcome: Any, row: OutboxRow, channel: str, ts: str) -> Step:
    """The words are out. A picture that Slack refuses does not make them unsent."""
    if isinstance(outcome, Permanent):
        return Sent(channel, ts, f"without its picture: {outcome.error}")
    step = step_after(outcome, row)
    if _may_miss(row, step) and isinstance(step, Failed | Halt | Again):
        return Sent(channel, ts, f"without its picture: {step.error}")
    return step
