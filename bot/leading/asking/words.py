"""What is said when leaders ask: their week and Home, the form, the post, the page of replies. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.ideas.names import beside
from bot.ideas.words.phrases import Message, long_day, name, paragraphs, quoted, text_box, typed
from bot.leading.asking import names
from bot.leading.asking.facts import Asked, Asking, Draft, FormFacts, Place, PostFacts, Reply
from bot.leading.asking.questions import LONGEST as _LONGEST_SHIPPED
from bot.leading.asking.questions import Question
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
    section,
    value_of,
    words_object,
)
from storage.terms import Posted

LONGEST_QUESTION: Final = 1000
LONGEST_LESSON: Final = 2000
MOST_REPLIES: Final = 20
_REPLY: Final = 300
# A menu takes a hundred choices.
_MOST_PLACES: Final = 100
_MOST_ASKED: Final = 4
_MOST_PROBLEMS: Final = 5

ASK: Final = "Ask the team this week's question"
ASK_MORE: Final = "Ask another question"
SHARE: Final = "Share something I learned"
NO_WORDS: Final = {
    Posted.QUESTION: "Write your question, or choose one of those offered.",
    Posted.LESSON: "Write it in your own words; a few sentences are enough.",
}
TOO_LONG: Final = "This is too long for the channel. Please make it a little shorter."
NOWHERE: Final = (
    "None of the units that you lead has a channel in Rounds. Whoever runs Rounds can name one in the list "
    "of units; then you can ask your team here."
)
STAYS_A_MESSAGE: Final = (
    "Replies in the thread stay Slack messages, unless their author makes one of them an idea."
)
NO_REPLIES: Final = "Nobody has replied in the thread so far."
NOT_IN_CHANNEL: Final = "The replies are for those who are in the channel. Join it, and press again."
NOT_READ: Final = (
    "Rounds could not read the thread; it may not be in that channel any more. Anybody there can type "
    "/invite @Rounds."
)
ERASED: Final = "What stood here was taken back."
ERASED_DETAILS: Final = "Patient details were removed here, and all of the words with them."


# -- the week and the Home ----


def week_blocks(asking: Asking | None) -> list[Block]:
    """The question and the lesson, in a leader's week; nothing where they can ask nobody."""
    if asking is None:
        return []
    blocks = [section(_offer(asking))]
    if asking.lesson:
        said = (
            "*Something you learned*\nIs there something that did not go as you meant it to, and that you "
            "learned from? Told by you, it makes it easier for others to speak up."
        )
        blocks.append(section(said))
    return blocks


def week_buttons(asking: Asking | None) -> list[Block]:
    """The same as buttons, for the row beneath the week."""
    if asking is None:
        return []
    return [_ask_button(asking), *([_share_button(asking)] if asking.lesson else [])]


def home_blocks(asking: Asking | None) -> list[Block]:
    """The section of a leader's Home."""
    if asking is None:
        return []
    return [section(_offer(asking)), actions(_ask_button(asking), _share_button(asking)), divider()]


def _offer(asking: Asking) -> str:
    heading = f"*A question for {name(asking.unit)}*"
    if asking.asked:
        return f"{heading}\n{_has_asked(asking.asked[0], asking)}"
    return f"{heading}\n{quoted(asking.question.words, 300)}"


def _has_asked(one: Asked, asking: Asking) -> str:
    return f"{_who_has(one)} asked this week, on {long_day(one.on, asking.today)}."


def _who_has(one: Asked) -> str:
    return "You have" if one.me else f"{name(one.who, 60)} has"


def _ask_button(asking: Asking) -> Block:
    return button(names.ASK, ASK_MORE if asking.asked else ASK, str(asking.unit_id))


def _share_button(asking: Asking) -> Block:
    return button(names.LESSON, SHARE, str(asking.unit_id))


# -- the form ----


def ask_form(draft: Draft, facts: FormFacts) -> View:
    """The form of a question or of a lesson, with what is typed so far."""
    if not facts.places:
        return modal("Ask the team", [section(NOWHERE)])
    if draft.kind is Posted.LESSON:
        return _form(draft, facts, "Share", [section(_LESSON_INTRO)], _lesson_field(draft))
    blocks = [section(_QUESTION_INTRO)]
    if facts.asked:
        blocks.append(section(_asked_already(facts)))
    return _form(draft, facts, "Ask the team", blocks, _question_field(draft), *_another(facts.others))


_QUESTION_INTRO: Final = (
    "It goes to the channel under your name, and people reply in its thread. Change the words as you like."
)
_LESSON_INTRO: Final = (
    "It goes to the channel under your name, in your words alone: Rounds adds none. Where those who lead "
    "tell what they learned, others do as well."
)
_NO_NAMES: Final = "Please name no patient and no colleague."


def _form(draft: Draft, facts: FormFacts, heading: str, before: list[Block], *fields: Block) -> View:
    problems = [_problem(place) for place in facts.places if place.problem][:_MOST_PROBLEMS]
    held = {
        "kind": draft.kind.value,
        "key": draft.key,
        "version": draft.version,
        "seen": draft.seen,
        "unit": draft.unit_id,
    }
    return modal(
        heading,
        [*before, *problems, *fields, _where(draft, facts.places)],
        callback=names.FORM,
        submit="Post to the channel",
        close="Cancel",
        metadata=json.dumps(held),
    )


def _problem(place: Place) -> Block:
    said = f"*Nothing can be posted to {name(place.channel)} just now.* {typed(place.problem, 600)}"
    return section(said)


def words_block(draft: Draft) -> str:
    """The block in which the words stand: another one each time that words are filled in."""
    return f"{names.WORDS}_{draft.version}"


def _question_field(draft: Draft) -> Block:
    box = {**text_box(draft.words), "max_length": LONGEST_QUESTION}
    hint = f"Ask about the work, not about a person. {_NO_NAMES}"
    return field(words_block(draft), "Your question", {**box, "action_id": names.WORDS}, hint=hint)


def _lesson_field(draft: Draft) -> Block:
    box = {**text_box(draft.words), "max_length": LONGEST_LESSON}
    hint = (
        "What you did or left out, what came of it, and what you do differently now. It is about you: "
        f"{_NO_NAMES[0].lower()}{_NO_NAMES[1:]}"
    )
    return field(words_block(draft), "What I learned", {**box, "action_id": names.WORDS}, hint=hint)


def _another(others: Sequence[Question]) -> list[Block]:
    if not others:
        return []
    menu: Block = {
        "type": "static_select",
        "action_id": names.ANOTHER,
        "placeholder": words_object("Another question"),
        "options": [option(one.words[:_LONGEST_SHIPPED], one.key) for one in others],
    }
    said = "Or start from another question. Words of your own stay; it is put beneath them."
    return [{**section(said), "block_id": names.ANOTHER, "accessory": menu}]


def _where(draft: Draft, places: Sequence[Place]) -> Block:
    shown = list(places[:_MOST_PLACES])
    if len(shown) == 1:
        return section(f"It goes to *{name(shown[0].channel)}* ({name(shown[0].unit)}).")
    # A choice shows 75 characters; two units may share a channel.
    options = {one.unit_id: option(f"{one.unit} · {one.channel}", str(one.unit_id)) for one in shown}
    menu: Block = {"type": "static_select", "options": list(options.values())}
    if draft.unit_id in options:
        menu["initial_option"] = options[draft.unit_id]
    return field(names.UNIT, "To whom", menu)


def _asked_already(facts: FormFacts) -> str:
    told = [
        f"*{_who_has(one)} asked {name(one.unit, 60)} this week, on {long_day(one.on, facts.today)}.*"
        for one in facts.asked[-_MOST_ASKED:]
    ]
    return " ".join([*told, "You can still ask; one question a week is easier to answer well."])


def read_form(view: View) -> Draft:
    """What stands in the form."""
    held = json.loads(view.get("private_metadata") or "{}")
    draft = Draft(
        Posted(held["kind"]),
        unit_id=held.get("unit"),
        key=str(held.get("key", "")),
        version=int(held.get("version", 0)),
        seen=int(held.get("seen", 0)),
    )
    values = value_of(view, "state", "values")
    words = value_of(values, words_block(draft), names.WORDS, "value")
    chosen = str(value_of(values, names.UNIT, names.UNIT, "selected_option", "value") or "")
    unit_id = int(chosen) if chosen.isascii() and chosen.isdigit() else draft.unit_id
    return replace(draft, words=str(words or "").strip(), unit_id=unit_id)


def form_errors(draft: Draft) -> dict[str, str]:
    """What is missing, by the block that it stands beside."""
    longest = LONGEST_QUESTION if draft.kind is Posted.QUESTION else LONGEST_LESSON
    if not draft.words:
        return {words_block(draft): NO_WORDS[draft.kind]}
    return {words_block(draft): TOO_LONG} if len(draft.words) > longest else {}


def with_another(draft: Draft, chosen: Question, shipped: Mapping[str, str]) -> Draft:
    """The form with another question filled in; words of the leader's own stay above it.

    `shipped`: the words of all shipped questions by key.
    """
    untouched = not draft.words or draft.words in shipped.values()
    words = chosen.words if untouched else f"{draft.words}\n{chosen.words}"
    words = words[:LONGEST_QUESTION]
    return replace(draft, words=words, key=chosen.key, version=draft.version + 1)


# -- the post ----


def post_message(post: PostFacts) -> Message:
    """A question or a lesson as it stands in the channel."""
    who = name(post.who, 60)
    said, text = {
        Posted.QUESTION: (f"*{who} asks:*", f"{who} asks the team"),
        Posted.LESSON: (f"*{who} shares something learned:*", f"{who} shares something learned"),
    }[post.kind]
    blocks: list[Block] = [
        {**section(said), "accessory": _menu(post.id)},
        *(section(part) for part in paragraphs(post.words) or [">–"]),
        actions(button(names.REPLIES, "Make a reply an idea", str(post.id))),
        context(STAYS_A_MESSAGE),
    ]
    return {"text": text, "blocks": blocks}


def erased_message(*, details: bool) -> Message:
    """What stands in the channel once the words of a post were taken away."""
    said = ERASED_DETAILS if details else ERASED
    return {"text": said, "blocks": [section(said)]}


def _menu(post_id: int) -> Block:
    return {
        "type": "overflow",
        "action_id": names.MENU,
        "options": [
            option("Take it back", f"{post_id}:{names.TAKE_BACK}"),
            option("Remove patient details", f"{post_id}:{names.DETAILS}"),
        ],
        "confirm": confirmation(
            "Take the words away?",
            "They go from this channel and from Rounds for good. Replies stay.",
            confirm="Take them away",
            deny="Leave them",
        ),
    }


def not_posted(post: PostFacts, channel: str, problem: str) -> Message:
    """To whoever wrote it: it did not reach the channel; the words are given back."""
    what = "Your question" if post.kind is Posted.QUESTION else "What you learned"
    why = "Slack did not take it there. You can send it again."
    if problem:
        why = f"{typed(problem, 600)} You can send it again then."
    said = f"*{what} could not be put to {name(channel)}.* {why}"
    blocks = [section(said)]
    if post.words:
        blocks += [section("Your words, to copy:"), *(section(part) for part in paragraphs(post.words))]
    return {"text": f"{what} could not be put to the channel", "blocks": blocks}


def words_stay(channel: str) -> Message:
    """To those who can have it deleted: Slack did not let Rounds take the words out of a post."""
    said = (
        f"*Words that were taken back may still be on Slack.* Slack did not let Rounds change a post in "
        f"{name(channel)}. Please have it deleted there, by somebody who can read it or by a workspace owner."
    )
    return {"text": "Words that were taken back may still be on Slack", "blocks": [section(said)]}


# -- its replies ----


def replies_page(replies: Sequence[Reply], *, more: bool = False) -> View:
    """The replies of a thread, newest first, with a button each. `more`: older ones were left out."""
    if not replies:
        return modal("Replies", [section(NO_REPLIES)])
    intro = (
        "Choose a reply that could become an idea. Its author is asked first, and nothing of it is kept "
        "before their yes. One of your own opens as a form."
    )
    blocks = [section(intro), *(_reply(number, one) for number, one in enumerate(replies[:MOST_REPLIES]))]
    if more or len(replies) > MOST_REPLIES:
        left = "Older replies are not shown. The message shortcut “Make this an idea” works on each of them."
        blocks.append(context(left))
    return modal("Replies", blocks)


def _reply(number: int, reply: Reply) -> Block:
    who = "You" if reply.mine else name(reply.who, 60)
    return {
        **section(f"*{who}*\n{quoted(reply.text, _REPLY)}"),
        "accessory": button(beside(names.REPLY, number), "Make it an idea", reply.reference),
    }


def read_replies(
    found: Sequence[Mapping[str, Any]], post_ts: str, most: int = MOST_REPLIES
) -> tuple[list[tuple[str, str, str]], bool]:
    """People's replies among a thread's messages (as Slack gives them): author, ts and text, newest first.

    And whether older ones were left out. What bots and Slack itself wrote is none.
    """
    kept = [
        (str(one["user"]), str(one["ts"]), str(one["text"]))
        for one in found
        if one.get("ts") != post_ts
        and one.get("user")
        and not one.get("bot_id")
        and one.get("subtype") in (None, "thread_broadcast", "file_share")
        and str(one.get("text") or "").strip()
    ]
    kept.sort(key=lambda one: float(one[1]), reverse=True)
    return kept[:most], len(kept) > most
