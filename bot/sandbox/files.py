"""Web API methods for files: an address to upload to, completion, and what became of it."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox.chat import checked_content, usable_files
from bot.sandbox.things import BOT_USER_ID, Channel, File, Json, Message, SlackError
from bot.sandbox.webapi import Call, Method

LONGEST_ALT = 2000


def get_upload_url(call: Call) -> Json:
    """Makes room for one file: its id, and the address to POST its bytes to."""
    name, length = call.required("filename"), call.integer("length", 0)
    if length <= 0:
        raise SlackError("invalid_arguments", "must be greater than 0 [json-pointer:/length]")
    if len(call.text("alt_txt")) > LONGEST_ALT:
        raise SlackError("alt_txt_too_large")
    file = File(call.workspace.new_id("F"), name, length, call.workspace.now(), call.text("alt_txt") or None)
    file.base = call.base_url
    call.workspace.files[file.id] = file
    return {"upload_url": f"{call.base_url}/upload/v1/{file.id}", "file_id": file.id}


def complete_upload(call: Call) -> Json:
    """Finishes uploads. Without a channel the file stays private to the app; with one it posts a message."""
    listed = call.structure("files", "invalid_arguments")
    if (
        not isinstance(listed, list)
        or not listed
        or not all(isinstance(f, dict) and "id" in f for f in listed)
    ):
        raise SlackError("invalid_arguments", "missing required field: id [json-pointer:/files/0]")
    completed = []
    for item in listed:
        file = call.workspace.file(str(item["id"]))
        if file.content is None or file.user != BOT_USER_ID:
            raise SlackError("file_not_found")
        file.title = item.get("title") or file.title
        if file.ready_at is None:
            file.ready_at = call.workspace.now() + timedelta(seconds=call.faults.file_processing)
        completed.append(file)
    keys = [part for part in (call.text("channels") or call.text("channel_id")).split(",") if part]
    for channel in [_shareable(call, key) for key in keys]:
        _share(call, channel, completed)
    return {"files": [call.workspace.file(file.id).as_slack() for file in completed]}


def _shareable(call: Call, key: str) -> Channel:
    channel = call.workspace.channels.get(key)
    if channel is None:
        raise SlackError("channel_not_found")
    if channel.archived:
        raise SlackError("is_archived")
    if BOT_USER_ID not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _share(call: Call, channel: Channel, files: list[File]) -> None:
    workspace, thread = call.workspace, call.text("thread_ts") or None
    text, given = call.text("initial_comment"), call.structure("blocks", "invalid_blocks_format")
    blocks: list[Json] = []
    if given:
        text, blocks = checked_content(workspace, text or "file", given, usable_files(workspace, channel))
    if thread:
        parent = channel.find(thread)
        if parent is None:
            raise SlackError("thread_not_found")
        thread = parent.thread_ts or parent.ts
    message = Message(channel.id, workspace.new_ts(), BOT_USER_ID, text, blocks, thread_ts=thread)
    message.files, message.subtype = [file.id for file in files], "file_share"
    workspace.post(channel, message)


def info(call: Call) -> Json:
    """What is known of one file that the app may see; its type appears once it is processed."""
    return {"file": _readable(call).as_slack(), "comments": []}


def _readable(call: Call) -> File:
    file = call.workspace.file(call.text("file"))
    if not call.workspace.app_reads(file):
        raise SlackError("file_not_found")
    return file


def delete(call: Call) -> Json:
    """Deletes one of the app's own files; messages that showed it keep a tombstone."""
    file = _readable(call)
    if file.user != BOT_USER_ID:
        raise SlackError("cant_delete_file")
    file.deleted, file.content = True, None
    call.workspace.changed("file", file=file.id)
    return {}


def upload(call: Call) -> Json:
    """Gone since 2025: files are uploaded in three steps."""
    raise SlackError("method_deprecated")


METHODS: dict[str, Method] = {
    "files.upload": upload,
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.info": info,
    "files.delete": delete,
}
