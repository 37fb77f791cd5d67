"""Overuse and underuse (D17): means are told as what they are of, and never as a bill."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.blame import blame_words
from bot.digests.framing import (
    Framing,
    counts_money,
    currency,
    framing_of,
    in_plain_use,
    looks_for,
    most_colleagues,
)
from storage.terms import Direction, Domain, Kind
from tests.bot.digests.made import measure

LOWER, HIGHER, NEUTRAL = Direction.LOWER, Direction.HIGHER, Direction.NEUTRAL


@pytest.mark.parametrize(
    ("fields", "framing"),
    [
        ({"domain": Domain.RESOURCE, "direction": LOWER}, Framing.OVERUSE),
        ({"domain": Domain.RESOURCE, "direction": HIGHER}, Framing.UNDERUSE),
        ({"domain": Domain.RESOURCE, "direction": NEUTRAL}, Framing.NONE),
        ({"domain": Domain.PROCESS, "direction": LOWER}, Framing.NONE),
        ({"numerator": "cost (£)", "direction": LOWER}, Framing.OVERUSE),
        ({"numerator": "spending on dressings", "direction": HIGHER}, Framing.UNDERUSE),
    ],
)
def test_a_measure_says_by_what_it_is_what_it_looks_for(fields: dict[str, Any], framing: Framing) -> None:
    made = measure(Kind.RATE, **fields)
    assert framing_of(made) is framing
    assert bool(looks_for(made, made.numerator)) is (framing is not Framing.NONE)
    assert bool(most_colleagues(made)) is (framing is not Framing.NONE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cost (£)", "use (£)"),
        ("Cost of scans", "Use of scans"),
        ("Spending on dressings", "Use on dressings"),
        ("Days in bed cost older people strength.", "Days in bed cost older people strength."),
        ("low-cost of living", "low-cost of living"),
    ],
)
def test_money_is_plain_use(text: str, told: str) -> None:
    assert in_plain_use(text) == told


@given(
    domain=st.sampled_from(Domain),
    direction=st.sampled_from(Direction),
    numerator=st.sampled_from(["scans", "cost (€)", "expenditure", "hours waited", "spending ($)"]),
)
def test_no_framing_blames_or_names_money(domain: Domain, direction: Direction, numerator: str) -> None:
    made = measure(Kind.RATE, domain=domain, direction=direction, numerator=numerator)
    for text in (looks_for(made, numerator), most_colleagues(made), in_plain_use(numerator)):
        assert blame_words(text) == ()
        assert "you" not in text.replace("you can judge", "")
    assert currency(made) in ("", "€", "$")
    assert counts_money(made) or not currency(made)
