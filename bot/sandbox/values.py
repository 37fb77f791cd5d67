"""What people chose or typed, in the shape of Slack's `state.values` and of `actions`."""

from __future__ import annotations

from typing import Any

from bot.sandbox.things import Json

Values = dict[str, dict[str, Json]]

_TEXTS = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
_FIELDS = {
    "static_select": ("selected_option", "initial_option"),
    "overflow": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", "files"),
    **dict.fromkeys(_TEXTS, ("value", "initial_value")),
}


def elements_of(block: Json) -> list[Json]:
    """The interactive elements of one block."""
    if block["type"] == "actions":
        return list(block["elements"])
    inner = block.get("accessory") if block["type"] == "section" else block.get("element")
    return [inner] if inner and inner["type"] != "image" else []


def find_element(blocks: list[Json], action_id: str) -> tuple[Json, Json] | None:
    """The block and the element with this action_id."""
    for block in blocks:
        for element in elements_of(block):
            if element.get("action_id") == action_id:
                return block, element
    return None


def initial_values(blocks: list[Json]) -> Values:
    """The state as the person finds it; buttons and menus of commands keep none."""
    values: Values = {}
    for block in blocks:
        for element in elements_of(block):
            if element["type"] not in ("button", "overflow"):
                chosen = element.get(_FIELDS[element["type"]][1])
                values.setdefault(block["block_id"], {})[element["action_id"]] = chosen_value(element, chosen)
    return values


def chosen_value(element: Json, chosen: Any) -> Json:
    """One element's entry: `chosen` is an option, its value, an id, a file object, a list of one of these, a
    date or a text.
    """
    kind = element["type"]
    field = _FIELDS[kind][0]
    if field == "selected_options":
        chosen = [_option(element, one) for one in chosen or []]
    elif field == "selected_option":
        chosen = _option(element, chosen) if chosen is not None else None
    elif field == "files" or (field.endswith("s") and field.startswith("selected_")):
        chosen = list(chosen or [])
    elif kind in _TEXTS:
        chosen = str(chosen) if chosen not in (None, "") else None
    return {"type": kind, field: chosen}


def _option(element: Json, chosen: Any) -> Json:
    if isinstance(chosen, dict):
        chosen = chosen["value"]
    groups = element.get("option_groups") or []
    options: list[Json] = element.get("options") or [o for group in groups for o in group["options"]]
    for option in options:
        if option["value"] == chosen:
            return option
    raise ValueError(f'"{chosen}" is not one of the options of {element["action_id"]}')


def still_offered(blocks: list[Json], entry: Json, action_id: str) -> bool:
    """Whether what was chosen is still among the options, where the element has options at all."""
    found = find_element(blocks, action_id)
    chosen = [one for one in (entry.get("selected_option"), *(entry.get("selected_options") or ())) if one]
    if found is None or not chosen:
        return True
    groups = found[1].get("option_groups") or []
    options = found[1].get("options") or [o for group in groups for o in group["options"]]
    return all(one["value"] in {option["value"] for option in options} for one in chosen)


def is_empty(value: Json) -> bool:
    """Whether an entry of the state holds nothing, as for an input that must not be left out."""
    return not any(part for name, part in value.items() if name != "type")
