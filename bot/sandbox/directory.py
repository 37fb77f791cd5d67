"""Web API methods that look things up: auth, users, conversations, do-not-disturb."""

from __future__ import annotations

from bot.sandbox.things import (
    BOT_ID,
    BOT_PROFILE,
    BOT_USER_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    Channel,
    Json,
    SlackError,
    User,
)
from bot.sandbox.webapi import Call, Method

MOST_DND_USERS = 50


def auth_test(call: Call) -> Json:
    """Who the token belongs to."""
    url = f"https://{TEAM_DOMAIN}.slack.com/"
    body: Json = {"url": url, "team": "Rounds sandbox", "user": "rounds", "team_id": TEAM_ID}
    return body | {"user_id": BOT_USER_ID, "bot_id": BOT_ID, "is_enterprise_install": False}


def team_info(call: Call) -> Json:
    """The workspace itself."""
    return {"team": {"id": TEAM_ID, "name": "Rounds sandbox", "domain": TEAM_DOMAIN, "icon": {}}}


def bots_info(call: Call) -> Json:
    """The app's bot."""
    if call.text("bot") not in ("", BOT_ID):
        raise SlackError("bot_not_found")
    return {"bot": {**BOT_PROFILE, "user_id": BOT_USER_ID}}


def _user(call: Call, user_id: str) -> User:
    found = call.workspace.users.get(user_id)
    if found is None:
        raise SlackError("user_not_found")
    return found


def _shown(call: Call, user: User) -> Json:
    return user.as_slack(call.workspace.now(), with_email=call.manifest.grants("users:read.email"))


def users_list(call: Call) -> Json:
    """All accounts of this workspace, deactivated ones too, in pages."""
    own = [user for user in call.workspace.users.values() if user.team == TEAM_ID]
    some, more = call.page(own, default=1000)
    members = [_shown(call, user) for user in some]
    return {"members": members, "cache_ts": int(call.workspace.now().timestamp()), "response_metadata": more}


def users_info(call: Call) -> Json:
    """One account, also of another workspace where a shared channel shows it to the app."""
    user = _user(call, call.text("user"))
    shown = _shown(call, user)
    if user.team != TEAM_ID:
        channels = call.workspace.channels.values()
        shown["is_stranger"] = not any({user.id, BOT_USER_ID} <= set(c.members) for c in channels)
    return {"user": shown}


def users_profile_get(call: Call) -> Json:
    """One account's profile."""
    profile: Json = _shown(call, _user(call, call.text("user")))["profile"]
    return {"profile": profile}


def users_lookup_by_email(call: Call) -> Json:
    """The account with this email; Slack does not find deactivated ones."""
    wanted = call.required("email").casefold()
    for user in call.workspace.users.values():
        is_own = user.team == TEAM_ID and not user.deleted
        if user.email and user.email.casefold() == wanted and is_own:
            return {"user": _shown(call, user)}
    raise SlackError("users_not_found")


def _dnd(call: Call, user: User) -> Json:
    """`dnd_enabled` says that there is a window at all; whether it is on is for the reader to compare."""
    window = user.quiet_window(call.workspace.now())
    if window is None:
        return {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
    start, end = (int(moment.timestamp()) for moment in window)
    return {"dnd_enabled": True, "next_dnd_start_ts": start, "next_dnd_end_ts": end}


def dnd_team_info(call: Call) -> Json:
    """Do-not-disturb of up to 50 people."""
    wanted = [part for part in call.text("users").split(",") if part]
    if not wanted:
        raise SlackError("no_users_provided")
    if len(wanted) > MOST_DND_USERS:
        raise SlackError("too_many_users")
    return {"users": {u: _dnd(call, call.workspace.users[u]) for u in wanted if u in call.workspace.users}}


def dnd_info(call: Call) -> Json:
    """Do-not-disturb of one person."""
    return _dnd(call, _user(call, call.required("user")))


def conversations_open(call: Call) -> Json:
    """The DM with one person, by user id or by the DM's own id."""
    workspace = call.workspace
    if call.text("channel"):
        dm = call.conversation()
        if dm.dm_with is None:
            raise SlackError("method_not_supported_for_channel_type")
        return {"channel": {"id": dm.id}, "no_op": True, "already_open": True}
    wanted = [part for part in call.text("users").split(",") if part]
    if not wanted:
        raise SlackError("users_list_not_supplied")
    if len(wanted) > 1:
        raise SlackError("too_many_users")  # this workspace has no group messages
    user = workspace.users.get(wanted[0])
    if user is None or user.id == BOT_USER_ID:
        raise SlackError("user_not_found")
    if user.deleted:
        raise SlackError("user_disabled")
    known = workspace.find_dm(user.id) is not None
    dm = workspace.open_dm(user.id)
    body: Json = {"channel": dm.as_slack() if call.flag("return_im") else {"id": dm.id}}
    return body | ({"no_op": True, "already_open": True} if known else {})


def _read_messages(call: Call, channel: Channel, replies_of: str | None) -> Json:
    if BOT_USER_ID not in channel.members:
        raise SlackError("not_in_channel")
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9999999999.999999"
    inclusive, kept = call.flag("inclusive"), []
    for message in channel.messages:
        in_thread = message.ts == replies_of or (message.is_reply and message.thread_ts == replies_of)
        in_channel = not message.is_reply or message.broadcast
        after, before = float(message.ts) > float(oldest), float(message.ts) < float(latest)
        edge = inclusive and message.ts in (oldest, latest)
        is_parent = replies_of is not None and message.ts == replies_of
        if (in_thread if replies_of else in_channel) and (is_parent or edge or (after and before)):
            kept.append(message)
    if replies_of is None:
        kept.reverse()  # history runs from the newest, replies from the oldest
    some, more = call.page(kept, default=100, most=999)
    with_metadata = call.flag("include_all_metadata")
    shown = [m.as_slack(call.workspace.files, with_metadata=with_metadata) for m in some]
    return {"messages": shown, "has_more": bool(more["next_cursor"]), "response_metadata": more}


def conversations_history(call: Call) -> Json:
    """A conversation's messages without replies in threads, newest first."""
    return _read_messages(call, call.readable(), None)


def conversations_replies(call: Call) -> Json:
    """A thread: its parent, then its replies, oldest first."""
    channel = call.readable()
    found = channel.find(call.required("ts"))
    if found is None:
        raise SlackError("thread_not_found")
    return _read_messages(call, channel, found.thread_ts or found.ts)


def conversations_info(call: Call) -> Json:
    """One conversation."""
    return {"channel": call.readable().as_slack()}


def conversations_list(call: Call) -> Json:
    """The conversations of the kinds asked for, public channels if none were named."""
    kinds = set((call.text("types") or "public_channel").split(","))
    names = {"channel": "public_channel", "group": "private_channel", "im": "im"}
    scopes = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read"}
    for kind in sorted(kinds & set(scopes)):
        if not call.manifest.grants(scopes[kind]):
            raise SlackError("missing_scope", needed=scopes[kind], provided="")
    found = [
        channel.as_slack()
        for channel in call.workspace.channels.values()
        if names[channel.kind] in kinds
        and not (channel.archived and call.flag("exclude_archived"))
        and (channel.kind == "channel" or BOT_USER_ID in channel.members)
    ]
    some, more = call.page(found)
    return {"channels": some, "response_metadata": more}


def conversations_members(call: Call) -> Json:
    """Who is in a conversation."""
    some, more = call.page(list(call.readable().members))
    return {"members": some, "response_metadata": more}


METHODS: dict[str, Method] = {
    "api.test": lambda call: {"args": {}},
    "auth.test": auth_test,
    "team.info": team_info,
    "bots.info": bots_info,
    "users.list": users_list,
    "users.info": users_info,
    "users.profile.get": users_profile_get,
    "users.lookupByEmail": users_lookup_by_email,
    "dnd.info": dnd_info,
    "dnd.teamInfo": dnd_team_info,
    "conversations.open": conversations_open,
    "conversations.history": conversations_history,
    "conversations.replies": conversations_replies,
    "conversations.info": conversations_info,
    "conversations.list": conversations_list,
    "conversations.members": conversations_members,
}
