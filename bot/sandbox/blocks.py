"""Which blocks Slack takes in a message and in a view, with the limits that it holds them to.

Source: docs.slack.dev/reference/block-kit/blocks. Complaints name their place by JSON pointer, as Slack's do.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from bot.sandbox.elements import image_fields, image_source, in_actions, in_context, in_input, in_section
from bot.sandbox.schema import (
    Check,
    Field,
    Files,
    Report,
    array,
    boolean,
    integer,
    is_url,
    may,
    need,
    number,
    obj,
    one_of,
    string,
    text,
    typed,
)
from bot.sandbox.things import Json

__all__ = ["Files", "check_blocks", "check_message_blocks", "with_block_ids"]

MOST_IN_MESSAGE, MOST_IN_VIEW = 50, 100
MOST_MARKDOWN = 12_000
MOST_IN_TABLE = 10_000
MOST_CHARTS = 2


def _block(fields: dict[str, Field], extra: Check | None = None) -> Check:
    def whole(value: Any, at: str, report: Report) -> None:
        if value.get("block_id"):
            report.once("block_id", value["block_id"], at)
        if extra is not None:
            extra(value, at, report)

    return obj({"type": need(string(40)), "block_id": may(string(255)), **fields}, whole)


def _section(value: Any, at: str, report: Report) -> None:
    if "text" not in value and "fields" not in value:
        report.add("missing required field: text", at)


# -- rich text: sections, lists, quotes and preformatted text made of runs ----

_style = may(
    obj({name: may(boolean) for name in ("bold", "italic", "strike", "code", "underline", "unlink")})
)
_kind = need(string(40))
_runs: dict[str, Check] = {
    "text": obj({"type": _kind, "text": need(string(12_000)), "style": _style}),
    "link": obj(
        {
            "type": _kind,
            "url": need(is_url),
            "text": may(string(3000)),
            "style": _style,
            "unsafe": may(boolean),
        }
    ),
    "emoji": obj({"type": _kind, "name": need(string(100)), "unicode": may(string(100)), "style": _style}),
    "user": obj({"type": _kind, "user_id": need(string(40)), "style": _style}),
    "usergroup": obj({"type": _kind, "usergroup_id": need(string(40)), "style": _style}),
    "channel": obj({"type": _kind, "channel_id": need(string(40)), "style": _style}),
    "broadcast": obj({"type": _kind, "range": need(one_of("here", "channel", "everyone")), "style": _style}),
    "date": obj(
        {
            "type": _kind,
            "timestamp": need(integer(0, 10**11)),
            "format": need(string(200)),
            "url": may(is_url),
            "fallback": may(string(300)),
            "style": _style,
        }
    ),
    "color": obj({"type": _kind, "value": need(string(20)), "style": _style}),
}
_some_runs = need(array(typed(_runs), 1000, 0))
_border = may(integer(0, 1))
_rich_section = obj({"type": _kind, "elements": _some_runs})
_rich: dict[str, Check] = {
    "rich_text_section": _rich_section,
    "rich_text_list": obj(
        {
            "type": _kind,
            "style": need(one_of("bullet", "ordered")),
            "elements": need(array(typed({"rich_text_section": _rich_section}), 1000)),
            "indent": may(integer(0, 8)),
            "offset": may(integer(0, 10_000)),
            "border": _border,
        }
    ),
    "rich_text_preformatted": obj(
        {"type": _kind, "elements": _some_runs, "border": _border, "language": may(string(40))}
    ),
    "rich_text_quote": obj({"type": _kind, "elements": _some_runs, "border": _border}),
}
_rich_text = _block({"elements": need(array(typed(_rich), 1000))})

# -- tables ----

_cell = typed(
    {
        "raw_text": obj({"type": _kind, "text": need(string(3000, 0))}),
        "raw_number": obj({"type": _kind, "value": need(number), "text": may(string(3000, 0))}),
        "rich_text": _rich_text,
    }
)
_column = obj({"align": may(one_of("left", "center", "right")), "is_wrapped": may(boolean)})


def _one_table(value: Any, at: str, report: Report) -> None:
    if "table" in report.seen:
        report.add("only one table is allowed in a message", at)
    report.seen["table"] = set()
    if (length := sum(_characters(cell) for row in value["rows"] for cell in row)) > MOST_IN_TABLE:
        report.add(f"must be less than {MOST_IN_TABLE + 1} characters in all, not {length}", f"{at}/rows")


def _characters(part: Any) -> int:
    """How much text a cell holds, wherever it sits inside."""
    if isinstance(part, list):
        return sum(_characters(one) for one in part)
    if not isinstance(part, dict):
        return 0
    own = len(part["text"]) if isinstance(part.get("text"), str) else 0
    return own + sum(_characters(one) for one in part.values())


def _data_table(value: Any, at: str, report: Report) -> None:
    _one_table(value, at, report)
    width = len(value["rows"][0])
    for row, cells in enumerate(value["rows"]):
        if len(cells) != width:
            report.add("all rows must have the same number of cells", f"{at}/rows/{row}")
    for column, cell in enumerate(value["rows"][0]):
        if cell["type"] == "rich_text":
            report.add("unsupported type: rich_text (in the header row)", f"{at}/rows/0/{column}/type")
    if value.get("row_header_column_index", 0) >= width:
        report.add("must be the index of a column", f"{at}/row_header_column_index")


# -- charts (2026). The first published limits; Slack has since taken more series, and tables more rows. ----

_label = string(20)


def _positive(value: Any, at: str, report: Report) -> None:
    number(value, at, report)
    if isinstance(value, int | float) and not value > 0:
        report.add("must be greater than 0", at)


def _series_fit_axis(value: Any, at: str, report: Report) -> None:
    categories = value["axis_config"]["categories"]
    if len(set(categories)) < len(categories):
        report.add("categories must be unique", f"{at}/axis_config/categories")
    names = [one["name"] for one in value["series"]]
    if len(set(names)) < len(names):
        report.add("series names must be unique", f"{at}/series")
    for row, one in enumerate(value["series"]):
        if sorted(point["label"] for point in one["data"]) != sorted(categories):
            report.add("must have one point for each category", f"{at}/series/{row}/data")


_point = obj({"label": need(_label), "value": need(number)})
_series = obj({"name": need(_label), "data": need(array(_point, 20))})
_axis = obj({"categories": need(array(_label, 20)), "x_label": may(string(50)), "y_label": may(string(50))})
_plot = obj({"type": _kind, "series": need(array(_series, 6)), "axis_config": need(_axis)}, _series_fit_axis)
_segment = obj({"label": need(_label), "value": need(_positive)})
_pie = obj({"type": _kind, "segments": need(array(_segment, 6))})
_chart = typed({"pie": _pie, "bar": _plot, "area": _plot, "line": _plot})


def _two_charts(value: Any, at: str, report: Report) -> None:
    charts = report.seen.setdefault("data_visualization", set())
    charts.add(at)
    if len(charts) > MOST_CHARTS:
        report.add(f"no more than {MOST_CHARTS} charts are allowed in a message", at)


_common: dict[str, Check] = {
    "section": _block(
        {
            "text": may(text(3000, mrkdwn=True)),
            "fields": may(array(text(2000, mrkdwn=True), 10)),
            "accessory": may(in_section),
            "expand": may(boolean),
        },
        _section,
    ),
    "header": _block({"text": need(text(150)), "level": may(integer(1, 4))}),
    "divider": _block({}),
    "image": _block({**image_fields, "title": may(text(2000))}, image_source),
    "context": _block({"elements": need(array(in_context, 10))}),
    "actions": _block({"elements": need(array(in_actions, 25))}),
    "input": _block(
        {
            "label": need(text(2000)),
            "element": need(in_input),
            "dispatch_action": may(boolean),
            "hint": may(text(2000)),
            "optional": may(boolean),
        }
    ),
    "rich_text": _rich_text,
}
_in_messages: dict[str, Check] = {
    **_common,
    "markdown": _block({"text": need(string(MOST_MARKDOWN))}),
    "table": _block(
        {
            "rows": need(array(array(_cell, 20), 100)),
            "column_settings": may(array(_column, 20, 0)),
        },
        _one_table,
    ),
    "data_table": _block(
        {
            "caption": need(string(3000)),
            "rows": need(array(array(_cell, 20), 101, 2)),
            "page_size": may(integer(1, 100)),
            "row_header_column_index": may(integer(0, 19)),
        },
        _data_table,
    ),
    "data_visualization": _block({"title": need(string(50)), "chart": need(_chart)}, _two_charts),
}
# Real Slack has these since 2025 and 2026; this workspace cannot draw them yet.
_LATER = (
    "alert",
    "card",
    "carousel",
    "container",
    "context_actions",
    "file",
    "video",
    "call",
    "plan",
    "task_card",
)


def check_message_blocks(blocks: list[Json], usable_file: Files) -> list[str]:
    """What Slack would object to in a message's blocks; empty where it takes them."""
    report = Report(usable_file)
    check_blocks(blocks, "/blocks", report)
    if not report.errors:
        markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
        if markdown > MOST_MARKDOWN:
            report.add(f"markdown must be less than {MOST_MARKDOWN + 1} characters in all", "/blocks")
    return report.errors


def check_blocks(blocks: Any, at: str, report: Report) -> None:
    """Adds to the report what is wrong with the blocks of a message, or of a view where it says so."""
    kinds, most = (_in_messages, MOST_IN_MESSAGE) if report.in_message else (_common, MOST_IN_VIEW)
    later = (*_LATER, *(_in_messages.keys() - kinds.keys()))
    array(typed(kinds, later), most, 0)(blocks, at, report)


def with_block_ids(blocks: list[Json], new_id: Callable[[], str]) -> list[Json]:
    """A copy in which every block has an id and every element an action_id, as Slack fills them in."""
    filled = copy.deepcopy(blocks)
    for block in filled:
        block.setdefault("block_id", new_id())
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in inside if block["type"] in ("actions", "section", "input") else []:
            if element and element["type"] != "image":
                element.setdefault("action_id", new_id())
    return filled
