"""What leaders have: their week, the board, the aim, stand-ins, questions, and the unit's month."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import Any

from bot.ideas import delegating
from bot.ideas import names as ideas
from bot.leading import names as leading
from bot.leading.asking import names as asking
from bot.leading.asking.questions import shipped
from bot.sandbox import TEAM_ID
from storage.ideas import ChannelCheck, Delegation
from storage.leading import Aim, ChannelPost
from storage.people import SlackAccount
from tests.scenarios.ideas import said
from tests.scenarios.matrix.house import ASH, EVERYBODY, LEADERS, NOBODY, ROLES, House
from tests.scenarios.matrix.planted import TYPED
from tests.scenarios.matrix.table import Row, all_of, both, does_at_once, in_messages, opens, submits, typed

# Who is in the ward's channel on Slack, known to Rounds or not.
IN_CHANNEL = ASH | {"subject", "colleague", "unconfirmed"}


def _board(house: House, role: str) -> bool:
    return "*The board*" in house.homes[role]


def _filtered(house: House, role: str) -> bool:
    """The board of Ash Ward, asked for by everybody in three ways."""
    ash = str(house.unit("Ash Ward"))
    pages = []
    for action, chosen in ((ideas.BOARD_UNIT, ash), (ideas.BOARD_FILTER, "waiting")):
        pages.append(house.press_at_home(role, action, selected_option={"value": chosen}))
    pages.append(house.press_at_home(role, f"{ideas.LIST_PAGE}-1", f"board:waiting:{ash}:0"))
    found = {TYPED.rstrip(".") in page.partition("*The board*")[2] for page in pages}
    assert len(found) == 1
    return found.pop()


def _delegated(house: House) -> dict[str, Any]:
    today = house.story.today
    return {
        **typed(delegating.WHOM, house.story.user("Jack Turnbull"), "selected_user"),
        **typed(delegating.STARTS, today.isoformat(), "selected_date"),
        **typed(delegating.ENDS, (today + timedelta(days=2)).isoformat(), "selected_date"),
    }


def _aim(house: House) -> Any:
    return {"unit": house.unit("Ash Ward"), "aim": 0}


def _asked(house: House) -> Any:
    return {"kind": "question", "unit": house.unit("Ash Ward"), "version": 0, "seen": house.numbers["post"]}


def _asked_words(_house: House) -> dict[str, Any]:
    return {f"{asking.WORDS}_0": {asking.WORDS: {"value": "Who waited for us this week?"}}}


def _another(house: House, role: str) -> bool:
    """Another question in the form: only its own words, and those of whoever has it open."""
    view = {"callback_id": asking.FORM, "private_metadata": json.dumps(_asked(house))}
    key = shipped()[0].key
    page = house.press(role, asking.ANOTHER, over=view, selected_option={"value": key})
    return "#ward-ash" in page


def _taken_away(house: House, role: str) -> bool:
    chosen = {"value": f"{house.numbers['post']}:{asking.TAKE_BACK}"}
    looked = all_of(ChannelPost)
    return house.changes(
        lambda s: looked(s, house), lambda: house.press(role, asking.MENU, selected_option=chosen)
    )


def _her_reply(house: House, role: str) -> bool:
    """An idea of what she wrote beneath the question: her words open for her alone."""
    value = f"{house.marks['channel']}:{house.marks['reply']}:{house.user('subject')}:{house.marks['posted']}"
    page = house.press(role, f"{asking.REPLY}-1", value)
    house.restore()
    return TYPED in page


def _unit_month(house: House, role: str) -> bool:
    """The month's care of Ash Ward: in its channel, and in no message or Home of anybody."""
    everywhere = [said(one) for one in house.month]
    assert len(everywhere) == 1
    assert not any(name in everywhere[0] for name in ROLES.values())
    assert everywhere[0] not in house.messages[role] + house.homes[role]
    channel = house.story.sandbox.workspace.channels[house.marks["channel"]]
    return house.user(role) in channel.members


def _channel_changes(house: House, role: str) -> bool:
    """Whoever comes into a channel: who can read it is asked anew before anything more goes there."""
    where = {"channel": house.marks["channel"], "user": house.user(role)}
    looked = all_of(ChannelCheck)
    return all(
        house.changes(lambda s: looked(s, house), partial(house.event, type=kind, **where))
        for kind in ("member_joined_channel", "channel_shared", "channel_unshared")
    )


def _greeted(house: House, role: str) -> bool:
    """An account that comes anew with her address is not made hers, whoever has it."""
    user = {"id": house.user(role), "team_id": TEAM_ID, "profile": {"email": house.marks["email"]}}
    looked = all_of(SlackAccount)
    return house.changes(lambda s: looked(s, house), lambda: house.event(type="team_join", user=user))


ROWS = (
    Row(
        "the leader's week",
        frozenset({"leader", "manager", "other leader", "leader above"}),
        (),
        in_messages("Your week · "),
    ),
    Row("the board", LEADERS, ("app_home_opened",), _board),
    Row(
        "what waits on the board of Ash Ward",
        ASH,
        (ideas.BOARD_UNIT, ideas.BOARD_FILTER, ideas.LIST_PAGE),
        _filtered,
    ),
    Row(
        "the form for a stand-in",
        EVERYBODY,
        (delegating.OPEN,),
        opens(delegating.OPEN, "", delegating.CALLBACK),
    ),
    Row(
        "asking somebody to stand in",
        LEADERS - {"stand-in"},
        (delegating.CALLBACK,),
        submits(delegating.CALLBACK, lambda _: "", _delegated, all_of(Delegation)),
    ),
    Row(
        "ending that the stand-in stands in",
        frozenset({"leader", "stand-in"}),
        (delegating.END,),
        does_at_once(delegating.END, "delegation of stand-in", all_of(Delegation)),
    ),
    Row(
        "setting the aim of Ash Ward",
        ASH,
        (leading.AIM, leading.AIM_FORM),
        both(
            lambda house, role: (
                leading.AIM_FORM in house.press(role, leading.AIM, str(house.unit("Ash Ward")))
            ),
            submits(leading.AIM_FORM, _aim, lambda _: typed(leading.AIM_WORDS, "Nobody waits."), all_of(Aim)),
        ),
    ),
    Row(
        "the form for a question or a lesson",
        LEADERS,
        (asking.ASK, asking.LESSON),
        both(
            lambda house, role: asking.FORM in house.press(role, asking.ASK, "0"),
            lambda house, role: asking.FORM in house.press(role, asking.LESSON, "0"),
        ),
    ),
    Row("the channel of Ash Ward in that form", ASH, (asking.ANOTHER,), _another),
    Row(
        "putting a question to the channel of Ash Ward",
        ASH,
        (asking.FORM,),
        submits(asking.FORM, _asked, _asked_words, all_of(ChannelPost)),
    ),
    Row("taking the leader's question away", ASH | {"administrator"}, (asking.MENU,), _taken_away),
    Row("the replies to that question", IN_CHANNEL, (asking.REPLIES,), opens(asking.REPLIES, "post", TYPED)),
    Row("her reply, to make an idea of", frozenset({"subject"}), (asking.REPLY,), _her_reply),
    Row("the unit's month of Ash Ward", IN_CHANNEL, (), _unit_month),
    Row(
        "having asked anew who can read a channel",
        EVERYBODY,
        ("member_joined_channel", "channel_shared", "channel_unshared"),
        _channel_changes,
    ),
    Row("becoming her by a new account with her address", NOBODY, ("team_join",), _greeted),
)
