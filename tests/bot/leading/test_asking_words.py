"""What is said when leaders ask, word for word; inert, within Slack's limits, and without blame.

After a wanted change of words write the golden files anew with
`ROUNDS_GOLDEN=write pytest tests/bot/leading/test_asking_words.py`, read the difference aloud, and commit it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.digests.requests import notice_view
from bot.leading.asking import acts, names, words
from bot.leading.asking.facts import Asked, Asking, Draft, FormFacts, Place, PostFacts, Reply
from bot.leading.asking.questions import question_of, shipped
from storage.terms import Posted
from tests.bot.ideas.test_words_golden import assert_kind, assert_taken
from tests.bot.ideas.test_words_inert import LONGEST, NASTY, assert_inert
from tests.golden import assert_golden, golden_names
from tests.reading import texts

GOLDEN = Path(__file__).parent / "golden" / "asking"
TODAY = date(2026, 11, 24)
MONDAY = date(2026, 11, 23)
STEPS = next(one for one in shipped() if one.key == "two-steps")
OTHERS = tuple(
    one for one in shipped() if one.key in ("patient-said", "easier", "not-seen", "stop", "learned")
)
LESSON = (
    "I told the night team that a plan was clear, and had not asked whether it was. It was not.\n"
    "Now I ask what they would do first."
)
REASON = "Rounds is not in #ward-4. Somebody there can type /invite @Rounds."


def message(*blocks: Any) -> dict[str, Any]:
    return {"text": "Your week", "blocks": list(blocks)}


def everything(typed: str | None = None) -> dict[str, dict[str, Any]]:
    """Every message, page and form, by name; with `typed` every text and name in them is that."""

    def said(text: str) -> str:
        return text if typed is None else typed

    karen, me = (
        Asked(said("Karen Mulholland"), MONDAY, said("Ward 4")),
        Asked("Me", MONDAY, "Ward 4", me=True),
    )
    asking = Asking(4, said("Ward 4"), replace(STEPS, words=said(STEPS.words)), TODAY)
    ward = Place(4, said("Ward 4"), said("#ward-4"))
    recovery = Place(5, said("Recovery"), said("#recovery"))
    draft = Draft(Posted.QUESTION, said(STEPS.words), 4, STEPS.key)
    lesson = Draft(Posted.LESSON, "", 4)
    facts = FormFacts((ward,), TODAY, OTHERS)
    question = PostFacts(12, Posted.QUESTION, said("Ana Silva"), said(STEPS.words))
    learned = PostFacts(13, Posted.LESSON, said("Ana Silva"), said(LESSON))
    replies = (
        Reply(
            said("Maria Santos"), said("The blanket warmer: we walk to the other end twice."), "C1:3.1:U1:1.1"
        ),
        Reply(
            said("Jack Turnbull"), said("Discharge letters, printed and then scanned."), "C1:2.1:U2:1.1", True
        ),
    )

    def week(one: Asking) -> dict[str, Any]:
        return message(*words.week_blocks(one), {"type": "actions", "elements": words.week_buttons(one)})

    return {
        "week": week(asking),
        "week-asked": week(replace(asking, asked=(karen,))),
        "week-asked-by-me": week(replace(asking, asked=(me,))),
        "week-lesson": week(replace(asking, lesson=True)),
        "home": message(*words.home_blocks(asking)),
        "form-question": words.ask_form(draft, facts),
        "form-question-asked": words.ask_form(draft, replace(facts, asked=(karen, me))),
        "form-question-units": words.ask_form(draft, replace(facts, places=(ward, recovery))),
        "form-question-problem": words.ask_form(
            draft, replace(facts, places=(replace(ward, problem=said(REASON)),))
        ),
        "form-lesson": words.ask_form(lesson, FormFacts((ward,), TODAY)),
        "form-nowhere": words.ask_form(draft, FormFacts((), TODAY)),
        "post-question": words.post_message(question),
        "post-lesson": words.post_message(learned),
        "post-taken-back": words.erased_message(details=False),
        "post-details-removed": words.erased_message(details=True),
        "not-posted": words.not_posted(question, said("#ward-4"), said(REASON)),
        "not-posted-lesson": words.not_posted(learned, said("#ward-4"), ""),
        "words-stay": words.words_stay(said("#ward-4")),
        "replies": words.replies_page(replies),
        "replies-more": words.replies_page(replies, more=True),
        "replies-none": words.replies_page(()),
        "notice-erased": notice_view(acts.ERASED_NOW),
        "notice-not-yours": notice_view(acts.NOT_YOURS),
        "notice-not-a-leader": notice_view(acts.NOT_A_LEADER),
        "notice-not-in-channel": notice_view(words.NOT_IN_CHANNEL),
        "notice-not-read": notice_view(words.NOT_READ),
    }


EVERYTHING = everything()
HARMLESS = everything("plain words only")


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_reads_as_its_golden_file(name: str) -> None:
    assert_golden(GOLDEN, name, EVERYTHING[name])


def test_there_is_no_golden_file_that_nothing_is_compared_with() -> None:
    assert golden_names(GOLDEN) == set(EVERYTHING)


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_is_taken_by_slack_and_blames_nobody(name: str) -> None:
    assert_taken(EVERYTHING[name])
    assert_kind(EVERYTHING[name])
    assert all("<!" not in part for part in texts(EVERYTHING[name]))


@pytest.mark.parametrize("kind", NASTY)
def test_nothing_that_is_typed_does_anything(kind: str) -> None:
    for name, made in everything(NASTY[kind]).items():
        if name.startswith("notice-"):
            continue  # nobody's words
        assert_inert(name, made, HARMLESS[name], kind)


@pytest.mark.parametrize("kind", LONGEST)
def test_everything_fits_however_long_it_is(kind: str) -> None:
    for made in everything(LONGEST[kind]).values():
        assert_taken(made)


def test_as_many_as_there_can_be_fit() -> None:
    many = tuple(Place(number, "Ward " * 20, "#ward " * 20) for number in range(1, 140))
    asked = (Asked("Karen Mulholland", MONDAY, "Ward 4"),) * 140
    draft = Draft(Posted.QUESTION, STEPS.words, 3, STEPS.key)
    problems = tuple(replace(one, problem=REASON * 5) for one in many)
    for places in (many, problems):
        assert_taken(words.ask_form(draft, FormFacts(places, TODAY, OTHERS, asked)))
    reply = Reply("Maria Santos", "x" * 4000, f"C{'0' * 12}:1.1:U1:1.1")
    assert_taken(words.replies_page((reply,) * 40, more=True))


def test_a_leader_without_a_channel_sees_nothing_of_it() -> None:
    assert words.week_blocks(None) == words.week_buttons(None) == words.home_blocks(None) == []


def test_a_lock_screen_does_not_show_what_is_posted() -> None:
    for name in ("post-question", "post-lesson", "not-posted", "not-posted-lesson"):
        assert STEPS.words not in EVERYTHING[name]["text"]
        assert "night team" not in EVERYTHING[name]["text"]


def test_a_lesson_has_nothing_in_it_that_could_be_sent() -> None:
    form = EVERYTHING["form-lesson"]
    box = next(block["element"] for block in form["blocks"] if block["type"] == "input")
    assert "initial_value" not in box
    assert "placeholder" not in box


# -- the form ----


def filled(view: dict[str, Any], typed: str, unit: int | None = None) -> dict[str, Any]:
    """The form as Slack sends it back."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        if block["block_id"] == names.UNIT:
            chosen = {"value": str(unit)} if unit else block["element"].get("initial_option")
            values[names.UNIT] = {names.UNIT: {"selected_option": chosen}}
        else:
            values[block["block_id"]] = {names.WORDS: {"value": typed}}
    return {**view, "state": {"values": values}}


def test_what_is_typed_comes_back_as_a_draft() -> None:
    one = words.read_form(filled(EVERYTHING["form-question"], " What else? "))
    assert one == Draft(Posted.QUESTION, "What else?", 4, STEPS.key)
    two = words.read_form(filled(EVERYTHING["form-question-units"], "What else?", 5))
    assert two.unit_id == 5
    kept = words.read_form(filled(EVERYTHING["form-question-units"], "What else?"))
    assert kept.unit_id == 4
    assert words.read_form(filled(EVERYTHING["form-lesson"], LESSON)).words == LESSON


def test_what_is_missing_stands_beside_the_words() -> None:
    for kind in Posted:
        block = f"{names.WORDS}_3"
        assert words.form_errors(Draft(kind, "", 4, version=3)) == {block: words.NO_WORDS[kind]}
        assert words.form_errors(Draft(kind, "x" * 2001, 4, version=3)) == {block: words.TOO_LONG}
        assert words.form_errors(Draft(kind, "x" * 1000, 4, version=3)) == {}


KNOWN = {one.key: one.words for one in shipped()}


def test_another_question_takes_the_place_of_one_that_was_not_changed() -> None:
    stop = question_of("stop")
    assert stop is not None
    draft = Draft(Posted.QUESTION, STEPS.words, 4, STEPS.key)
    found = words.with_another(draft, stop, KNOWN)
    assert (found.words, found.key, found.version) == (stop.words, "stop", 1)
    assert words.with_another(replace(draft, words=""), stop, KNOWN).words == stop.words


def test_another_question_loses_nothing_that_was_typed() -> None:
    stop = question_of("stop")
    assert stop is not None
    draft = Draft(Posted.QUESTION, "What took two steps on nights?", 4, STEPS.key, version=2)
    found = words.with_another(draft, stop, KNOWN)
    assert found.words == f"What took two steps on nights?\n{stop.words}"
    assert words.words_block(found) != words.words_block(draft)
    assert_taken(words.ask_form(found, FormFacts((Place(4, "Ward 4", "#ward-4"),), TODAY, OTHERS)))


# -- replies ----


def reply(ts: str, **fields: Any) -> dict[str, Any]:
    return {"user": "U1", "ts": ts, "text": "More hooks", **fields}


def test_replies_are_peoples_newest_first() -> None:
    thread = [
        reply("1.0", text="the question itself", bot_id="B1"),
        reply("2.0"),
        reply("3.0", user="U2", subtype="thread_broadcast"),
        reply("4.0", bot_id="B1"),
        reply("5.0", subtype="channel_join"),
        reply("6.0", text="  "),
        {"ts": "7.0", "text": "nobody's"},
        reply("10.0", subtype="file_share"),
    ]
    found, more = words.read_replies(thread, "1.0")
    assert [(author, ts) for author, ts, _ in found] == [("U1", "10.0"), ("U2", "3.0"), ("U1", "2.0")]
    assert not more


def test_twenty_replies_are_shown_and_the_rest_is_said() -> None:
    found, more = words.read_replies([reply(f"{n}.0") for n in range(1, 32)], "1.0")
    assert [ts for _, ts, _ in found] == [f"{n}.0" for n in range(31, 11, -1)]
    assert more
