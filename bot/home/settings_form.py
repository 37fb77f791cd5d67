"""The form of `/digest settings`: what it shows, and what was filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any

from bot.digests.requests import LONGEST_PAUSE
from bot.home import words
from bot.home.facts import DigestSettings
from bot.home.wishes import Wishes
from bot.slack_blocks import Block, field, modal, option, section
from storage.terms import Frequency, Weekday

View = dict[str, Any]

CALLBACK = "digest_settings"
# Each block holds one element under the same id: an error stands beside the field that it is about.
WEEKDAY, TIME, FREQUENCY, STATE, UNTIL = "weekday", "time", "frequency", "state", "until"


TOO_LONG = "A pause lasts two years at most. Choose “Stopped” to end your digest."


class State(StrEnum):
    """Whether digests come."""

    ON = "on"
    PAUSED = "paused"
    STOPPED = "stopped"


_STATES = {
    State.ON: "On",
    State.PAUSED: "Paused until the day below",
    State.STOPPED: "Stopped",
}
NEEDS_A_DAY = "Choose the day on which it starts again."
NOT_IN_FUTURE = "Choose a day after today."
NOT_A_CHOICE = "Choose one of these."


@dataclass(frozen=True, slots=True)
class Mistakes:
    """What is wrong with a form, by the block that it stands beside."""

    errors: dict[str, str]


def settings_form(settings: DigestSettings, *, pause_until: date | None = None) -> View:
    """The form, filled in with how things are; with `pause_until` a pause is filled in to be saved."""
    until = pause_until or settings.paused_until
    if pause_until is not None or (settings.paused_until is not None and not settings.stopped):
        state = State.PAUSED
    else:
        state = State.STOPPED if settings.stopped else State.ON
    weekdays = {weekday.value: weekday.value.capitalize() for weekday in Weekday}
    frequencies = {frequency.value: text for frequency, text in words.FREQUENCIES.items()}
    states = {one.value: text for one, text in _STATES.items()}
    at: Block = {"type": "timepicker", "initial_time": f"{settings.at:%H:%M}"}
    day: Block = {"type": "datepicker"}
    if until is not None:
        day["initial_date"] = until.isoformat()
    zone = words.zone_words(settings.zone)
    return modal(
        "Digest settings",
        [
            section(words.what_comes_next(settings)),
            field(WEEKDAY, "Day", _choice("static_select", weekdays, settings.weekday.value)),
            field(TIME, "Time", at, hint=f"In your own time zone, {zone}, as Slack has it."),
            field(FREQUENCY, "How often", _choice("radio_buttons", frequencies, settings.frequency.value)),
            field(STATE, "Your digest", _choice("radio_buttons", states, state.value)),
            field(
                UNTIL,
                "Paused until",
                day,
                hint="Only for a pause: the day from which it comes again.",
                optional=True,
            ),
        ],
        callback=CALLBACK,
        submit="Save",
        close="Cancel",
    )


def read_form(values: Mapping[str, Mapping[str, Any]], today: date) -> Wishes | Mistakes:
    """What was filled in (a submitted view's `state.values`), or what is wrong with it."""
    errors: dict[str, str] = {}
    weekday = _chosen(values, WEEKDAY, Weekday, errors)
    frequency = _chosen(values, FREQUENCY, Frequency, errors)
    state = _chosen(values, STATE, State, errors)
    at = _parsed(time.fromisoformat, values, TIME, "selected_time")
    until = _parsed(date.fromisoformat, values, UNTIL, "selected_date")
    if at is None:
        errors[TIME] = "Choose a time."
    if state is State.PAUSED and until is None:
        errors[UNTIL] = NEEDS_A_DAY
    elif state is State.PAUSED and until is not None and until <= today:
        errors[UNTIL] = NOT_IN_FUTURE
    elif state is State.PAUSED and until is not None and until > today + LONGEST_PAUSE:
        errors[UNTIL] = TOO_LONG
    if errors or weekday is None or frequency is None or at is None:
        return Mistakes(errors)
    return Wishes(
        weekday=weekday,
        at=at,
        frequency=frequency,
        paused_until=until if state is State.PAUSED else None,
        stopped=state is State.STOPPED,
    )


def saved_view(settings: DigestSettings) -> View:
    """What the form turns into once it is saved."""
    text = f"*Saved.* {words.when_it_comes(settings)} {words.what_comes_next(settings)}"
    return modal("Digest settings", [section(text)])


def _parsed(parse: Any, values: Mapping[str, Mapping[str, Any]], block: str, field: str) -> Any:
    try:
        return parse(values[block][block][field])
    except (KeyError, TypeError, ValueError):
        return None


def _chosen(
    values: Mapping[str, Mapping[str, Any]], block: str, choices: type[Any], errors: dict[str, str]
) -> Any:
    try:
        return choices(values[block][block]["selected_option"]["value"])
    except (KeyError, TypeError, ValueError):
        errors[block] = NOT_A_CHOICE
        return None


def _choice(kind: str, options: Mapping[str, str], chosen: str) -> Block:
    listed = {value: option(text, value) for value, text in options.items()}
    return {"type": kind, "options": list(listed.values()), "initial_option": listed[chosen]}
