"""What comes back from the form of the settings."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.home.settings_form import (
    NEEDS_A_DAY,
    NOT_IN_FUTURE,
    STATE,
    TIME,
    UNTIL,
    WEEKDAY,
    Mistakes,
    read_form,
    settings_form,
)
from bot.home.wishes import Wishes
from bot.sandbox.values import initial_values
from storage.terms import Frequency, Weekday
from tests.bot.home.test_view import PAUSED, SETTINGS, STOPPED, TOKYO

TODAY = date(2025, 7, 21)


def filled_in(view: dict[str, Any]) -> dict[str, Any]:
    """The form as it comes back untouched."""
    return initial_values(view["blocks"])


@pytest.mark.parametrize("settings", [SETTINGS, PAUSED, STOPPED, TOKYO])
def test_a_form_that_is_sent_back_untouched_changes_nothing(settings: Any) -> None:
    assert read_form(filled_in(settings_form(settings)), TODAY) == Wishes(
        weekday=settings.weekday,
        at=settings.at,
        frequency=settings.frequency,
        paused_until=settings.paused_until,
        stopped=settings.stopped,
    )


def test_opened_for_a_pause_it_pauses_when_it_is_sent() -> None:
    view = settings_form(SETTINGS, pause_until=date(2025, 8, 18))
    wishes = read_form(filled_in(view), TODAY)
    assert isinstance(wishes, Wishes)
    assert wishes.paused_until == date(2025, 8, 18)


def test_a_day_that_was_left_there_does_not_pause_a_digest_that_is_on() -> None:
    values = filled_in(settings_form(PAUSED))
    values[STATE][STATE] = {"selected_option": {"value": "on"}}
    wishes = read_form(values, TODAY)
    assert isinstance(wishes, Wishes)
    assert wishes.paused_until is None


@pytest.mark.parametrize(
    ("until", "says"), [(None, NEEDS_A_DAY), ("2025-07-21", NOT_IN_FUTURE), ("2025-07-22", None)]
)
def test_a_pause_needs_a_day_ahead(until: str | None, says: str | None) -> None:
    values = filled_in(settings_form(SETTINGS))
    values[STATE][STATE] = {"selected_option": {"value": "paused"}}
    values[UNTIL][UNTIL] = {"selected_date": until}
    read = read_form(values, TODAY)
    assert read == Mistakes({UNTIL: says}) if says else isinstance(read, Wishes)


_junk = st.recursive(
    st.none() | st.text() | st.integers(),
    lambda inner: st.dictionaries(
        st.sampled_from([WEEKDAY, TIME, STATE, UNTIL, "selected_option", "value"]), inner
    ),
)


@given(st.dictionaries(st.sampled_from([WEEKDAY, TIME, STATE, UNTIL]), _junk))
def test_anything_else_gets_sentences_and_never_an_error(values: Any) -> None:
    read = read_form(values, TODAY)
    assert isinstance(read, Mistakes)
    assert all(read.errors.values())


def test_a_weekday_is_never_a_number() -> None:
    view = settings_form(SETTINGS)
    (block,) = [block for block in view["blocks"] if block.get("block_id") == WEEKDAY]
    assert [option["value"] for option in block["element"]["options"]] == [day.value for day in Weekday]
    assert block["element"]["initial_option"]["text"]["text"] == "Monday"
    assert isinstance(read_form(filled_in(view), TODAY), Wishes)
    assert (SETTINGS.at, SETTINGS.frequency) == (time(7, 30), Frequency.WHEN_NEW)
