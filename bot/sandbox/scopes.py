"""Which scope each Web API method needs, from Slack's reference (docs.slack.dev/reference/methods)."""

from __future__ import annotations

from bot.sandbox.manifest import Manifest
from bot.sandbox.things import Channel, SlackError

# Any one of them is enough; an empty tuple needs only the token.
NEEDED: dict[str, tuple[str, ...]] = {
    "auth.test": (),
    "api.test": (),
    "apps.connections.open": (),  # the app-level token's own scope, connections:write
    "bots.info": ("users:read",),
    "team.info": ("team:read",),
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.getPermalink": (),
    "conversations.open": ("im:write",),
    "conversations.list": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "users.list": ("users:read",),
    "users.info": ("users:read",),
    "users.profile.get": ("users.profile:read",),
    "users.lookupByEmail": ("users:read.email",),
    "dnd.teamInfo": ("dnd:read",),
    "dnd.info": ("dnd:read",),
    "files.upload": (),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
    "files.info": ("files:read",),
    "files.delete": ("files:write",),
    "views.open": (),
    "views.push": (),
    "views.update": (),
    "views.publish": (),
}

# These depend on the kind of conversation: channels:history for public channels, im:history for DMs, ...
PER_CONVERSATION = {
    "conversations.history": "history",
    "conversations.replies": "history",
    "conversations.info": "read",
    "conversations.members": "read",
}
FAMILY = {"im": "im", "group": "groups", "channel": "channels"}


def check_scope(manifest: Manifest, method: str) -> None:
    """SlackError missing_scope where the manifest grants none of the scopes that the method needs."""
    needed = NEEDED.get(method, ())
    if needed and not any(manifest.grants(scope) for scope in needed):
        refuse(manifest, needed[0])


def check_conversation_scope(manifest: Manifest, method: str, channel: Channel) -> None:
    """The same for methods whose scope depends on the kind of conversation."""
    scope = f"{FAMILY[channel.kind]}:{PER_CONVERSATION[method]}"
    if not manifest.grants(scope):
        refuse(manifest, scope)


def refuse(manifest: Manifest, needed: str) -> None:
    """Slack's missing_scope, saying what was needed and what there is."""
    raise SlackError("missing_scope", needed=needed, provided=",".join(sorted(manifest.scopes or ())))
