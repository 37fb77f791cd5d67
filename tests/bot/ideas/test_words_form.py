"""The form of `/idea`: what it shows to whom, what it keeps, and what comes back from it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ideas import names
from bot.ideas.facts import Draft, FormFacts
from bot.ideas.words.form import (
    NO_TEXT,
    NO_TICK,
    NO_UNIT,
    NOT_ANONYMOUS_AND_LEADING,
    NOT_ANONYMOUS_HERE,
    NOT_ANONYMOUS_WITH_PICTURE,
    concern_page,
    form_errors,
    idea_form,
    me_too_page,
    read_form,
    received_page,
)
from bot.sandbox.values import initial_values
from tests.bot.ideas.words_made import DRAFT, FORM_FACTS, RECEIPT, SIMILAR
from tests.reading import texts

FULL = Draft(
    text="Warm blankets",
    unit_id=9,
    anonymous=False,
    measure_id=2,
    wants_to_lead=True,
    own_control=True,
    from_patient=True,
    on_behalf=True,
    above=True,
    picture_confirmed=True,
    unfolded=True,
    seen_similar=True,
    seen_concern=True,
    origin="C012:1700000000.000100",
)


def sent_back(view: dict[str, Any], **typed: Any) -> dict[str, Any]:
    """The view as it comes back, with some of its fields filled in."""
    values = initial_values(view["blocks"])
    for block, value in typed.items():
        values[block][block].update(value)
    return {**view, "state": {"values": values}}


def said(view: dict[str, Any]) -> str:
    return " ".join(texts(view))


def blocks_of(view: dict[str, Any]) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if "block_id" in block]


@pytest.mark.parametrize("draft", [DRAFT, FULL, replace(DRAFT, anonymous=True, unit_id=9)])
def test_a_form_that_is_sent_untouched_holds_what_it_was_filled_with(draft: Draft) -> None:
    assert read_form(sent_back(idea_form(draft, FORM_FACTS))) == replace(
        draft, unit_id=draft.unit_id or FORM_FACTS.mine
    )


def test_a_form_that_was_only_just_opened_holds_the_text_and_what_it_does_not_show() -> None:
    assert read_form(sent_back(idea_form(FULL, None))) == FULL


def test_folding_away_loses_nothing() -> None:
    folded = idea_form(replace(FULL, unfolded=False), FORM_FACTS)
    assert names.TICKS not in blocks_of(folded)
    assert read_form(sent_back(folded)) == replace(FULL, unfolded=False)


def test_updates_keep_what_was_typed_as_the_ids_stay() -> None:
    opened = idea_form(DRAFT, None)
    filled = idea_form(DRAFT, FORM_FACTS)
    unfolded = idea_form(replace(DRAFT, unfolded=True), FORM_FACTS)
    concern = concern_page(DRAFT, "…")
    for view in (filled, unfolded):
        assert set(blocks_of(opened)) <= set(blocks_of(view))
    assert names.TEXT in blocks_of(concern)


def test_everything_needed_is_filled_in_before_anybody_taps() -> None:
    view = sent_back(idea_form(DRAFT, FORM_FACTS))
    assert form_errors(read_form(view), FORM_FACTS) == {}
    required = [b["block_id"] for b in view["blocks"] if b["type"] == "input" and not b["optional"]]
    assert required == [names.TEXT, names.UNIT, names.NAMED]


def test_a_form_sent_before_the_unit_was_found_is_about_ones_own_unit() -> None:
    draft = read_form(sent_back(idea_form(DRAFT, None)))
    assert draft.unit_id is None
    assert form_errors(draft, FORM_FACTS) == {}
    assert form_errors(draft, replace(FORM_FACTS, mine=None)) == {names.UNIT: NO_UNIT}


@pytest.mark.parametrize(
    ("draft", "facts", "errors"),
    [
        (replace(DRAFT, text=""), FORM_FACTS, {names.TEXT: NO_TEXT}),
        (replace(DRAFT, unit_id=77), FORM_FACTS, {names.UNIT: NO_UNIT}),
        (replace(DRAFT, file_id="F1"), FORM_FACTS, {names.PICTURE_OK: NO_TICK}),
        (replace(DRAFT, file_id="F1", picture_confirmed=True), FORM_FACTS, {}),
        (
            replace(DRAFT, file_id="F1", picture_confirmed=True, anonymous=True),
            FORM_FACTS,
            {names.PICTURE: NOT_ANONYMOUS_WITH_PICTURE},
        ),
        (
            replace(DRAFT, wants_to_lead=True, anonymous=True),
            FORM_FACTS,
            {names.TICKS: NOT_ANONYMOUS_AND_LEADING},
        ),
        (
            replace(DRAFT, anonymous=True),
            replace(FORM_FACTS, anonymous_possible=False),
            {names.NAMED: NOT_ANONYMOUS_HERE},
        ),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    draft: Draft, facts: FormFacts, errors: dict[str, str]
) -> None:
    assert form_errors(draft, facts) == errors


def test_the_text_never_rides_in_what_the_form_carries() -> None:
    secret = replace(FULL, text="a word that must not ride along")
    for view in (idea_form(secret, FORM_FACTS, SIMILAR), concern_page(secret, "…")):
        assert "must not ride" not in view["private_metadata"]
        assert len(view["private_metadata"]) <= 3000


def test_the_form_says_exactly_who_can_see_what() -> None:
    told = said(idea_form(DRAFT, FORM_FACTS))
    for words in (
        "to everybody in the channel",
        "no leader, no colleague and no administrator of Rounds sees your name",
        "sealed way back",
        "Slack itself, and whoever runs Slack for the hospital, could see that you used this form",
        "next working day at 9",
    ):
        assert words in told
    assert "guess" not in told


def test_a_unit_of_few_says_that_they_may_guess() -> None:
    assert "Few people work in Pain Team: they may guess who wrote it." in said(
        idea_form(replace(DRAFT, unit_id=9), FORM_FACTS)
    )


def test_without_a_key_nobody_is_offered_to_be_anonymous() -> None:
    view = idea_form(replace(DRAFT, anonymous=True), replace(FORM_FACTS, anonymous_possible=False))
    assert "secret key" in said(view)
    assert "Anonymously" not in said(view)
    assert not read_form(sent_back(view)).anonymous


def test_a_picture_says_why_it_needs_a_name() -> None:
    told = said(idea_form(replace(DRAFT, unfolded=True), FORM_FACTS))
    assert "a picture's file shows who uploaded it" in told
    assert "No patient, no screen and no notes" in told
    view = idea_form(replace(DRAFT, unfolded=True), FORM_FACTS)
    files = {"files": [{"id": "F0001", "name": "warmer.jpg"}]}
    assert read_form(sent_back(view, **{names.PICTURE: files})).file_id == "F0001"


def test_only_where_somebody_leads_above_can_they_be_asked() -> None:
    unfolded = replace(DRAFT, unfolded=True)
    assert "above my unit's leaders" in said(idea_form(unfolded, FORM_FACTS))
    assert "above my unit's leaders" not in said(idea_form(unfolded, replace(FORM_FACTS, has_above=False)))


def test_similar_ideas_stand_under_the_text_at_most_three_and_are_shown_once() -> None:
    view = idea_form(DRAFT, FORM_FACTS, [*SIMILAR, *SIMILAR, *SIMILAR][:3])
    assert view["submit"]["text"] == "Send as new"
    more = [replace(SIMILAR[0], number=number) for number in range(1, 9)]
    pressed = [
        b["accessory"]["value"] for b in idea_form(DRAFT, FORM_FACTS, more)["blocks"] if "accessory" in b
    ]
    assert pressed == ["1", "2", "3"]
    assert read_form(sent_back(view)).seen_similar
    assert idea_form(DRAFT, FORM_FACTS)["submit"]["text"] == "Send"


def test_a_concern_gets_the_way_it_belongs_and_a_choice() -> None:
    view = concern_page(DRAFT, "Please talk to the Guardian.")
    told = said(view)
    assert "If a patient is at risk now, tell the nurse in charge." in told
    assert "This is not an incident report." in told
    assert "Please talk to the Guardian." in told
    assert view["close"]["text"] == "Close, keep nothing"
    assert view["submit"]["text"] == "Send as an idea"
    assert view["callback_id"] == names.CONCERN
    draft = read_form(sent_back(view, **{names.TEXT: {"value": "A calmer handover"}}))
    assert (draft.text, draft.seen_concern) == ("A calmer handover", True)


def test_the_page_about_a_concern_keeps_the_other_choices() -> None:
    assert read_form(sent_back(concern_page(FULL, "…"))) == FULL


def test_the_last_page_of_an_anonymous_idea_has_no_number_and_no_button() -> None:
    anonymous = replace(RECEIPT, number=None, appears_on=RECEIPT.answer_by)
    view = received_page(anonymous, FORM_FACTS)
    assert "Tuesday 24 November at 9, so that its time does not give you away" in said(view)
    assert "#" not in said(view)
    assert [block["type"] for block in view["blocks"]] == ["section", "section"]
    assert "*#12*" in said(received_page(RECEIPT))


def test_me_too_says_that_nothing_new_was_handed_in() -> None:
    told = said(me_too_page(SIMILAR[0]))
    assert "#7" in told
    assert "Nothing new was handed in." in told


_junk = st.recursive(
    st.none() | st.text(max_size=5) | st.integers() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(names.TEXT, names.UNIT, names.NAMED, names.TICKS, names.PICTURE, names.PICTURE_OK),
                    *("selected_option", "selected_options", "value", "files", "unit_id", "origin"),
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(values=_junk, metadata=_junk.map(json.dumps) | st.text(max_size=20) | st.none())
def test_anything_else_that_comes_back_is_an_empty_draft_and_never_an_error(
    values: Any, metadata: str | None
) -> None:
    draft = read_form({"state": {"values": values}, "private_metadata": metadata})
    assert isinstance(draft, Draft)
    assert isinstance(form_errors(draft, FORM_FACTS), dict)
