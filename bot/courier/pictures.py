"""A private picture: with Slack and processed, but in no conversation, before a message shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.courier.desk import Again, Cancelled, Desk, Failed, Lost, Step, step_after
from bot.courier.letters import MADE_FILE
from bot.courier.outcomes import Done, Permanent, Unknown
from bot.digests.facts import PICTURE
from storage import outbox_queue
from storage.outbox import OutboxRow

# Processing takes about a second; after this many the picture goes into the thread instead.
PATIENCE = 20.0
# Slack's own limit for the upload's description.
LONGEST_ALT = 1000

FILE_NAME = "chart.png"
_REFUSED_BLOCKS = ("invalid_blocks", "invalid_blocks_format")


def refuses_blocks(step: Step) -> bool:
    """Whether Slack took exception to the blocks, as it does where they show a file that it will not show."""
    return isinstance(step, Failed) and step.error.startswith(_REFUSED_BLOCKS)


def shows(value: Any, file_id: str = PICTURE) -> bool:
    """Whether blocks show this file anywhere."""
    if isinstance(value, list):
        return any(shows(item, file_id) for item in value)
    if isinstance(value, Mapping):
        own = value.get("slack_file")
        return (isinstance(own, Mapping) and own.get("id") == file_id) or any(
            shows(item, file_id) for item in value.values()
        )
    return False


def with_file(value: Any, file_id: str) -> Any:
    """The same blocks with the picture's file in the place that was kept for it."""
    if isinstance(value, list):
        return [with_file(item, file_id) for item in value]
    if isinstance(value, Mapping):
        if value.get("slack_file") == {"id": PICTURE}:
            value = {**value, "slack_file": {"id": file_id}}
        return {name: with_file(item, file_id) for name, item in value.items()}
    return value


def without_picture(value: Any) -> Any:
    """The same blocks without the images that keep a place for the picture."""
    if isinstance(value, list):
        return [without_picture(item) for item in value if not _is_place(item)]
    if isinstance(value, Mapping):
        return {name: without_picture(item) for name, item in value.items() if not _is_place(item)}
    return value


def without_files(value: Any) -> Any:
    """The same blocks without any image that is a file of Slack's."""
    if isinstance(value, list):
        return [without_files(item) for item in value if not _is_file(item)]
    if isinstance(value, Mapping):
        return {name: without_files(item) for name, item in value.items() if not _is_file(item)}
    return value


def _is_file(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("slack_file"), Mapping)


def _is_place(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("slack_file") == {"id": PICTURE}


def ensure_file(desk: Desk, row: OutboxRow) -> str | Step | None:
    """The file id of the row's picture or made file, uploaded unless it was; None for a row without one.

    The id is on the row, committed, before Slack is told that the upload is complete: after a crash the
    same file is used, and nobody sees two pictures.
    """
    assert row.id is not None
    made = row.payload.get(MADE_FILE)
    title = FILE_NAME if made is None else str(made["name"])
    with desk.database.read() as session:
        picture = outbox_queue.picture_of(session, row.id)
        if picture is not None:
            title = picture.title
        content = None if picture is None else picture.png
        if made is not None and row.file_id is None:
            content = desk.files[str(made["maker"])](session, made)
            if content is None:
                return Cancelled("nothing to bring any more")
    if row.file_id is None:
        if content is None:
            return None
        name = FILE_NAME if made is None else title
        uploaded = _upload(desk, row, content, name, "" if picture is None else picture.alt_text)
        if uploaded is not None:
            return uploaded
        assert row.file_id is not None
    file = {"id": row.file_id, "title": title}
    outcome = desk.gateway.call("files.completeUploadExternal", {"files": as_json([file])})
    if isinstance(outcome, Permanent) and outcome.error in ("file_not_found", "file_deleted"):
        return _start_again(desk, row, outcome)
    return row.file_id if isinstance(outcome, Done) else step_after(outcome, row)


def as_json(value: Any) -> str:
    """A structure as Slack's form arguments want it."""
    return json.dumps(value)


def _upload(desk: Desk, row: OutboxRow, content: bytes, name: str, alt_text: str) -> Step | None:
    described = {"alt_txt": alt_text[:LONGEST_ALT]} if alt_text else {}
    outcome = desk.gateway.call(
        "files.getUploadURLExternal", {"filename": name, "length": len(content), **described}
    )
    if not isinstance(outcome, Done):
        return step_after(outcome, row)
    sent = desk.gateway.upload(str(outcome.data["upload_url"]), content)
    if not isinstance(sent, Done):
        # Whatever became of it, nobody can see an upload that was never completed.
        return step_after(sent, row)
    with desk.database.write() as session:
        held = desk.hold(session, row)
        if held is None:
            return Lost()
        held.file_id = row.file_id = str(outcome.data["file_id"])
    return None


def _start_again(desk: Desk, row: OutboxRow, refusal: Permanent) -> Step:
    """Slack lost the upload before it was complete: no message shows it, so another one may be made."""
    if row.attempts > 3:
        return Failed(refusal.error)
    with desk.database.write() as session:
        held = desk.hold(session, row)
        if held is None:
            return Lost()
        held.file_id = None
    return Again(refusal.error, None, row.attempted_at)


def wait_until_processed(desk: Desk, row: OutboxRow) -> bool | Step:
    """Ask until Slack is done with the picture. False where it takes too long."""
    waited, pause = 0.0, desk.processes
    while waited < PATIENCE:
        desk.clock.sleep(pause)
        waited += pause
        outcome = desk.gateway.call("files.info", {"file": row.file_id})
        if isinstance(outcome, Done):
            if str(outcome.data["file"].get("mimetype") or "").startswith("image/"):
                return True
        elif not isinstance(outcome, Unknown):
            return step_after(outcome, row)
        pause = min(pause * 1.5, 4.0)
    return False
