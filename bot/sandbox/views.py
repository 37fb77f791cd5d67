"""Web API methods for modals and the Home, and what Slack takes as a view."""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox.blocks import check_blocks, with_block_ids
from bot.sandbox.chat import usable_files
from bot.sandbox.manifest import Manifest
from bot.sandbox.schema import Check, Files, Report, boolean, may, need, obj, one_of, string, text
from bot.sandbox.scopes import refuse
from bot.sandbox.state import Workspace
from bot.sandbox.things import BOT_USER_ID, Json, SlackError, View
from bot.sandbox.values import initial_values, still_offered
from bot.sandbox.webapi import Call, Method

LARGEST_VIEW = 250_000
MOST_ON_STACK = 3


def _submit_where_asked(value: Any, at: str, report: Report) -> None:
    if any(block.get("type") == "input" for block in value["blocks"]) and value.get("submit") is None:
        report.add("missing required field: submit (a modal with input blocks needs it)", at)


_shared = {
    "blocks": need(check_blocks),
    "private_metadata": may(string(3000, 0)),
    "callback_id": may(string(255, 0)),
    "external_id": may(string(255, 0)),
}
_modal: Check = obj(
    {
        **_shared,
        "type": need(one_of("modal")),
        "title": need(text(24)),
        "submit": may(text(24)),
        "close": may(text(24)),
        "clear_on_close": may(boolean),
        "notify_on_close": may(boolean),
        "submit_disabled": may(boolean),
    },
    _submit_where_asked,
)
_home: Check = obj({**_shared, "type": need(one_of("home"))})


def check_view(view: Any, kind: str, usable_file: Files) -> list[str]:
    """What Slack would object to in this view; empty where it takes it."""
    report = Report(usable_file, kind)
    if isinstance(view, dict) and view.get("type") != kind:
        report.add(f"must be a view of type {kind}", "/view/type")
        return report.errors
    (_modal if kind == "modal" else _home)(view, "/view", report)
    return report.errors


def accept_view(
    workspace: Workspace, view: Any, kind: str, user: str, *, replacing: View | None = None
) -> Json:
    """The view for this person with ids filled in.

    SlackError invalid_arguments, view_too_large, duplicate_external_id.
    """
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", "must provide an object [json-pointer:/view]")
    written = json.dumps(view, ensure_ascii=False, separators=(",", ":"))
    if len(written.encode(errors="replace")) > LARGEST_VIEW:
        raise SlackError("view_too_large")
    if errors := check_view(view, kind, usable_files(workspace, user)):
        raise SlackError("invalid_arguments", *errors)
    external = view.get("external_id")
    for other in workspace.views.values():
        if external and other is not replacing and other.payload.get("external_id") == external:
            raise SlackError("duplicate_external_id")
    return {**view, "blocks": with_block_ids(view["blocks"], lambda: workspace.new_id("b"))}


def check_view_scopes(manifest: Manifest, view: Json) -> None:
    """SlackError missing_scope where a form takes files and the app may not read them."""
    elements = [block.get("element") or {} for block in view["blocks"]]
    if any(element.get("type") == "file_input" for element in elements) and not manifest.grants("files:read"):
        refuse(manifest, "files:read")


def new_view(workspace: Workspace, user: str, payload: Json, parent: View | None = None) -> View:
    """Puts a modal on top of the person's stack."""
    key = workspace.new_id("V")
    view = View(key, user, payload, workspace.new_ts(), parent.root_id if parent else key)
    view.previous_id = parent.id if parent else None
    view.values = initial_values(payload["blocks"])
    workspace.show(user, payload["blocks"])
    workspace.views[key] = view
    workspace.modals.setdefault(user, []).append(key)
    workspace.changed("view", user=user)
    return view


def replace_view(workspace: Workspace, view: View, payload: Json) -> View:
    """Gives an open view new contents; what was typed stays where block_id and action_id stay."""
    typed_in = view.values
    view.payload, view.hash = payload, workspace.new_ts()
    view.values = initial_values(payload["blocks"])
    workspace.show(view.user, payload["blocks"])
    for block_id, actions in view.values.items():
        for action_id, value in actions.items():
            old = typed_in.get(block_id, {}).get(action_id)
            if (
                old is not None
                and old["type"] == value["type"]
                and still_offered(payload["blocks"], old, action_id)
            ):
                actions[action_id] = old
    workspace.changed("view", user=view.user)
    return view


def close_views(workspace: Workspace, user: str) -> None:
    """Takes the person's whole stack away."""
    for key in workspace.modals.pop(user, []):
        workspace.views.pop(key, None)
    workspace.changed("view", user=user)


def pop_view(workspace: Workspace, user: str) -> None:
    """Takes the topmost view away; the one beneath shows again."""
    stack = workspace.modals.get(user) or []
    if stack:
        workspace.views.pop(stack.pop(), None)
    workspace.changed("view", user=user)


def _for_whom(call: Call) -> str:
    """The person behind the trigger, without using it up: a view that is refused leaves it alone."""
    trigger = call.workspace.triggers.get(call.required("trigger_id"))
    return trigger.user if trigger else ""


def open_view(call: Call) -> Json:
    """Opens a modal for the person behind the trigger."""
    given = call.structure("view", "invalid_arguments")
    payload = accept_view(call.workspace, given, "modal", _for_whom(call))
    check_view_scopes(call.manifest, payload)
    trigger = call.workspace.use_trigger(call.required("trigger_id"))
    if trigger.view_id is not None and call.workspace.modals.get(trigger.user):
        raise SlackError("invalid_arguments", "a modal is open: use views.push [json-pointer:/trigger_id]")
    close_views(call.workspace, trigger.user)
    return {"view": new_view(call.workspace, trigger.user, payload).as_slack()}


def push_view(call: Call) -> Json:
    """Puts a modal on top of the one that the trigger came from."""
    given = call.structure("view", "invalid_arguments")
    payload = accept_view(call.workspace, given, "modal", _for_whom(call))
    check_view_scopes(call.manifest, payload)
    trigger = call.workspace.use_trigger(call.required("trigger_id"))
    stack = call.workspace.modals.get(trigger.user) or []
    if trigger.view_id is None or trigger.view_id not in stack:
        raise SlackError("invalid_arguments", "there is no modal to push onto [json-pointer:/trigger_id]")
    if len(stack) >= MOST_ON_STACK:
        raise SlackError("push_limit_reached")
    parent = call.workspace.views[stack[-1]]
    return {"view": new_view(call.workspace, trigger.user, payload, parent).as_slack()}


def _found(call: Call) -> View:
    key, external = call.text("view_id"), call.text("external_id")
    if bool(key) == bool(external):
        raise SlackError("invalid_arguments", "provide either `view_id` or `external_id`")
    for view in call.workspace.views.values():
        if view.id == key or (external and view.payload.get("external_id") == external):
            return view
    raise SlackError("not_found")


def update_view(call: Call) -> Json:
    """Replaces an open view, if its hash (where given) is still the current one."""
    view = _found(call)
    if call.text("hash") and call.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    given = call.structure("view", "invalid_arguments")
    payload = accept_view(call.workspace, given, str(view.payload["type"]), view.user, replacing=view)
    check_view_scopes(call.manifest, payload)
    return {"view": replace_view(call.workspace, view, payload).as_slack()}


def publish_view(call: Call) -> Json:
    """Puts a view on a person's Home."""
    if not call.manifest.home_tab:
        raise SlackError("not_enabled")
    user = call.workspace.users.get(call.required("user_id"))
    if user is None or user.id == BOT_USER_ID:
        raise SlackError("invalid_arguments", "invalid `user_id` [json-pointer:/user_id]")
    home = call.workspace.home(user.id)
    if call.text("hash") and (home is None or call.text("hash") != home.hash):
        raise SlackError("hash_conflict")
    given = call.structure("view", "invalid_arguments")
    payload = accept_view(call.workspace, given, "home", user.id, replacing=home)
    if home is None:
        key = call.workspace.new_id("V")
        home = View(key, user.id, payload, call.workspace.new_ts(), key)
        home.values = initial_values(payload["blocks"])
        call.workspace.show(user.id, payload["blocks"])
        call.workspace.views[key] = home
        call.workspace.homes[user.id] = key
        call.workspace.changed("home", user=user.id)
    else:
        replace_view(call.workspace, home, payload)
    return {"view": home.as_slack()}


METHODS: dict[str, Method] = {
    "views.open": open_view,
    "views.push": push_view,
    "views.update": update_view,
    "views.publish": publish_view,
}
