"""All of a person's measures in words, where some of what was imported is set aside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.digests.facts import MeasureView, Reported
from bot.digests.own_measures import trend_words
from bot.language.language import british
from storage.terms import Mode
from tests.bot.digests.made import view

REPORTED = Reported(numerator=800, denominator=1000, value=0.8, set_aside=50)


def aside(mode: Mode = Mode.REPETITIVE, **reported: object) -> MeasureView:
    """A person whose 68 % of 950 would be 80 % of 1,000 with everything that was imported."""
    made = view(mode=mode)
    return replace(
        made,
        result=replace(made.result, value=0.68, numerator=646, denominator=950),
        reported=replace(REPORTED, **reported),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("mode", [Mode.REPETITIVE, Mode.CONSTRAINED])
def test_a_line_without_what_was_set_aside_says_what_was_imported(mode: Mode) -> None:
    made = aside(mode)
    said = trend_words(made, british())
    assert said.endswith(
        "This is without what you set aside: 68 %, where 80 % was imported.".replace(" %", "\u00a0%")
    )
    assert said.startswith(trend_words(replace(made, reported=None), british()))


def test_a_figure_of_other_days_is_not_set_against_what_was_imported() -> None:
    assert trend_words(aside(same_days=False), british()).endswith("This is without what you set aside.")


def test_nothing_is_said_where_no_line_is_drawn() -> None:
    made = aside()
    assert "set aside" not in trend_words(replace(made, result=replace(made.result, value=None)), british())
    assert trend_words(aside(Mode.UNCONSTRAINED), british()) == ""
