"""Every payload that Slack refuses is refused here, in Slack's own words."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox import Sandbox
from bot.sandbox.blocks import check_message_blocks
from bot.sandbox.views import check_view

Json = dict[str, Any]


def plain(text: str = "x") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "x") -> Json:
    return {"type": "mrkdwn", "text": text}


def button(action_id: str = "go", **more: Any) -> Json:
    return {"type": "button", "text": plain(), "action_id": action_id, **more}


def option(value: str = "a", text: str = "x") -> Json:
    return {"text": plain(text), "value": value}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": [option()], **more}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def table(rows: int, columns: int) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "1"}] * columns] * rows}


def asked(element: Json) -> Json:
    return {"type": "input", "label": plain(), "element": element}


def picture(**more: Any) -> Json:
    return {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "A chart", **more}


RICH = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]},
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]}],
        },
    ],
}

LABELS = [f"week {number}" for number in range(20)]
POINTS = [{"label": label, "value": -1.5} for label in LABELS]
AXIS = {"categories": LABELS, "x_label": "Week", "y_label": "x" * 50}
CELLS: list[list[Json]] = [
    [{"type": "raw_text", "text": "Ward"}, {"type": "raw_text", "text": "Falls"}],
    [RICH, {"type": "raw_number", "value": 2.5, "text": "2.5"}],
]


def chart(**more: Any) -> Json:
    series = [{"name": str(number), "data": POINTS} for number in range(6)]
    drawn = {"type": "line", "series": series, "axis_config": AXIS, **more}
    return {"type": "data_visualization", "title": "x" * 50, "chart": drawn}


def pie(value: float = 1) -> Json:
    segments = [{"label": "a", "value": value}]
    return {"type": "data_visualization", "title": "x", "chart": {"type": "pie", "segments": segments}}


def data_table(rows: list[Any], **more: Any) -> Json:
    return {"type": "data_table", "caption": "Falls", "rows": rows, **more}


ACCEPTED: dict[str, list[Json]] = {
    "a chart of 6 series and 20 categories, and a pie": [chart(), pie()],
    "a data table": [data_table(CELLS, page_size=100, row_header_column_index=1)],
    "a data table of 101 rows": [data_table(CELLS[:1] * 101)],
    "a section of 3,000 characters": [section(text=mrkdwn("x" * 3000))],
    "ten fields of 2,000": [{"type": "section", "fields": [mrkdwn("x" * 2000)] * 10}],
    "a header of 150": [{"type": "header", "text": plain("x" * 150)}],
    "25 buttons": [actions(*(button(f"b{n}") for n in range(25)))],
    "a context of ten": [{"type": "context", "elements": [mrkdwn(), plain()] * 5}],
    "five overflow options": [
        section(
            accessory={"type": "overflow", "action_id": "o", "options": [option(str(n)) for n in range(5)]}
        )
    ],
    "100 options of 75 and 150": [
        actions(select(options=[option(f"{n:0150}", "x" * 75) for n in range(100)], placeholder=plain()))
    ],
    "a button of 75 and 2,000": [actions(button(text=plain("x" * 75), value="x" * 2000, style="danger"))],
    "a picture with alt text of 2,000": [picture(alt_text="x" * 2000, title=plain())],
    "a table of 100 × 20": [table(100, 20)],
    "50 blocks": [{"type": "divider"}] * 50,
    "rich text": [RICH],
    "markdown": [{"type": "markdown", "text": "**x**"}],
    "an input": [
        asked({"type": "plain_text_input", "action_id": "t", "multiline": True, "max_length": 3000})
    ],
    "a confirmation": [
        actions(
            button(confirm={"title": plain(), "text": mrkdwn(), "confirm": plain("Yes"), "deny": plain("No")})
        )
    ],
    "pickers": [
        actions(
            {"type": "datepicker", "action_id": "d", "initial_date": "2026-02-28"},
            {"type": "timepicker", "action_id": "t", "initial_time": "23:59"},
            {"type": "users_select", "action_id": "u"},
            {"type": "conversations_select", "action_id": "c", "filter": {"include": ["im"]}},
            {"type": "radio_buttons", "action_id": "r", "options": [option()], "initial_option": option()},
            {"type": "checkboxes", "action_id": "k", "options": [option()], "initial_options": [option()]},
        )
    ],
}

REFUSED: dict[str, tuple[list[Json], str]] = {
    "a chart of an unknown kind": ([chart(type="radar")], "unsupported type: radar"),
    "a chart with a series name twice": (
        [chart(series=[{"name": "a", "data": POINTS}] * 2)],
        "series names must be unique",
    ),
    "a chart with a category twice": (
        [chart(axis_config={"categories": ["a", "a"]})],
        "categories must be unique",
    ),
    "a chart with a hole": (
        [chart(series=[{"name": "a", "data": POINTS[1:]}])],
        "must have one point for each category",
    ),
    "a chart of 21 categories": (
        [chart(axis_config={"categories": [str(n) for n in range(21)]})],
        "no more than 20 items allowed",
    ),
    "a chart with a long title": ([pie() | {"title": "x" * 51}], "less than 51"),
    "a chart of words": (
        [chart(series=[{"name": "a", "data": [{"label": "a", "value": "2"}]}])],
        "must be a number",
    ),
    "a pie with nothing in it": ([pie(0)], "must be greater than 0"),
    "three charts": ([chart(), chart(), pie()], "no more than 2 charts"),
    "a data table without a caption": ([{"type": "data_table", "rows": CELLS}], "required field: caption"),
    "a data table of a header alone": ([data_table(CELLS[:1])], "no fewer than 2 items allowed"),
    "a data table of 102 rows": ([data_table(CELLS[:1] * 102)], "no more than 101 items allowed"),
    "a data table with a short row": ([data_table([*CELLS, CELLS[0][:1]])], "the same number of cells"),
    "a data table with a rich header": ([data_table([CELLS[1], CELLS[0]])], "rich_text (in the header row)"),
    "a data table with too long a page": ([data_table(CELLS, page_size=101)], "must be between 1 and 100"),
    "a data table headed by a column that is not there": (
        [data_table(CELLS, row_header_column_index=2)],
        "must be the index of a column",
    ),
    "a table and a data table": ([table(1, 1), data_table(CELLS)], "only one table is allowed in a message"),
    "a table with too much text": (
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 2001}]] * 5}],
        "must be less than 10001 characters in all",
    ),
    "section too long": ([section(text=mrkdwn("x" * 3001))], "must be less than 3001 characters"),
    "section with empty text": ([section(text=mrkdwn(""))], "must be more than 0 characters"),
    "section without text": ([{"type": "section"}], "missing required field: text"),
    "eleven fields": ([{"type": "section", "fields": [mrkdwn()] * 11}], "no more than 10 items allowed"),
    "field too long": ([{"type": "section", "fields": [mrkdwn("x" * 2001)]}], "less than 2001"),
    "header too long": ([{"type": "header", "text": plain("x" * 151)}], "less than 151"),
    "header in mrkdwn": ([{"type": "header", "text": mrkdwn()}], "unsupported type: mrkdwn"),
    "26 buttons": ([actions(*(button(f"b{n}") for n in range(26)))], "no more than 25"),
    "no buttons": ([actions()], "no fewer than 1"),
    "context of eleven": ([{"type": "context", "elements": [mrkdwn()] * 11}], "no more than 10"),
    "context with a button": ([{"type": "context", "elements": [button()]}], "unsupported type: button"),
    "six overflow options": (
        [
            section(
                accessory={
                    "type": "overflow",
                    "action_id": "o",
                    "options": [option(str(n)) for n in range(6)],
                }
            )
        ],
        "no more than 5",
    ),
    "101 options": ([actions(select(options=[option(str(n)) for n in range(101)]))], "no more than 100"),
    "option text too long": ([actions(select(options=[option(text="x" * 76)]))], "less than 76"),
    "option value too long": ([actions(select(options=[option("x" * 151)]))], "less than 151"),
    "option value twice": ([actions(select(options=[option(), option()]))], "is there twice"),
    "initial option unknown": ([actions(select(initial_option=option("b")))], "must be one of the options"),
    "select without options": ([actions({"type": "static_select", "action_id": "a"})], "exactly one of"),
    "button text too long": ([actions(button(text=plain("x" * 76)))], "less than 76"),
    "button text in mrkdwn": ([actions(button(text=mrkdwn()))], "unsupported type: mrkdwn"),
    "button value too long": ([actions(button(value="x" * 2001))], "less than 2001"),
    "button style unknown": ([actions(button(style="green"))], "must be one of: primary, danger"),
    "image without alt text": ([{"type": "image", "slack_file": {"id": "F1"}}], "required field: alt_text"),
    "image with empty alt text": ([picture(alt_text="")], "must be more than 0"),
    "image alt text too long": ([picture(alt_text="x" * 2001)], "less than 2001"),
    "image of a file that is not there": ([picture(slack_file={"id": "F9"})], "invalid slack file"),
    "image of two sources": ([picture(image_url="https://example.org/a.png")], "exactly one of"),
    "image of no source": ([{"type": "image", "alt_text": "x"}], "exactly one of"),
    "51 blocks": ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    "unknown block": ([{"type": "hero"}], "unsupported type: hero"),
    "block of 2026": ([{"type": "carousel"}], "this local workspace does not know it yet"),
    "unknown element": ([actions({"type": "slider", "action_id": "a"})], "unsupported type: slider"),
    "unknown property": ([section(colour="red")], "invalid additional property: colour"),
    "text input outside an input": (
        [actions({"type": "plain_text_input", "action_id": "a"})],
        "unsupported type: plain_text_input",
    ),
    "action_id twice": ([actions(button("a")), actions(button("a"))], '`action_id` "a" already exists'),
    "action_id too long": ([actions(button("x" * 256))], "less than 256"),
    "block_id twice": ([section(block_id="s"), section(block_id="s")], '`block_id` "s" already exists'),
    "table too long": ([table(101, 2)], "no more than 100"),
    "table too wide": ([table(2, 21)], "no more than 20"),
    "two tables": ([table(2, 2), table(2, 2)], "only one table is allowed in a message"),
    "impossible date": (
        [actions({"type": "datepicker", "action_id": "d", "initial_date": "2026-02-30"})],
        "must be a date",
    ),
    "impossible time": (
        [actions({"type": "timepicker", "action_id": "d", "initial_time": "24:00"})],
        "must be a time",
    ),
    "confirmation without a way out": (
        [actions(button(confirm={"title": plain(), "text": plain(), "confirm": plain()}))],
        "missing required field: deny",
    ),
    "rich text of unknown kind": (
        [{"type": "rich_text", "elements": [{"type": "rich_text_poem", "elements": []}]}],
        "unsupported type: rich_text_poem",
    ),
    "address that is none": ([actions(button(url="javascript:alert(1)"))], "must be a valid URL"),
    "text that is a string": ([{"type": "section", "text": "x"}], "must provide an object"),
}


@pytest.mark.parametrize("blocks", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_slack_takes_is_taken(blocks: list[Json]) -> None:
    assert check_message_blocks(blocks, {"F1"}.__contains__) == []


@pytest.mark.parametrize(("blocks", "complaint"), REFUSED.values(), ids=REFUSED.keys())
def test_what_slack_refuses_is_refused_with_its_complaint(blocks: list[Json], complaint: str) -> None:
    errors = check_message_blocks(blocks, {"F1"}.__contains__)
    assert any(complaint in error for error in errors), errors
    assert all("[json-pointer:/blocks" in error for error in errors)


def test_a_refused_message_is_not_stored_and_says_why(client: WebClient, dm: str, sandbox: Sandbox) -> None:
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=dm, text="x", blocks=[{"type": "header", "text": plain("x" * 151)}])
    assert refused.value.response["error"] == "invalid_blocks"
    complaint = "must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    assert refused.value.response["errors"] == [complaint]
    assert refused.value.response["response_metadata"]["messages"] == [f"[ERROR] {complaint}"]
    assert sandbox.workspace.dm("U1") == []


# -- views ----


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain("Idea"), "blocks": [section()], **more}


def home(**more: Any) -> Json:
    return {"type": "home", "blocks": [section()], **more}


TEXT_INPUT = asked({"type": "plain_text_input", "action_id": "t"})
VIEWS_ACCEPTED: dict[str, Json] = {
    "modal": modal(submit=plain("x" * 24), close=plain("x" * 24), title=plain("x" * 24)),
    "input with submit": modal(blocks=[TEXT_INPUT], submit=plain("Send"), private_metadata="x" * 3000),
    "100 blocks": modal(blocks=[{"type": "divider"}] * 100),
    "home": home(callback_id="home", private_metadata="x"),
    "home with an input": home(blocks=[TEXT_INPUT]),
}
VIEWS_REFUSED: dict[str, tuple[Json, str]] = {
    "title too long": (modal(title=plain("x" * 25)), "must be less than 25 characters"),
    "submit too long": (modal(submit=plain("x" * 25)), "less than 25"),
    "close too long": (modal(close=plain("x" * 25)), "less than 25"),
    "no title": ({"type": "modal", "blocks": []}, "missing required field: title"),
    "101 blocks": (modal(blocks=[{"type": "divider"}] * 101), "no more than 100 items allowed"),
    "private_metadata too long": (modal(private_metadata="x" * 3001), "less than 3001"),
    "input without submit": (modal(blocks=[TEXT_INPUT]), "missing required field: submit"),
    "table in a modal": (modal(blocks=[table(1, 1)]), "unsupported type: table"),
    "home with a title": (home(title=plain()), "invalid additional property: title"),
    "unknown property": (modal(size="large"), "invalid additional property: size"),
    "action_id twice": (modal(blocks=[actions(button()), actions(button())]), "already exists"),
}


@pytest.mark.parametrize("view", VIEWS_ACCEPTED.values(), ids=VIEWS_ACCEPTED.keys())
def test_a_view_that_slack_takes_is_taken(view: Json) -> None:
    assert check_view(view, view["type"], {"F1"}.__contains__) == []


@pytest.mark.parametrize(("view", "complaint"), VIEWS_REFUSED.values(), ids=VIEWS_REFUSED.keys())
def test_a_view_that_slack_refuses_is_refused(view: Json, complaint: str) -> None:
    errors = check_view(view, view["type"], {"F1"}.__contains__)
    assert any(complaint in error for error in errors), errors


def test_a_view_of_more_than_250_kb_is_too_large(client: WebClient) -> None:
    view = home(blocks=[section(text=mrkdwn("x" * 3000)) for _ in range(90)])
    with pytest.raises(SlackApiError, match="view_too_large"):
        client.views_publish(user_id="U1", view=view)


def test_checking_changes_nothing() -> None:
    for blocks in ACCEPTED.values():
        before = copy.deepcopy(blocks)
        check_message_blocks(blocks, {"F1"}.__contains__)
        assert blocks == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside: list[tuple[Any, Any]] = []
    if isinstance(part, dict):
        inside = list(part.items())
    elif isinstance(part, list):
        inside = list(enumerate(part[:3]))
    return [path, *(place for key, value in inside for place in places(value, (*path, key)))]


@given(name=st.sampled_from(sorted(ACCEPTED)), data=st.data(), junk=JSON)
def test_junk_anywhere_in_a_message_is_answered_with_complaints_and_never_an_exception(
    name: str, data: st.DataObject, junk: Any
) -> None:
    blocks = copy.deepcopy(ACCEPTED[name])
    *way, last = data.draw(st.sampled_from(places(blocks)[1:]))
    target: Any = blocks
    for key in way:
        target = target[key]
    target[last] = junk
    errors = check_message_blocks(blocks, {"F1"}.__contains__)
    assert all("[json-pointer:/blocks" in error for error in errors)
