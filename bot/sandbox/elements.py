"""The interactive elements and the objects inside them, with Slack's limits.

Source: docs.slack.dev/reference/block-kit/block-elements and /composition-objects.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.sandbox.schema import (
    Check,
    Field,
    Report,
    array,
    boolean,
    integer,
    is_date,
    is_time,
    is_url,
    may,
    need,
    obj,
    one_of,
    string,
    text,
    typed,
)

action_id = string(255)
_type = need(string(40))
slack_id = string(40)

confirm = obj(
    {
        "title": need(text(100)),
        "text": need(text(300, mrkdwn=True)),
        "confirm": need(text(30)),
        "deny": need(text(30)),
        "style": may(one_of("primary", "danger")),
    }
)


def option(*, mrkdwn: bool = False, url: bool = False) -> Check:
    """An option of a menu or of a group of boxes."""
    fields = {"text": need(text(75, mrkdwn=mrkdwn)), "value": need(string(150))}
    fields["description"] = may(text(75, mrkdwn=mrkdwn))
    return obj({**fields, "url": may(is_url)} if url else fields)


def _image_source(value: Any, at: str, report: Report) -> None:
    if ("image_url" in value) == ("slack_file" in value):
        report.add("must provide exactly one of `image_url` and `slack_file`", at)
    file_id = (value.get("slack_file") or {}).get("id")
    if file_id is not None and not report.usable_file(file_id):
        report.add("invalid slack file", f"{at}/slack_file")


def _slack_file(value: Any, at: str, report: Report) -> None:
    obj({"id": may(slack_id), "url": may(is_url)})(value, at, report)
    if isinstance(value, dict) and "id" not in value:
        report.add("invalid slack file", at)  # this workspace knows its files by id alone


image_fields: dict[str, Field] = {
    "type": _type,
    "alt_text": need(string(2000)),
    "image_url": may(is_url),
    "slack_file": may(_slack_file),
}
image = obj(image_fields, _image_source)
image_source = _image_source


def _interactive(fields: dict[str, Field], extra: Check | None = None) -> Check:
    """An element with an action_id, unique within its message or view."""

    def whole(value: Any, at: str, report: Report) -> None:
        if value.get("action_id"):
            report.once("action_id", value["action_id"], at)
        if extra is not None:
            extra(value, at, report)

    return obj({"type": _type, "action_id": may(action_id), **fields}, whole)


_shared = {"focus_on_load": may(boolean), "confirm": may(confirm)}
_hint = {"placeholder": may(text(150))}
_dispatch = may(
    obj({"trigger_actions_on": need(array(one_of("on_enter_pressed", "on_character_entered"), 2))}),
)


def _options(field: str = "initial_option", *, several: bool = False) -> Check:
    """Options are given once, each value once, and what is chosen to begin with is among them."""

    def check(value: Any, at: str, report: Report) -> None:
        groups = value.get("option_groups")
        if ("options" in value) == (groups is not None):
            report.add("must provide exactly one of `options` and `option_groups`", at)
            return
        flat = value.get("options") or [o for group in groups or [] for o in group["options"]]
        if repeated := _repeated(o["value"] for o in flat):
            report.add(f'option value "{repeated}" is there twice', f"{at}/options")
        given = value.get(field)
        chosen: list[Any] = (given or []) if several else ([given] if given else [])
        for one in chosen:
            if one["value"] not in {o["value"] for o in flat}:
                report.add("must be one of the options", f"{at}/{field}")

    return check


def _repeated(values: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


_some = option()
_group = obj({"label": need(text(75)), "options": need(array(_some, 100))})
_menu = {"options": may(array(_some, 100)), "option_groups": may(array(_group, 100)), **_shared, **_hint}
_several = {"max_selected_items": may(integer(1, 100))}
_filter = may(
    obj(
        {
            "include": may(array(one_of("im", "mpim", "private", "public"), 4)),
            "exclude_external_shared_channels": may(boolean),
            "exclude_bot_users": may(boolean),
        }
    )
)
_conversations = {"default_to_current_conversation": may(boolean), "filter": _filter}
_response_url = {"response_url_enabled": may(boolean)}
_boxes = option(mrkdwn=True)


def _picker(kind: str, *, several: bool, **more: Field) -> Check:
    if several:
        own = {f"initial_{kind}s": may(array(slack_id, 100)), **_several}
    else:
        own = {f"initial_{kind}": may(slack_id)}
        own |= _response_url if kind != "user" else {}
    return _interactive({**own, **_shared, **_hint, **more})


def _in_modals_only(value: Any, at: str, report: Report) -> None:
    if report.place != "modal":
        report.add("unsupported type: file_input (it can be used in modals only)", f"{at}/type")


ELEMENTS: dict[str, Check] = {
    "button": _interactive(
        {
            "text": need(text(75)),
            "value": may(string(2000)),
            "url": may(is_url),
            "style": may(one_of("primary", "danger")),
            "confirm": may(confirm),
            "accessibility_label": may(string(75)),
        }
    ),
    "static_select": _interactive({**_menu, "initial_option": may(_some)}, _options()),
    "multi_static_select": _interactive(
        {**_menu, **_several, "initial_options": may(array(_some, 100))},
        _options("initial_options", several=True),
    ),
    "users_select": _picker("user", several=False),
    "multi_users_select": _picker("user", several=True),
    "channels_select": _picker("channel", several=False),
    "multi_channels_select": _picker("channel", several=True),
    "conversations_select": _picker("conversation", several=False, **_conversations),
    "multi_conversations_select": _picker("conversation", several=True, **_conversations),
    "overflow": _interactive(
        {"options": need(array(option(url=True), 5)), "confirm": may(confirm)}, _options()
    ),
    "radio_buttons": _interactive(
        {"options": need(array(_boxes, 10)), "initial_option": may(_boxes), **_shared}, _options()
    ),
    "checkboxes": _interactive(
        {"options": need(array(_boxes, 10)), "initial_options": may(array(_boxes, 10)), **_shared},
        _options("initial_options", several=True),
    ),
    "datepicker": _interactive({"initial_date": may(is_date), **_shared, **_hint}),
    "timepicker": _interactive(
        {"initial_time": may(is_time), "timezone": may(string(64)), **_shared, **_hint},
    ),
    "datetimepicker": _interactive({"initial_date_time": may(integer(10**9, 10**10 - 1)), **_shared}),
    "plain_text_input": _interactive(
        {
            "initial_value": may(string(3000, 0)),
            "multiline": may(boolean),
            "min_length": may(integer(0, 3000)),
            "max_length": may(integer(1, 3000)),
            "dispatch_action_config": _dispatch,
            "focus_on_load": may(boolean),
            **_hint,
        }
    ),
    "number_input": _interactive(
        {
            "is_decimal_allowed": need(boolean),
            "initial_value": may(string(40)),
            "min_value": may(string(40)),
            "max_value": may(string(40)),
            "dispatch_action_config": _dispatch,
            "focus_on_load": may(boolean),
            **_hint,
        }
    ),
    "email_text_input": _interactive(
        {
            "initial_value": may(string(255, 0)),
            "dispatch_action_config": _dispatch,
            "focus_on_load": may(boolean),
            **_hint,
        }
    ),
    "url_text_input": _interactive(
        {
            "initial_value": may(string(3000, 0)),
            "dispatch_action_config": _dispatch,
            "focus_on_load": may(boolean),
            **_hint,
        }
    ),
    "file_input": _interactive(
        {"filetypes": may(array(string(20), 100)), "max_files": may(integer(1, 10))}, _in_modals_only
    ),
    "image": image,
}

_LATER = (
    "external_select",
    "multi_external_select",
    "rich_text_input",
    "workflow_button",
    "feedback_buttons",
    "icon_button",
)
_SINGLE = ("static_select", "users_select", "channels_select", "conversations_select")
_MULTI = tuple(f"multi_{kind}" for kind in _SINGLE)
_CHOICES = (*_SINGLE, "radio_buttons", "checkboxes", "datepicker", "timepicker")
_TYPED_IN = ("plain_text_input", "number_input", "email_text_input", "url_text_input", "datetimepicker")


def _among(*kinds: str) -> Check:
    return typed({kind: ELEMENTS[kind] for kind in kinds}, _LATER)


in_section = _among("button", "overflow", "image", *_CHOICES, *_MULTI)
in_actions = _among("button", "overflow", "datetimepicker", *_CHOICES)
in_input = _among(*_CHOICES, *_MULTI, *_TYPED_IN, "file_input")
in_context = typed(
    {
        "image": image,
        "plain_text": text(3000),
        "mrkdwn": text(3000, plain=False, mrkdwn=True),
    }
)
