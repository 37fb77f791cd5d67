"""What people read of talks: pages, the request, the answer, the section of the Home. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Final

from bot.ideas.names import beside, form_of
from bot.ideas.words.phrases import Message, long_day, name, quoted
from bot.slack_blocks import (
    Block,
    View,
    actions,
    button,
    confirmation,
    context,
    divider,
    field,
    modal,
    option,
    primary,
    section,
)
from bot.talks import names
from bot.talks.facts import Asked, Listener, Offered, Request, TalksAtHome
from storage.terms import TalkState

TALK_IT_THROUGH: Final = "Talk it through"
END_MINE: Final = "End my offer"
# Slack takes a hundred choices and a hundred blocks; each coach has one of each.
MOST_LISTENERS: Final = 60
_MOST_AT_HOME: Final = 8

NO_LISTENERS = (
    "Nobody else offers to listen to you at the moment. Look again in a few days: this button stays on your "
    "Home as long as somebody does."
)
NO_TELLERS = "No colleague offers to tell how at the moment."
_WHO_LEARNS_COACH = (
    "*Who learns what.* They see your name and that you would like to talk, and nothing of your figures. "
    "What you say there is between the two of you: Rounds keeps none of it, only that you asked and the "
    "answer. No leader or analyst is shown that."
)
_WHO_LEARNS_COLLEAGUE = (
    "*Who learns what.* One of them sees your name and that you ask about this measure, and nothing of your "
    "figures. You are told their name if they say yes. What you say then is between the two of you."
)
_WHO_LEARNS_TELLER = (
    "*Who learns what.* Colleagues in your peer group see that somebody offers, without a name. Those who "
    "ask will be told your name, once you have said “Gladly” to them, and with it that you are among those "
    "who have reached it. You see the name of whoever asks, and nothing of their figures."
)
_BETWEEN_YOU = "What you say there is between the two of you."


# -- pages ----


def talk_page(listeners: Sequence[Listener], asked: Sequence[Asked] = ()) -> View:
    """Choose a coach; what waits already stands below. With nobody to choose it only says so."""
    waiting = [_asked_block(one) for one in asked[:_MOST_AT_HOME] if one.who]
    if not listeners:
        return modal(TALK_IT_THROUGH, [section(NO_LISTENERS), *waiting])
    shown = listeners[:MOST_LISTENERS]
    choices = [option(one.name, str(one.offer_id)) for one in shown]
    menu: Block = {"type": "static_select", "options": choices}
    if len(choices) == 1:
        menu["initial_option"] = choices[0]
    blocks = [
        section(
            "These colleagues have offered to listen: about a figure, an idea, or anything else of your work."
        ),
        *(section(_listener(one)) for one in shown),
        field(names.WHO, "Whom would you like to ask?", menu),
        section(_WHO_LEARNS_COACH),
        *waiting,
    ]
    return modal(TALK_IT_THROUGH, blocks, callback=form_of(names.TALK), submit="Ask them", close="Cancel")


def ask_page(title: str, key: str) -> View:
    """Ask a colleague who has reached it how they do it."""
    blocks = [
        section(f"*{name(title)}*\nA colleague in your peer group who has reached it offers to tell how."),
        section(_WHO_LEARNS_COLLEAGUE),
    ]
    return _about_measure(names.ASK, "Ask a colleague", key, blocks, "Ask")


def tell_page(title: str, key: str, until: date) -> View:
    """Offer to tell colleagues how."""
    blocks = [
        section(
            f"*{name(title)}*\nYou are among the colleagues who have reached what can be reached here. You "
            "can offer to tell others how."
        ),
        section(_WHO_LEARNS_TELLER),
        section(
            f"Each time you are asked first. The offer lapses by itself in 26 weeks, on {long_day(until)}. "
            "You can end it on your Home whenever you like."
        ),
    ]
    return _about_measure(names.TELL, "Offer to tell how", key, blocks, "Offer")


def listen_page(longest: int) -> View:
    """A coach offers to listen."""
    box: Block = {"type": "plain_text_input", "multiline": True, "max_length": longest}
    hint = "It stands beside your name where colleagues choose. Please name nobody else in it."
    blocks = [
        section(
            "Colleagues can then choose you for a talk. You see the name of whoever asks, and nothing of "
            "their figures; you say “Gladly” or “Not now” each time. You can end your offer on your Home "
            "whenever you like."
        ),
        field(names.WORDS, "A line about yourself", box, hint=hint, optional=True),
    ]
    return modal("Offer to listen", blocks, callback=form_of(names.LISTEN), submit="Offer", close="Cancel")


# -- messages ----


def request_message(request: Request) -> Message:
    """The request, to whoever offered; once it is settled, what became of it."""
    asker = name(request.asker)
    if request.title:
        head = f"*{asker} asks how you do it: {quoted(request.title, 300)}*"
    else:
        head = f"*{asker} would like to talk something through with you.*"
    blocks = [section(head), section(_became(request, asker))]
    if request.state is TalkState.ASKED:
        number = str(request.talk_id)
        gladly, not_now = button(names.GLADLY, "Gladly", number), button(names.NOT_NOW, "Not now", number)
        blocks += [actions(primary(gladly), not_now), context("Without an answer it lapses after two weeks.")]
    text = "A colleague would like to talk with you"
    return {
        "text": text if request.state is TalkState.ASKED else "About a talk with a colleague",
        "blocks": blocks,
    }


def answer_message(request: Request) -> Message | None:
    """What came of it, to whoever asked; None while nothing did, or where they took it back."""
    offerer = name(request.offerer)
    title = quoted(request.title, 300) if request.title else ""
    if request.state is TalkState.ACCEPTED:
        what = f"tell you how: {title}" if title else "talk with you."
        begin = _write_to(request.offerer_user, offerer)
        said = f"*{offerer} would gladly {what}*\n{begin} {_BETWEEN_YOU}"
        return _answered([section(said)])
    if request.state is TalkState.DECLINED:
        who = f"The colleague whom Rounds asked about {title}" if title else offerer
        said = f"*{who} cannot just now.*\nThat says nothing about you: a reason was not asked for. "
    elif request.lapsed:
        whom = f"about {title}" if title else f"to {offerer}"
        said = f"*There was no answer to your request {whom} in two weeks, so it has lapsed.*\n"
        said += "People are away, or miss a message. "
    else:
        return None
    if request.key:
        again = button(names.ASK, "Ask another colleague", names.measure_value("", request.key))
        return _answered([section(f"{said}Another colleague may offer it too."), actions(again)])
    again = button(names.TALK, "Choose somebody else", "talk")
    return _answered([section(f"{said}You can choose somebody else whenever you like."), actions(again)])


def _answered(blocks: list[Block]) -> Message:
    return {"text": "About the talk that you asked for", "blocks": blocks}


def _became(request: Request, asker: str) -> str:
    if request.state is TalkState.ACCEPTED:
        return f"You said “Gladly”. {_write_to(request.asker_user, asker)} {_BETWEEN_YOU}"
    if request.state is TalkState.DECLINED:
        return "You said “Not now”, or ended your offer. They were told kindly, without a reason."
    if request.lapsed:
        return "This request has lapsed: there was no answer in two weeks. They were told so."
    if request.state is TalkState.WITHDRAWN:
        return "They have taken the request back. There is nothing for you to do."
    if request.title:
        return (
            "You offered to tell colleagues how. With “Gladly” they are told your name, and with it that "
            "you are among those who have reached it. With “Not now” they are not told who was asked. "
            "You are shown nothing of their figures."
        )
    return (
        "You offered to listen. With “Gladly” you are each told how to reach the other; “Not now” is passed "
        "on kindly, without a reason. You are shown nothing of their figures."
    )


def _write_to(user_id: str | None, who: str) -> str:
    """How a conversation begins: a press on the name opens it."""
    whom = who if user_id is None else f"<@{user_id}>"
    return f"Write to {whom} whenever it suits you both."


# -- the section of the Home ----


def home_blocks(talks: TalksAtHome) -> list[Block]:
    """Coaching, offers and requests of one's own; nothing where there is nothing to offer or ask."""
    blocks: list[Block] = []
    if talks.may_listen or talks.listening is not None:
        blocks += _coaching(talks)
    if talks.listeners:
        said = (
            "*Talk it through*\nA colleague listens: about a figure, an idea, or anything else of your work. "
            "You choose whom, and nothing of your figures goes along."
        )
        blocks += [section(said), actions(button(names.TALK, TALK_IT_THROUGH, "talk"))]
    blocks += [_telling(one) for one in talks.telling[:_MOST_AT_HOME]]
    blocks += [_asked_block(one) for one in talks.asked[:_MOST_AT_HOME]]
    return [divider(), *blocks] if blocks else []


def _coaching(talks: TalksAtHome) -> list[Block]:
    mine = talks.listening
    if mine is None:
        said = "*Coaching*\nYou can offer to listen: colleagues then choose you for a talk."
        return [section(said), actions(button(names.LISTEN, "Offer to listen", "listen"))]
    words = f"\n{quoted(mine.words, 1600)}" if mine.words else ""
    shown = "" if talks.may_listen else " You are no coach at the moment, so it is shown to nobody."
    made = section(f"*Coaching*\nYou offer to listen.{shown}{words}")
    return [{**made, "accessory": _end(mine)}]


def _telling(one: Offered) -> Block:
    until = "" if one.until is None else f", until {long_day(one.until)}"
    made = section(f"*Telling how*\nYou offer to tell colleagues how: {quoted(one.title, 300)}{until}.")
    return {**made, "accessory": _end(one)}


def _asked_block(one: Asked) -> Block:
    whom = f"{name(one.who)} for a talk" if one.who else f"a colleague about {quoted(one.title, 300)}"
    made = section(f"You have asked {whom}. There is no answer yet.")
    return {
        **made,
        "accessory": button(beside(names.TAKE_BACK, one.talk_id), "Take it back", str(one.talk_id)),
    }


def _end(one: Offered) -> Block:
    return {
        **button(beside(names.END, one.offer_id), END_MINE, str(one.offer_id)),
        "confirm": confirmation(
            "End your offer?",
            "Whoever waits for your answer is told that you cannot just now.",
            confirm="End it",
            deny="Keep it",
        ),
    }


def _listener(one: Listener) -> str:
    return f"*{name(one.name)}*\n{quoted(one.words, 1600)}" if one.words else f"*{name(one.name)}*"


def _about_measure(action: str, heading: str, key: str, blocks: list[Block], submit: str) -> View:
    return modal(
        heading,
        blocks,
        callback=form_of(action),
        submit=submit,
        close="Cancel",
        metadata=json.dumps({"measure": key}),
    )
