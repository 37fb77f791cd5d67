"""The forms behind an idea's buttons: what comes back from them, and what is said where it is not enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.home.settings_form import Mistakes
from bot.ideas import names
from bot.ideas.decisions import Decision, Implementation, Study
from bot.ideas.facts import IdeaFacts
from bot.ideas.lifecycle import DECISIONS, is_possible
from bot.ideas.words import asks, replies
from bot.ideas.words.asks import (
    decide_form,
    implement_form,
    read_decision,
    read_implementation,
    read_study,
    study_form,
)
from storage.terms import IdeaEventKind as Event
from tests.bot.ideas.test_words_form import sent_back
from tests.bot.ideas.words_made import FORM_FACTS, SIMILAR, STATES, TODAY, every_ask, told
from tests.reading import texts

FACTS = STATES["acknowledged"]
LATER = TODAY + timedelta(days=14)


def decided(kind: Event, typed: dict[str, str], facts: IdeaFacts = FACTS) -> Decision | Mistakes:
    """The form of a decision, filled in by the ids of its fields and sent."""
    view = sent_back(decide_form(facts, kind))
    for block, entries in view["state"]["values"].items():
        for action in entries:
            if action in typed:
                key = {names.ON: "selected_date", names.WHOM: "selected_user"}.get(action, "value")
                view["state"]["values"][block][action][key] = typed[action]
    return read_decision(view, TODAY)


WORDS = {names.WORDS: " Let us try. "}


@pytest.mark.parametrize(
    ("kind", "typed", "decision"),
    [
        (Event.ACCEPTED, {}, Decision(Event.ACCEPTED, "Let us try.", version=2)),
        (
            Event.ACCEPTED,
            {names.WHOM: "U7", names.ON: "2026-12-06"},
            Decision(Event.ACCEPTED, "Let us try.", on=LATER, owner_user="U7", version=2),
        ),
        (
            Event.PLANNED,
            {names.WHOM: "U7", names.ON: "2026-12-06"},
            Decision(Event.PLANNED, "Let us try.", on=LATER, owner_user="U7", version=2),
        ),
        (
            Event.TEST_STARTED,
            {names.WHOM: "U7", names.ON: "2026-12-06", names.MORE_WORDS: "Fewer waits"},
            Decision(Event.TEST_STARTED, "Let us try.", "Fewer waits", LATER, "U7", version=2),
        ),
        (
            Event.PUT_OFF,
            {names.ON: "2026-12-06"},
            Decision(Event.PUT_OFF, "Let us try.", on=LATER, version=2),
        ),
        (
            Event.DECLINED,
            {names.MORE_WORDS: "Cold\npatients", names.SMALLER: "One box"},
            Decision(
                Event.DECLINED,
                "Let us try.",
                "The underlying problem: Cold patients\nA smaller version: One box",
                version=2,
            ),
        ),
        (
            Event.DECLINED,
            {names.MORE_WORDS: "Cold patients"},
            Decision(Event.DECLINED, "Let us try.", "The underlying problem: Cold patients", version=2),
        ),
    ],
)
def test_each_decision_comes_back_as_it_was_made(
    kind: Event, typed: dict[str, str], decision: Decision
) -> None:
    assert decided(kind, WORDS | typed) == decision


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (Event.ACCEPTED, {names.WORDS}),
        (Event.PLANNED, {names.WORDS, names.WHOM, f"{names.ON}_planned"}),
        (
            Event.TEST_STARTED,
            {names.WORDS, names.WHOM, f"{names.ON}_test_started", f"{names.MORE_WORDS}_test_started"},
        ),
        (Event.PUT_OFF, {names.WORDS, f"{names.ON}_put_off"}),
        (Event.DECLINED, {names.WORDS, f"{names.MORE_WORDS}_declined"}),
    ],
)
def test_what_a_decision_lacks_is_said_beside_fields_that_the_form_has(
    kind: Event, missing: set[str]
) -> None:
    read = decided(kind, {})
    assert isinstance(read, Mistakes)
    assert set(read.errors) == missing
    there = {block.get("block_id") for block in decide_form(FACTS, kind)["blocks"]}
    assert missing <= there
    assert all(sentence.endswith(".") for sentence in read.errors.values())


@pytest.mark.parametrize(
    ("kind", "day", "says"),
    [
        (Event.PUT_OFF, TODAY, replies.DAY_TODAY),
        (Event.PUT_OFF, TODAY + timedelta(days=800), replies.DAY_FAR),
        (Event.PLANNED, TODAY - timedelta(days=1), replies.DAY_PAST),
        (Event.ACCEPTED, TODAY - timedelta(days=1), replies.DAY_PAST),
        (Event.TEST_STARTED, TODAY - timedelta(days=1), replies.DAY_PAST),
    ],
)
def test_a_day_that_cannot_be_is_said(kind: Event, day: date, says: str) -> None:
    typed = {**WORDS, names.WHOM: "U7", names.MORE_WORDS: "Fewer waits", names.ON: day.isoformat()}
    assert decided(kind, typed) == Mistakes({f"{names.ON}_{kind}": says})


def test_nothing_is_decided_without_a_choice() -> None:
    read = read_decision(sent_back(decide_form(FACTS)), TODAY)
    assert isinstance(read, Mistakes)
    assert set(read.errors) == {names.CHOICE}


def test_before_a_no_the_coach_asks_first() -> None:
    labels = [
        block["label"]["text"]
        for block in decide_form(FACTS, Event.DECLINED)["blocks"]
        if block["type"] == "input"
    ]
    assert labels == [
        "What do you decide?",
        "What is the underlying problem?",
        "Is there a smaller version that you could do?",
        "The reason, in your own words",
    ]


def test_a_prediction_does_not_turn_into_a_reason_when_the_choice_changes() -> None:
    def ids(kind: Event) -> set[str]:
        kept = (names.CHOICE, names.WORDS, names.WHOM, names.CARE, None)
        return {b.get("block_id") for b in decide_form(FACTS, kind)["blocks"]} - set(kept)

    assert ids(Event.TEST_STARTED).isdisjoint(ids(Event.DECLINED))
    assert ids(Event.PLANNED).isdisjoint(ids(Event.PUT_OFF))


@pytest.mark.parametrize("name", STATES)
def test_only_decisions_that_are_possible_are_offered(name: str) -> None:
    facts = STATES[name]
    possible = {kind.value for kind in DECISIONS if is_possible(facts.state, kind)}
    if possible:
        (choices,) = [b for b in decide_form(facts)["blocks"] if b.get("block_id") == names.CHOICE]
        assert {option["value"] for option in choices["element"]["options"]} == possible


def test_care_is_ticked_where_the_words_look_like_it_and_can_be_cleared() -> None:
    careful = replace(FACTS, needs_approval=True)
    read = decided(Event.ACCEPTED, WORDS, careful)
    assert isinstance(read, Decision)
    assert read.touches_care
    cleared = sent_back(decide_form(careful, Event.ACCEPTED), **{names.CARE: {"selected_options": []}})
    cleared["state"]["values"][names.WORDS][names.WORDS]["value"] = "Yes"
    read = read_decision(cleared, TODAY)
    assert isinstance(read, Decision)
    assert not read.touches_care


def studied(kind: Event | None, **typed: Any) -> Study | Mistakes:
    view = sent_back(study_form(STATES["testing"]))
    values = view["state"]["values"]
    if kind is not None:
        values[names.CHOICE][names.CHOICE]["selected_option"] = {"value": kind.value}
    for action, value in typed.items():
        values[action][action]["selected_date" if action == names.ON else "value"] = value
    return read_study(view, TODAY)


def test_a_test_is_studied() -> None:
    words = {names.WORDS: "Mornings are quieter", names.MORE_WORDS: "3 instead of 19"}
    adopted = Study(Event.TEST_ADOPTED, "Mornings are quieter", "3 instead of 19")
    assert studied(Event.TEST_ADOPTED, **words) == adopted
    assert studied(Event.TEST_ADOPTED, **words, **{names.ON: "2026-12-06"}) == adopted
    adapted = studied(Event.TEST_ADAPTED, **words, **{names.ON: "2026-12-06"})
    assert adapted == Study(Event.TEST_ADAPTED, "Mornings are quieter", "3 instead of 19", LATER)
    assert studied(Event.TEST_ADAPTED, **words) == Mistakes({names.ON: replies.NO_DAY})
    missing = studied(None)
    assert isinstance(missing, Mistakes)
    assert set(missing.errors) == {names.CHOICE, names.WORDS, names.MORE_WORDS}


def test_the_study_shows_what_was_expected() -> None:
    assert "Nobody waits for a warm blanket after eight." in " ".join(texts(study_form(STATES["testing"])))


def put_in_place(**typed: Any) -> Implementation | Mistakes:
    view = sent_back(implement_form(STATES["accepted"]), **typed)
    return read_implementation(view, TODAY)


def test_in_place_needs_what_was_done_proof_and_a_day() -> None:
    done, proof = {"value": "It stands there"}, {"value": "The list on its door"}
    picture = {"files": [{"id": "F1"}]}
    tick = {"selected_options": [{"value": "yes"}]}
    with_words = put_in_place(**{names.WORDS: done, names.MORE_WORDS: proof})
    assert with_words == Implementation("It stands there", "The list on its door", TODAY)
    with_picture = put_in_place(**{names.WORDS: done, names.PICTURE: picture, names.PICTURE_OK: tick})
    assert with_picture == Implementation("It stands there", "", TODAY, "F1")
    assert put_in_place(**{names.WORDS: done, names.PICTURE: picture}) == Mistakes(
        {names.PICTURE_OK: replies.NO_TICK}
    )
    assert put_in_place(**{names.WORDS: done}) == Mistakes({names.MORE_WORDS: replies.NO_PROOF})
    tomorrow = {"selected_date": (TODAY + timedelta(days=1)).isoformat()}
    ahead = put_in_place(**{names.WORDS: done, names.MORE_WORDS: proof, names.ON: tomorrow})
    assert ahead == Mistakes({names.ON: replies.DAY_AHEAD})


def test_an_idea_is_joined_by_choice_or_by_number() -> None:
    def joined(**typed: Any) -> int | Mistakes:
        return asks.read_merge(sent_back(asks.merge_form(FACTS, SIMILAR), **typed))

    assert joined(**{names.WHICH: {"selected_option": {"value": "7"}}}) == 7
    assert joined(**{names.WHICH_OTHER: {"value": " #31 "}}) == 31
    assert joined() == Mistakes({names.WHICH_OTHER: replies.NO_NUMBER})
    assert joined(**{names.WHICH_OTHER: {"value": "²"}}) == Mistakes({names.WHICH_OTHER: replies.NO_NUMBER})
    assert joined(**{names.WHICH_OTHER: {"value": "12"}}) == Mistakes(
        {names.WHICH_OTHER: replies.NOT_INTO_ITSELF}
    )


def test_the_other_readers_take_what_was_chosen() -> None:
    moved = sent_back(asks.move_form(FACTS, FORM_FACTS.units))
    assert isinstance(asks.read_unit(moved), Mistakes)
    moved["state"]["values"][names.UNIT][names.UNIT]["selected_option"] = {"value": "5"}
    assert asks.read_unit(moved) == 5
    assigned = sent_back(asks.assign_form(FACTS), **{names.WHOM: {"selected_user": "U9"}})
    assert asks.read_whom(assigned) == "U9"
    verified = sent_back(asks.verify_form(STATES["implemented"]))
    assert not asks.read_share(verified)
    verified["state"]["values"][names.SHARE][names.SHARE]["selected_options"] = [{"value": "yes"}]
    assert asks.read_share(verified)
    assert asks.read_words(sent_back(asks.note_form(FACTS, " Soon. "))) == "Soon."


def test_each_form_knows_what_it_is_about_and_carries_no_words() -> None:
    for name, view in every_ask().items():
        target = asks.read_target(view)
        assert target.idea == 12, name
        assert target.version > 0, name
        assert view["callback_id"].endswith("_form")
        assert "warm" not in view["private_metadata"]
    facts, line = told(Event.ASKED)
    assert asks.read_target(asks.answer_form(facts, line.seq)).seq == line.seq
    with pytest.raises(ValueError, match="Expecting value"):
        asks.read_target({"private_metadata": "not one of ours"})


def test_an_anonymous_sender_is_told_when_it_appears_and_nobody_else_is() -> None:
    words = "without your name"
    hidden = replace(STATES["implemented"], anonymous=True, submitter="")
    for facts, expected in ((hidden, True), (STATES["implemented"], False)):
        for view in (
            asks.verify_form(facts),
            asks.dispute_form(facts),
            asks.detail_form(facts),
            asks.withdraw_form(facts),
            asks.answer_form(facts, 3),
        ):
            assert (words in " ".join(texts(view))) == expected
