"""A small Slack app that uses every block, element and way of a modal, for the browser tests."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

Json = dict[str, Any]

MANIFEST: Json = {
    "display_information": {"name": "Rounds"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [
            {"command": "/note", "description": "Write a note", "usage_hint": "[text]"},
            {"command": "/notes", "description": "What was noted so far"},
            {"command": "/quiet", "description": "An answer that only you can see"},
            {"command": "/refuse", "description": "Never answers"},
        ],
        "shortcuts": [
            {"callback_id": "new_note", "type": "global", "name": "New note"},
            {"callback_id": "keep_note", "type": "message", "name": "Keep as a note"},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                *("chat:write", "im:write", "im:history", "channels:history", "users:read", "files:read"),
                *("files:write", "channels:read", "commands"),
            ]
        }
    },
    "settings": {
        "event_subscriptions": {"bot_events": ["app_home_opened", "message.im", "message.channels"]}
    },
}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def md(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str, description: str | None = None) -> Json:
    made: Json = {"text": plain(text), "value": value}
    return made | ({"description": plain(description)} if description else {})


def button(action_id: str, text: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


WARDS = [option("Ward 4", "w4"), option("Ward 5", "w5"), option("Recovery", "rec")]
CONFIRM: Json = {
    "title": plain("Withdraw this idea?"),
    "text": plain("Your colleagues will no longer see it."),
    "confirm": plain("Withdraw"),
    "deny": plain("Keep it"),
    "style": "danger",
}
MARKDOWN = """## What the ward decided
Two things **now**, one *later*, and `nothing` ~~else~~:

- a second warmer
  - next to bay 3
- [the guideline](https://example.org/guideline)

1. Count for two weeks
2. Look again

> A sentence is enough.

| Ward | Ideas |
|---|---|
| Ward 4 | 7 |"""

RICH: Json = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "Rich text: "},
                {"type": "text", "text": "bold", "style": {"bold": True}},
                {"type": "text", "text": ", "},
                {"type": "text", "text": "italic", "style": {"italic": True}},
                {"type": "text", "text": ", asked by "},
                {"type": "user", "user_id": "U2"},
                {"type": "text", "text": " in "},
                {"type": "channel", "channel_id": "C1"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "Wash hands"}]},
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "Say your name"}]},
            ],
        },
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "It helped at once."}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "618 / 902 = 69 %"}]},
    ],
}
TABLE: Json = {
    "type": "table",
    "column_settings": [{"align": "left"}, {"align": "right"}],
    "rows": [
        [{"type": "raw_text", "text": "Measure"}, {"type": "raw_text", "text": "Reached"}],
        [{"type": "raw_text", "text": "Blood pressure in range"}, {"type": "raw_text", "text": "69 %"}],
        [{"type": "raw_text", "text": "Discharge letter in time"}, {"type": "raw_text", "text": "84 %"}],
    ],
}


CHART: Json = {
    "type": "data_visualization",
    "title": "Ideas and answers",
    "chart": {
        "type": "bar",
        "series": [
            {"name": "Ideas", "data": [{"label": "Sep", "value": 4}, {"label": "Oct", "value": 7}]},
            {"name": "Answers", "data": [{"label": "Sep", "value": 3}, {"label": "Oct", "value": 7}]},
        ],
        "axis_config": {"categories": ["Sep", "Oct"]},
    },
}
DATA_TABLE: Json = {
    "type": "data_table",
    "caption": "Ideas of each ward",
    "page_size": 2,
    "row_header_column_index": 0,
    "rows": [[{"type": "raw_text", "text": "Ward"}, {"type": "raw_text", "text": "Ideas"}]]
    + [
        [
            {"type": "raw_text", "text": f"Ward {n}"},
            {"type": "raw_number", "value": n + 3, "text": str(n + 3)},
        ]
        for n in range(1, 6)
    ],
}


def shown_blocks(file_id: str) -> list[Json]:
    """What is only looked at."""
    picture = {
        "type": "image",
        "slack_file": {"id": file_id},
        "alt_text": "A line that rises from 61 to 69 %",
    }
    return [
        {"type": "header", "text": plain("Your week in care · 14–20 July")},
        {
            "type": "section",
            "text": md(
                "*Blood pressure in range*: 618 of your 902 patients, asked by <@U2> in <#C1|ward-4>. "
                "_Higher is better_, ~always~ `mostly`.\n>Repeat a high reading.\n"
                "<https://example.org|The guideline>"
            ),
            "accessory": picture,
        },
        {"type": "section", "fields": [md("*You*\n69 %"), md("*Half of your colleagues*\nabove 72 %")]},
        {"type": "divider"},
        {**picture, "title": plain("Blood pressure in range, 26 weeks")},
        {"type": "context", "elements": [picture, md("13 measures looked at · *sent only to you*")]},
        RICH,
        TABLE,
        {"type": "markdown", "text": MARKDOWN},
    ]


def used_blocks() -> list[Json]:
    """What can be used."""
    return [
        {
            "type": "actions",
            "elements": [
                button("useful", "Useful", style="primary", value="yes"),
                button("plain", "Talk it through"),
                button("withdraw", "Withdraw", style="danger", confirm=CONFIRM),
                {"type": "overflow", "action_id": "more", "options": [option("How is this counted?", "how")]},
            ],
        },
        {
            "type": "actions",
            "elements": [
                {
                    "type": "static_select",
                    "action_id": "ward",
                    "placeholder": plain("Choose a ward"),
                    "options": WARDS,
                },
                {"type": "users_select", "action_id": "who"},
                {"type": "channels_select", "action_id": "where"},
                {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-24"},
                {"type": "timepicker", "action_id": "hour", "initial_time": "09:00"},
            ],
        },
        {
            "type": "section",
            "text": md("Which wards does it concern?"),
            "accessory": {
                "type": "multi_static_select",
                "action_id": "wards",
                "placeholder": plain("Choose wards"),
                "options": WARDS,
            },
        },
        {
            "type": "section",
            "text": md("When should it arrive?"),
            "accessory": {
                "type": "radio_buttons",
                "action_id": "when",
                "options": [
                    option("Every week", "all", "Also when nothing is new"),
                    option("Only news", "new"),
                ],
            },
        },
        {
            "type": "section",
            "text": md("Remind me"),
            "accessory": {
                "type": "checkboxes",
                "action_id": "remind",
                "options": [option("A day before", "day"), option("An hour before", "hour")],
            },
        },
    ]


def field(block_id: str, label: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {**element, "action_id": block_id},
        **more,
    }


def form(title: str = "A note", **more: Any) -> Json:
    """A modal with every kind of field."""
    options = [option("Care", "care"), option("Team", "team", "How we work together")]
    return {
        "type": "modal",
        "callback_id": "note",
        "title": plain(title),
        "submit": plain("Save"),
        "notify_on_close": True,
        "blocks": [
            {"type": "section", "text": md("A sentence is enough.")},
            field(
                "title",
                "Title",
                {"type": "plain_text_input", "max_length": 30},
                hint=plain("Short and plain"),
            ),
            field("body", "What happened?", {"type": "plain_text_input", "multiline": True}, optional=True),
            field("ward", "Ward", {"type": "static_select", "options": WARDS}, optional=True),
            field("wards", "Wards", {"type": "multi_static_select", "options": WARDS}, optional=True),
            field("people", "People", {"type": "multi_users_select"}, optional=True),
            field("channel", "Channel", {"type": "channels_select"}, optional=True),
            field("kind", "Kind", {"type": "radio_buttons", "options": options}, optional=True),
            field("tags", "Tags", {"type": "checkboxes", "options": options}, optional=True),
            field("day", "Day", {"type": "datepicker"}, optional=True),
            field("hour", "Hour", {"type": "timepicker"}, optional=True),
            field("due", "Due", {"type": "datetimepicker"}, optional=True),
            field(
                "count", "How often?", {"type": "number_input", "is_decimal_allowed": False}, optional=True
            ),
            field("email", "Email", {"type": "email_text_input"}, optional=True),
            field("link", "Link", {"type": "url_text_input"}, optional=True),
            field(
                "photo",
                "Photo",
                {"type": "file_input", "filetypes": ["png", "jpg"], "max_files": 2},
                optional=True,
            ),
            {
                "type": "actions",
                "elements": [button("fill", "Suggest a text"), button("deeper", "Look closer")],
            },
        ],
        **more,
    }


def page(title: str, text: str, *more: Json, submit: str | None = None) -> Json:
    view: Json = {"type": "modal", "callback_id": "page", "title": plain(title)}
    view["blocks"] = [{"type": "section", "text": md(text)}, *more]
    return view | ({"submit": plain(submit)} if submit else {})


def home(count: int) -> Json:
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": plain("Your Rounds")},
            {"type": "section", "text": md(f"You have kept *{count}* notes.")},
            {"type": "actions", "elements": [button("count", "Keep one more", style="primary")]},
            {"type": "divider"},
            {
                "type": "section",
                "text": md("*Weekday of your digest*"),
                "accessory": {
                    "type": "static_select",
                    "action_id": "weekday",
                    "options": [option("Monday", "1"), option("Tuesday", "2")],
                    "initial_option": option("Monday", "1"),
                },
            },
        ],
    }


def register(app: App) -> list[Json]:
    """Adds the listeners; returns the list in which every payload is noted."""
    seen: list[Json] = []

    @app.middleware
    def note(body: Json, next: Callable[[], None]) -> None:
        seen.append(body)
        next()

    _commands(app)
    _forms(app)
    _home(app)
    _messages(app)
    return seen


def _commands(app: App) -> None:
    @app.command("/quiet")
    def quiet(ack: Ack, command: Json) -> None:
        ack(f"Heard: {command['text']}")

    @app.command("/notes")
    def notes(ack: Ack, command: Json, client: WebClient) -> None:
        client.chat_postMessage(channel=command["channel_id"], text="Nothing was noted so far.")
        ack()

    @app.shortcut("keep_note")
    def keep(ack: Ack, shortcut: Json, client: WebClient) -> None:
        client.chat_postMessage(channel=shortcut["user"]["id"], text=f"Kept: {shortcut['message']['text']}")
        ack()


def _forms(app: App) -> None:
    @app.command("/note")
    @app.shortcut("new_note")
    def opened(ack: Ack, body: Json, client: WebClient) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=form())
        ack()

    @app.action("fill")
    def fill(ack: Ack, body: Json, client: WebClient) -> None:
        view = form("A note, with help")
        view["blocks"][0]["text"] = md("Here is how somebody else put it: “We run out of warm blankets.”")
        client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)
        ack()

    @app.action("deeper")
    def deeper(ack: Ack, body: Json, client: WebClient) -> None:
        further = {"type": "actions", "elements": [button("deepest", "Deeper still")]}
        client.views_push(
            trigger_id=body["trigger_id"], view=page("Second page", "On top of your note.", further)
        )
        ack()

    @app.action("deepest")
    def deepest(ack: Ack, body: Json, client: WebClient) -> None:
        client.views_push(
            trigger_id=body["trigger_id"], view=page("Third page", "This is as deep as it goes.")
        )
        ack()

    @app.view("note")
    def saved(ack: Ack, view: Json, body: Json, client: WebClient) -> None:
        title = view["state"]["values"]["title"]["title"]["value"]
        if title == "wrong":
            errors = {"title": "Please say a little more.", "day": "This day is over."}
            ack(response_action="errors", errors=errors)
        elif title == "update":
            ack(response_action="update", view=page("Thank you", "Your note is *#12*."))
        elif title == "push":
            ack(response_action="push", view=page("One more thing", "May others see it?", submit="Yes"))
        else:
            ack()
            client.chat_postMessage(channel=body["user"]["id"], text=f"Saved: {title}")

    @app.view("page")
    def agreed(ack: Ack) -> None:
        ack(response_action="clear")

    @app.view_closed("note")
    def closed(ack: Ack) -> None:
        ack()


def _home(app: App) -> None:
    counts: dict[str, int] = {}

    @app.event("app_home_opened")
    def home_opened(ack: Ack, event: Json, client: WebClient) -> None:
        if event["tab"] == "home":
            client.views_publish(user_id=event["user"], view=home(counts.get(event["user"], 0)))
        ack()

    @app.action("count")
    def counted(ack: Ack, body: Json, client: WebClient) -> None:
        user = body["user"]["id"]
        counts[user] = counts.get(user, 0) + 1
        client.views_publish(user_id=user, view=home(counts[user]))
        ack()


def _messages(app: App) -> None:
    @app.event("message")
    def heard(ack: Ack) -> None:
        ack()

    @app.action("useful")
    def useful(ack: Ack, body: Json, client: WebClient) -> None:
        where, ts = body["channel"]["id"], body["message"]["ts"]
        client.chat_update(channel=where, ts=ts, text="Thank you, that helps.")
        ack()

    @app.action(re.compile(".*"))
    def used(ack: Ack, body: Json, client: WebClient) -> None:
        action = body["actions"][0]
        client.chat_postMessage(channel=body["user"]["id"], text=f"You used {action['action_id']}")
        ack()
