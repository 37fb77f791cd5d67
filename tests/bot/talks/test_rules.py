"""Who is offered what, whose turn it is, and when a request lapses; and what of it a digest says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.facts import Compared, MessageType
from bot.digests.pages import more_view
from bot.digests.write import compose
from bot.talks import names
from bot.talks.rules import (
    REQUEST_LASTS,
    Coach,
    Offers,
    Peer,
    Talking,
    Turn,
    beneath,
    dump_peers,
    has_lapsed,
    is_overdue,
    load_peer,
    peers_of,
    talking_of,
    whose_turn,
)
from storage.terms import Domain, Kind, Mode, TalkState
from tests.bot.digests.made import view
from tests.bot.digests.test_write import CONTEXT, choice_of
from tests.reading import texts

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
KEY = "clot-risk"
PEOPLE = st.integers(1, 8)


def members(_key: str, group: str) -> tuple[int, ...]:
    """Persons 1 to 5 are one group, 6 to 8 another."""
    return (1, 2, 3, 4, 5) if group == "A" else (6, 7, 8)


@given(PEOPLE, st.frozensets(PEOPLE), st.booleans())
def test_a_colleague_is_offered_only_within_the_group_to_others_who_have_not_reached_it(
    person: int, tellers: frozenset[int], reached: bool
) -> None:
    group = "A" if person <= 5 else "B"
    found = talking_of(person, {KEY: Peer(group, reached)}, Offers(tellers={KEY: tellers}), members)
    others = tellers - {person}
    assert (KEY in found.may_ask) == (not reached and bool(others & set(members(KEY, group))))
    assert (KEY in found.may_offer) == (reached and person not in tellers)
    assert not found.may_ask & found.may_offer


def test_of_what_is_not_compared_nobody_has_reached_anything() -> None:
    assert peers_of([view(says=MessageType.TOP)]) == {KEY: Peer(view().group, reached=True)}
    assert peers_of([view(says=MessageType.GAP)]) == {KEY: Peer(view().group, reached=False)}
    left_out: list[dict[str, Any]] = [
        {"mode": Mode.CONSTRAINED, "compared": Compared.OTHER_MODE},
        {"mode": Mode.UNCONSTRAINED, "compared": Compared.OTHER_MODE},
        {"compared": Compared.TOO_FEW_PEERS},
        {"compared": Compared.HALF_WINDOW},
        {"domain": Domain.OUTCOME},
        {"benchmark": False},
    ]
    for changes in left_out:
        assert peers_of([view(says=MessageType.TOP, **changes)]) == {}, changes


@given(st.dictionaries(st.text(), st.builds(Peer, st.text(), st.booleans())))
def test_where_somebody_stands_is_kept_as_it_was(peers: dict[str, Peer]) -> None:
    kept = dump_peers(peers)
    assert {key: load_peer(kept, key) for key in peers} == peers
    assert load_peer(kept, "another" * 20) is None
    assert load_peer(None, "x") is None


@given(st.integers(2, 6), st.integers(1, 30))
def test_asked_again_and_again_everybody_who_offers_is_asked_in_turn(offers: int, times: int) -> None:
    turns = {n: Turn(n, NOW + timedelta(days=n)) for n in range(1, offers + 1)}
    asked: list[int] = []
    for number in range(times):
        chosen = whose_turn(turns.values())
        assert chosen is not None
        asked.append(chosen)
        turns[chosen] = replace(turns[chosen], last_asked=NOW + timedelta(days=50, hours=number))
    counts = [asked.count(n) for n in turns]
    assert max(counts) - min(counts) <= 1
    assert whose_turn([]) is None


@given(st.permutations([1, 2, 3, 4]))
def test_whose_turn_it_is_does_not_depend_on_the_order(order: list[int]) -> None:
    turns = {1: Turn(1, NOW, NOW), 2: Turn(2, NOW), 3: Turn(3, NOW), 4: Turn(4, NOW, NOW - timedelta(1))}
    assert whose_turn(turns[n] for n in order) == 2


@given(st.timedeltas(timedelta(0), timedelta(days=40)))
def test_a_request_lapses_after_two_weeks_and_what_was_taken_back_before_did_not(age: timedelta) -> None:
    old = age >= REQUEST_LASTS
    assert is_overdue(NOW, NOW + age) is old
    assert has_lapsed(TalkState.WITHDRAWN, NOW, NOW + age) is old
    assert not has_lapsed(TalkState.DECLINED, NOW, NOW + age)
    assert not has_lapsed(TalkState.ASKED, NOW, None)


def test_a_coach_listens_in_their_units_or_everywhere_and_not_to_themselves() -> None:
    everywhere, here = Coach(1, 1, "", None), Coach(2, 2, "", frozenset({3, 4}))
    assert everywhere.listens_to(9, ())
    assert here.listens_to(9, {4, 7})
    assert not here.listens_to(9, {7})
    assert not here.listens_to(2, {3})
    assert not everywhere.listens_to(1, {3})


def test_a_unit_has_all_beneath_it_also_where_the_list_goes_round() -> None:
    assert beneath(1, {1: None, 2: 1, 3: 2, 4: None}) == {1, 2, 3}
    assert beneath(1, {1: 2, 2: 1, 3: None}) == {1, 2}


# -- in the digest ----


def action_ids(blocks: Any) -> list[str]:
    return [
        element["action_id"]
        for block in blocks
        for element in [*block.get("elements", ()), block.get("accessory", {})]
        if "action_id" in element
    ]


TOP = choice_of(view(says=MessageType.TOP))
GAP = choice_of(view(says=MessageType.GAP), view(Kind.RATE, says=MessageType.GAP))


def test_where_nothing_is_offered_a_digest_has_no_word_of_it() -> None:
    for choice in (TOP, GAP):
        blocks = compose(choice, CONTEXT).blocks
        assert not any(one.startswith("talk_") for one in action_ids(blocks))
        assert not any(one.startswith("talk_") for one in action_ids(more_view(choice, CONTEXT)["blocks"]))


def test_talk_it_through_stands_beside_the_other_buttons() -> None:
    context = replace(CONTEXT, talking=Talking(coach=True))
    ids = action_ids(compose(GAP, context).blocks)
    # Five in a row; "Why this one?" stands behind "More measures" then.
    assert ids == ["digest_more", "digest_counted", names.TALK, "answer_warranted", "digest_who"]


def test_whoever_has_reached_it_may_offer_in_the_message_and_on_its_page() -> None:
    context = replace(CONTEXT, talking=Talking(may_offer=frozenset({KEY})))
    message = compose(TOP, context)
    assert names.TELL in action_ids(message.blocks)
    (block,) = [one for one in more_view(TOP, context)["blocks"] if "accessory" in one]
    assert block["accessory"]["action_id"] == f"{names.TELL}-0"
    assert block["accessory"]["value"] == f"{CONTEXT.reference}:{KEY}"


def test_others_read_that_a_colleague_tells_how_and_not_who() -> None:
    talking = Talking(may_ask=frozenset(v.measure.key for v in GAP.looked_at))
    context = replace(CONTEXT, talking=talking)
    message, page = compose(GAP, context), more_view(GAP, context)
    said = list(texts(message.blocks))
    assert "A colleague who has reached it offers to tell how." in said
    assert action_ids(message.blocks)[0] == names.ASK
    assert action_ids(page["blocks"]) == [f"{names.ASK}-0", f"{names.ASK}-1"]
    # What is added carries the digest's own reference, and nothing of anybody.
    values = {b["accessory"]["value"] for b in message.blocks if "accessory" in b}
    assert values == {CONTEXT.reference}


@pytest.mark.parametrize("coach", [True, False])
def test_the_same_facts_give_the_same_bytes(coach: bool) -> None:
    for talking in (Talking(coach, may_ask=frozenset({KEY, "falls"})), Talking(coach)):
        context = replace(CONTEXT, talking=talking)
        assert repr(compose(GAP, context)) == repr(compose(GAP, context))
        assert repr(more_view(GAP, context)) == repr(more_view(GAP, context))
