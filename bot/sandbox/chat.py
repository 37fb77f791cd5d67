"""Web API methods that send, change and delete messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.sandbox.blocks import Files, check_message_blocks, with_block_ids
from bot.sandbox.state import Workspace
from bot.sandbox.things import BOT_USER_ID, TEAM_DOMAIN, Channel, Json, Message, SlackError
from bot.sandbox.webapi import Call, Method

LONGEST_TEXT = 40_000
LONGEST_UPDATE = 4_000


def usable_files(workspace: Workspace, place: Channel | str, *, only_shared: bool = False) -> Files:
    """Which file ids an image block may show in a conversation, or in a view of the person with this id.

    They have to be processed pictures. One that was shown nowhere yet is the app's own, and showing it shares
    it; any other one must already be visible there.
    """

    def usable(file_id: str) -> bool:
        try:
            found = workspace.file(file_id)
        except SlackError:
            return False
        if not found.processed or found.image_type is None:
            return False
        if not workspace.app_reads(found):
            return False
        if not found.conversations and not found.viewers:
            return found.user == BOT_USER_ID and not only_shared
        return workspace.sees(place, found)

    return usable


def checked_content(workspace: Workspace, text: str, blocks: Any, files: Files) -> tuple[str, list[Json]]:
    """Text and blocks as Slack keeps them; SlackError no_text, msg_too_long, invalid_blocks(_format)."""
    if blocks is not None and (
        not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks)
    ):
        raise SlackError("invalid_blocks_format")
    if not text:
        why = ("a message with blocks needs a fallback text, for notifications and screen readers",)
        raise SlackError("no_text", *(why if blocks else ()))
    if len(text) > LONGEST_TEXT:
        raise SlackError("msg_too_long")
    if errors := check_message_blocks(blocks or [], files):
        raise SlackError("invalid_blocks", *errors)
    return text, with_block_ids(blocks or [], lambda: workspace.new_id("b"))


def _content(call: Call, channel: Channel) -> tuple[str, list[Json]]:
    if call.structure("attachments", "invalid_attachments"):
        raise SlackError("invalid_arguments", "attachments are not drawn by this workspace: send blocks")
    blocks = call.structure("blocks", "invalid_blocks_format")
    files = usable_files(call.workspace, channel, only_shared=call.faults.refuse_unshared_files)
    return checked_content(call.workspace, call.text("text"), blocks, files)


def _metadata(call: Call) -> Json | None:
    value = call.structure("metadata", "invalid_metadata_format")
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("event_type"), str) or not value["event_type"]:
        raise SlackError(
            "invalid_metadata_schema", "missing required field: event_type [json-pointer:/metadata]"
        )
    if not isinstance(value.get("event_payload"), dict):
        raise SlackError(
            "invalid_metadata_schema", "missing required field: event_payload [json-pointer:/metadata]"
        )
    if extra := set(value) - {"event_type", "event_payload", "entities"}:
        raise SlackError("invalid_metadata_schema", f"invalid additional property: {sorted(extra)[0]}")
    return value


def _postable(call: Call) -> Channel:
    key = call.text("channel")
    user = call.workspace.users.get(key)
    if user is not None and user.id != BOT_USER_ID:
        found = call.workspace.open_dm(user.id)  # a user id stands for the app's DM with that person
    else:
        found = call.conversation()
    if found.archived:
        raise SlackError("is_archived")
    # chat:write.public lets an app post into public channels that it is not in.
    anywhere = found.kind == "channel" and call.manifest.grants("chat:write.public")
    if BOT_USER_ID not in found.members and not (anywhere and call.manifest.scopes is not None):
        raise SlackError("not_in_channel")
    if found.dm_with and not call.manifest.messages_tab:
        raise SlackError("messages_tab_disabled")
    return found


def _thread(call: Call, channel: Channel) -> str | None:
    thread = call.text("thread_ts")
    if not thread:
        return None
    parent = channel.find(thread)
    if parent is None:
        raise SlackError("thread_not_found")
    return parent.thread_ts or parent.ts


def post_message(call: Call) -> Json:
    """Posts a message by the app."""
    channel = _postable(call)
    text, blocks = _content(call, channel)
    message = Message(
        channel=channel.id,
        ts="",
        user=BOT_USER_ID,
        text=text,
        blocks=blocks,
        metadata=_metadata(call),
        thread_ts=_thread(call, channel),
        broadcast=call.flag("reply_broadcast"),
    )
    message.ts = call.workspace.new_ts()
    call.workspace.post(channel, message)
    shown = message.as_slack(call.workspace.files, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def post_ephemeral(call: Call) -> Json:
    """Shows a message to one member of a conversation; nothing of it stays in the history."""
    channel, user = _postable(call), call.required("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = _content(call, channel)
    ts = call.workspace.new_ts()
    message = Message(
        channel.id, ts, BOT_USER_ID, text, blocks, ephemeral_to=user, thread_ts=_thread(call, channel)
    )
    call.workspace.ephemerals.append(message)
    call.workspace.show(user, blocks)
    call.workspace.changed("ephemeral", user=user, channel=channel.id, ts=ts)
    return {"message_ts": ts}


def _own(call: Call, error: str) -> tuple[Channel, Message]:
    channel = call.conversation()
    found = channel.find(call.required("ts"))
    if found is None:
        raise SlackError("message_not_found")
    if not found.by_bot:
        raise SlackError(error)
    return channel, found


def update(call: Call) -> Json:
    """Replaces text, blocks and, where given, metadata of one of the app's messages."""
    channel, message = _own(call, "cant_update_message")
    if channel.archived:
        raise SlackError("is_archived")
    if len(call.text("text")) > LONGEST_UPDATE:
        raise SlackError("msg_too_long")
    text, blocks = _content(call, channel)
    metadata = _metadata(call)
    message.text, message.blocks = text, blocks
    # Text without blocks takes the blocks away; only such an update is marked as edited.
    message.edited_ts = None if blocks else call.workspace.new_ts()
    message.metadata = metadata if metadata is not None else message.metadata
    call.workspace.share(channel, message)
    call.workspace.changed("message", channel=channel.id, ts=message.ts)
    shown = message.as_slack(call.workspace.files, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": shown}


def delete(call: Call) -> Json:
    """Deletes one of the app's messages."""
    channel, message = _own(call, "cant_delete_message")
    call.workspace.remove(channel, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    """The address of a message."""
    channel = call.conversation()
    found = channel.find(call.required("message_ts"))
    if found is None:
        raise SlackError("message_not_found")
    thread = f"?thread_ts={found.thread_ts}&cid={channel.id}" if found.is_reply else ""
    path = f"archives/{channel.id}/p{found.ts.replace('.', '')}{thread}"
    return {"channel": channel.id, "permalink": f"https://{TEAM_DOMAIN}.slack.com/{path}"}


def respond(workspace: Workspace, key: str, body: Json) -> None:
    """One use of a response_url: an ephemeral or public answer, or a change of what was answered to."""
    url = workspace.use_response_url(key)
    channel = workspace.channels[url.channel]
    if body.get("delete_original") or body.get("replace_original"):
        message = channel.find(url.message_ts or "")
        ephemeral = next((m for m in workspace.ephemerals if m.ts == url.message_ts), None)
        original = message or ephemeral
        if original is not None and body.get("delete_original"):
            if message is not None:
                workspace.remove(channel, message)
            else:
                workspace.ephemerals.remove(original)
                workspace.changed("ephemeral", user=url.user, channel=channel.id, ts=original.ts)
            return
        if original is not None:
            text, blocks = _answer_content(workspace, channel, body)
            original.text, original.blocks, original.edited_ts = text, blocks, workspace.new_ts()
            workspace.share(channel, original)
            workspace.changed("message", channel=channel.id, ts=original.ts)
            return
    answer(workspace, url.user, channel, body)


def _answer_content(workspace: Workspace, channel: Channel, body: Json) -> tuple[str, list[Json]]:
    files = usable_files(workspace, channel)
    return checked_content(workspace, str(body.get("text") or ""), body.get("blocks"), files)


def answer(workspace: Workspace, user: str, channel: Channel, body: Json) -> None:
    """Posts what a command was acknowledged or answered with: to this person only, or for all to see."""
    text, blocks = _answer_content(workspace, channel, body)
    thread = body.get("thread_ts")
    message = Message(channel.id, workspace.new_ts(), BOT_USER_ID, text, blocks, thread_ts=thread)
    if body.get("response_type") == "in_channel":
        workspace.post(channel, message)
        return
    with workspace.lock:
        workspace.ephemerals.append(replace(message, ephemeral_to=user))
        workspace.show(user, blocks)
    workspace.changed("ephemeral", user=user, channel=channel.id, ts=message.ts)


METHODS: dict[str, Method] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
}
