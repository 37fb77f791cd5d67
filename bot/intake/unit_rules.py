"""The columns of units.csv with a unit's own rules: holidays, working hours, rungs, whether it is reminded.

Empty is the site's; a column that the file does not have leaves what is stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import Any, Final

from bot.intake.problems import quoted
from bot.intake.values import Unreadable
from bot.settings import ascending, knows_holidays

RULES: Final = ("holidays", "work_starts", "work_ends", "rungs", "reminders")
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::00)?")
# Regions are known by long names as well; their codes fit.
_LONGEST: Final = 12
_YES_OR_NO: Final = {"": True, "yes": True, "no": False}


def read_rules(get: Callable[[str], str | None], problem: Callable[[str], None]) -> dict[str, Any]:
    """The rules in one row, by the columns of `UnitRules`; what means nothing is told to `problem`."""
    found: dict[str, Any] = {}
    sound = True
    for column in RULES:
        value = get(column)
        if value is None:
            continue
        try:
            found["nudges" if column == "reminders" else column] = _READ[column](value, column)
        except Unreadable as error:
            sound = False
            problem(str(error))
    if sound and (wrong := _wrong_hours(found)):
        problem(wrong)
    return found


def says_anything(rules: Mapping[str, Any]) -> bool:
    """Whether any of the rules differs from the site's."""
    return any(value is not (True if name == "nudges" else None) for name, value in rules.items())


def _wrong_hours(found: Mapping[str, Any]) -> str | None:
    starts, ends = found.get("work_starts"), found.get("work_ends")
    if (starts is None) != (ends is None):
        return "work_starts and work_ends go together; fill in both, such as 07:30 and 16:00, or neither"
    if starts is not None and starts >= ends:
        return (
            f"work_ends {ends:%H:%M} is not after work_starts {starts:%H:%M}; "
            "write two times of the same day, such as 07:30 and 16:00"
        )
    return None


def _holidays(value: str, column: str) -> str | None:
    if value and (len(value) > _LONGEST or not knows_holidays(value)):
        raise Unreadable(
            f"{column} {quoted(value)} is no country, or country and region, whose public holidays are"
            " known; write one such as GB-SCT, DE or US-CA, or leave it empty"
        )
    return value or None


def _time(value: str, column: str) -> time | None:
    if not value:
        return None
    found = _TIME.fullmatch(value)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise Unreadable(f"{column} {quoted(value)} is not a time of day; write one such as 07:30")
    return time(int(found[1]), int(found[2]))


def _rungs(value: str, column: str) -> list[int] | None:
    if not value:
        return None
    found = ascending(",".join(re.split(r"[\s,;]+", value)))
    if found is None:
        raise Unreadable(
            f"{column} {quoted(value)} are no rungs; write four ascending numbers of working days, such as"
            " 2 4 6 8, or leave it empty"
        )
    return list(found)


def _reminders(value: str, column: str) -> bool:
    if value.lower() not in _YES_OR_NO:
        raise Unreadable(f"{column} {quoted(value)} is neither yes nor no; write one of them")
    return _YES_OR_NO[value.lower()]


_READ: Final[Mapping[str, Callable[[str, str], Any]]] = {
    "holidays": _holidays,
    "work_starts": _time,
    "work_ends": _time,
    "rungs": _rungs,
    "reminders": _reminders,
}
