"""What leaders are sent unasked, word for word; inert, within Slack's limits, and without blame.

After a wanted change of words write the golden files anew with
`ROUNDS_GOLDEN=write pytest tests/bot/leading/test_words.py`, read the difference aloud, and commit it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.ideas import names as idea_names
from bot.ideas.facts import Receipt
from bot.ideas.words.messages import receipt
from bot.leading import names
from bot.leading.words import MOST_ITEMS, leader_message
from tests.bot.ideas.test_words_golden import assert_kind, assert_taken
from tests.bot.ideas.test_words_inert import LONGEST, NASTY, assert_inert
from tests.bot.ideas.words_made import TODAY
from tests.bot.leading.words_made import (
    IDEAS,
    LADDER,
    PEOPLE,
    SNOOZED,
    TEXTS,
    TWO,
    WEEK,
    everything,
    item,
    numbered,
    plan,
)
from tests.golden import assert_golden, golden_names
from tests.reading import texts

GOLDEN = Path(__file__).parent / "golden"
EVERYTHING = everything()
HARMLESS = everything("plain words only")


def action_ids(made: dict[str, Any]) -> list[str]:
    """Every action_id of a message, in its order."""
    elements = [
        element
        for block in made["blocks"]
        for element in [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]
    ]
    return [element["action_id"] for element in elements if "action_id" in element]


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_message_reads_as_its_golden_file(name: str) -> None:
    assert_golden(GOLDEN, name, EVERYTHING[name])


def test_there_is_no_golden_file_that_nothing_is_compared_with() -> None:
    assert golden_names(GOLDEN) == set(EVERYTHING)


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_is_taken_by_slack_and_blames_nobody(name: str) -> None:
    made = EVERYTHING[name]
    assert_taken(made)
    assert_kind(made)


@pytest.mark.parametrize("name", [name for name in EVERYTHING if not name.startswith("form-")])
def test_no_two_buttons_of_a_message_have_the_same_name(name: str) -> None:
    ids = action_ids(EVERYTHING[name])
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", [name for name in EVERYTHING if not name.startswith("form-")])
def test_what_a_lock_screen_shows_holds_no_words_of_an_idea(name: str) -> None:
    text = EVERYTHING[name]["text"].lower()
    for words in (word for typed in TEXTS for word in typed.lower().rstrip(".").split() if len(word) > 5):
        assert words not in text


@pytest.mark.parametrize("kind", NASTY)
def test_nothing_that_is_typed_does_anything(kind: str) -> None:
    for name, made in everything(NASTY[kind]).items():
        assert_inert(name, made, HARMLESS[name], kind)


@pytest.mark.parametrize("kind", LONGEST)
def test_everything_fits_however_long_it_is(kind: str) -> None:
    for made in everything(LONGEST[kind]).values():
        assert_taken(made)


def test_the_headline_counts_what_still_waits() -> None:
    assert leader_message(TWO, IDEAS, PEOPLE)["text"] == "Two ideas are waiting for your first words"
    left = leader_message(TWO, IDEAS, PEOPLE, marks={12: SNOOZED})
    assert left["text"] == "One idea is waiting for your first words"
    both = leader_message(LADDER, IDEAS, PEOPLE)
    assert both["text"] == "Three ideas are waiting for your answer"
    done = leader_message(TWO, IDEAS, PEOPLE, marks={12: SNOOZED, 15: SNOOZED})
    assert done["text"] == "Nothing in this message waits for you any more"


def test_an_idea_can_be_answered_put_off_and_handed_on_in_the_message() -> None:
    made = leader_message(plan(item(12)), IDEAS, PEOPLE)
    wanted = (idea_names.ACKNOWLEDGE, idea_names.DECIDE, names.SNOOZE, names.NOT_MINE)
    assert action_ids(made) == [idea_names.beside(action, 12) for action in wanted]


def test_what_was_acknowledged_before_cannot_be_acknowledged_again() -> None:
    made = leader_message(plan(item(18)), IDEAS, PEOPLE)
    assert idea_names.beside(idea_names.ACKNOWLEDGE, 18) not in action_ids(made)
    assert idea_names.beside(idea_names.DECIDE, 18) in action_ids(made)


def test_snooze_is_not_offered_a_third_time() -> None:
    made = leader_message(plan(item(12, may_snooze=False)), IDEAS, PEOPLE)
    assert idea_names.beside(names.SNOOZE, 12) not in action_ids(made)
    assert "Snooze" not in str(made)


def test_what_was_seen_to_can_only_be_opened() -> None:
    made = leader_message(TWO, IDEAS, PEOPLE, marks={12: SNOOZED})
    assert [one for one in action_ids(made) if one.endswith("-12")] == [
        idea_names.beside(idea_names.MORE, 12)
    ]


@pytest.mark.parametrize(
    ("count", "more"), [(MOST_ITEMS, None), (MOST_ITEMS + 3, "And 3 more on your board.")]
)
def test_ten_ideas_stand_in_a_message_and_the_rest_on_the_board(count: int, more: str | None) -> None:
    ideas = numbered(count)
    made = leader_message(plan(*(item(number) for number in ideas)), ideas, PEOPLE)
    acknowledge = [one for one in action_ids(made) if one.startswith(idea_names.ACKNOWLEDGE)]
    assert len(acknowledge) == MOST_ITEMS
    assert (idea_names.LIST in action_ids(made)) is (more is not None)
    assert more is None or more in texts(made)
    # The headline counts all of them.
    assert made["text"].startswith("Ten" if more is None else "13")


def test_an_idea_that_is_gone_is_left_out() -> None:
    made = leader_message(TWO, {12: IDEAS[12]}, PEOPLE)
    assert made["text"] == "One idea is waiting for your first words"
    assert "#15" not in str(made)


def test_the_week_is_told_only_in_the_week() -> None:
    assert "The team" not in str(leader_message(TWO, IDEAS, PEOPLE, week=WEEK))
    weekly = leader_message(replace(TWO, week=True), IDEAS, PEOPLE, week=WEEK)
    assert weekly["text"] == "Your week · 23–27 November"
    assert "The team" in str(weekly)


def test_the_week_has_no_empty_heading() -> None:
    quiet = leader_message(
        replace(plan(), week=True), {}, {}, week=replace(WEEK, for_approver=(), overdue=())
    )
    assert "The system" not in str(quiet)


# -- the promise in the receipt ----

GIVEN = Receipt("Ward 4", ("Dr Imran Khan", "Karen Mulholland"), 12, TODAY, deputy="Jo Marsh", others_after=6)
PROMISE = "Should it still wait after 6 working days, Karen Mulholland and Jo Marsh hear of it as well."


def test_the_receipt_says_who_hears_of_it_if_it_waits() -> None:
    assert PROMISE in str(receipt(IDEAS[12], GIVEN))
    alone = receipt(IDEAS[12], replace(GIVEN, leaders=GIVEN.leaders[:1], others_after=5))
    assert "Should it still wait after 5 working days, Jo Marsh hears of it as well." in str(alone)


@pytest.mark.parametrize(
    "given",
    [
        replace(GIVEN, others_after=None),
        replace(GIVEN, leaders=("Dr Imran Khan",), deputy=""),
        replace(GIVEN, leaders=(), deputy=""),
    ],
)
def test_the_receipt_promises_nothing_that_is_not_kept(given: Receipt) -> None:
    assert "hear" not in str(receipt(IDEAS[12], given))


def test_what_was_answered_has_no_promise_any_more() -> None:
    assert "hear" not in str(receipt(IDEAS[18], GIVEN))
