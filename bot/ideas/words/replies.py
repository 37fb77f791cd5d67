"""What was filled in behind an idea's buttons, or what is missing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from bot.home.settings_form import NOT_A_CHOICE, Mistakes
from bot.ideas import names
from bot.ideas.decisions import Decision, Implementation, Study
from bot.ideas.lifecycle import DECISIONS
from bot.slack_blocks import View, value_of
from storage.terms import IdeaEventKind as Event

_STUDIES: Final = frozenset({Event.TEST_ADOPTED, Event.TEST_ADAPTED, Event.TEST_ABANDONED})
LONGEST_WAIT: Final = timedelta(days=731)
NO_WORDS = "Please write a sentence; it goes to whoever handed in the idea."
NO_DAY = "Choose a day."
DAY_PAST = "Choose a day that is not in the past."
DAY_TODAY = "Choose a day after today."
DAY_FAR = "Choose a day within the next two years."
DAY_AHEAD = "Choose the day since when it has been in place; that is today or before."
NO_OWNER = "Choose who looks after it."
NO_PREDICTION = "Write what you expect to see."
NO_PROBLEM = "Please write what the underlying problem is, as you see it."
NO_DATA = "Please write what you saw; a number or a sentence."
NO_PROOF = "Please show it: a sentence on how one can see it, a link, or a picture."
NO_TICK = "Please look at the picture once more, and tick this."
NO_PERSON = "Choose somebody."
NO_NUMBER = "Choose an idea, or type its number, such as 12."
NOT_INTO_ITSELF = "That is this idea itself. Choose another one."


@dataclass(frozen=True, slots=True)
class Target:
    """What a form is about: the idea, its version as it was seen, a line of its history (0: none)."""

    idea: int
    version: int = 0
    seq: int = 0


def read_target(view: View) -> Target:
    """Which idea a form is about. Raises ValueError where the view holds none."""
    held = json.loads(view.get("private_metadata") or "{}")
    return Target(int(held["idea"]), int(held.get("version", 0)), int(held.get("seq", 0)))


def read_choice(view: View) -> Event | None:
    """What is chosen in the form of a decision so far."""
    return _event(view, DECISIONS)


def read_decision(view: View, today: date) -> Decision | Mistakes:
    """A leader's decision, or what is missing."""
    errors: dict[str, str] = {}
    kind = _event(view, DECISIONS)
    if kind is None:
        return Mistakes({names.CHOICE: NOT_A_CHOICE})
    words = read_words(view)
    if not words:
        errors[names.WORDS] = NO_WORDS
    more, on, owner = "", None, ""
    if kind is Event.DECLINED:
        problem, smaller = _text(view, names.MORE_WORDS, kind), _text(view, names.SMALLER, kind)
        if not problem:
            errors[block_of(names.MORE_WORDS, kind)] = NO_PROBLEM
        more = coached(problem, smaller)
    else:
        on = _day(view, kind)
        needed = kind is not Event.ACCEPTED
        if on is None and needed:
            errors[block_of(names.ON, kind)] = NO_DAY
        elif on is not None and (wrong := _wrong_day(on, today, later=kind is Event.PUT_OFF)):
            errors[block_of(names.ON, kind)] = wrong
    if kind in (Event.ACCEPTED, Event.PLANNED, Event.TEST_STARTED):
        owner = read_whom(view)
        if not owner and kind is not Event.ACCEPTED:
            errors[names.WHOM] = NO_OWNER
    if kind is Event.TEST_STARTED:
        more = _text(view, names.MORE_WORDS, kind)
        if not more:
            errors[block_of(names.MORE_WORDS, kind)] = NO_PREDICTION
    if errors:
        return Mistakes(errors)
    care = _ticked(view, names.CARE)
    return Decision(kind, words, more, on, owner, care, read_target(view).version)


def coached(problem: str, smaller: str) -> str:
    """The coach's two questions with their answers, as one text that is kept with a "No"."""
    parts = [("The underlying problem", problem), ("A smaller version", smaller)]
    return "\n".join(f"{asked}: {' '.join(answer.split())}" for asked, answer in parts if answer)


def read_merge(view: View) -> int | Mistakes:
    """The number of the idea to join with; a typed one goes before a chosen one."""
    block = names.WHICH_OTHER
    typed_number = _text(view, block).lstrip("#").strip()
    chosen = str(_value(view, names.WHICH, "selected_option", "value") or "")
    found = typed_number or chosen
    if not (found.isascii() and found.isdigit()) or len(found) > 12:
        return Mistakes({block: NO_NUMBER})
    if int(found) == read_target(view).idea:
        return Mistakes({block: NOT_INTO_ITSELF})
    return int(found)


def read_unit(view: View) -> int | Mistakes:
    """The chosen unit's id."""
    chosen = str(_value(view, names.UNIT, "selected_option", "value") or "")
    if not (chosen.isascii() and chosen.isdigit()):
        return Mistakes({names.UNIT: NOT_A_CHOICE})
    return int(chosen)


def read_study(view: View, today: date) -> Study | Mistakes:
    """What came of a test, or what is missing."""
    errors: dict[str, str] = {}
    kind = _event(view, _STUDIES)
    learned, data = read_words(view), _text(view, names.MORE_WORDS)
    on = _day(view)
    if kind is None:
        errors[names.CHOICE] = NOT_A_CHOICE
    if not learned:
        errors[names.WORDS] = NO_WORDS
    if not data:
        errors[names.MORE_WORDS] = NO_DATA
    if kind is Event.TEST_ADAPTED:
        if on is None:
            errors[names.ON] = NO_DAY
        elif wrong := _wrong_day(on, today, later=False):
            errors[names.ON] = wrong
    if errors or kind is None:
        return Mistakes(errors)
    return Study(kind, learned, data, on if kind is Event.TEST_ADAPTED else None)


def read_implementation(view: View, today: date) -> Implementation | Mistakes:
    """What was put in place, or what is missing."""
    errors: dict[str, str] = {}
    done, proof = read_words(view), _text(view, names.MORE_WORDS)
    files = _value(view, names.PICTURE, "files") or []
    file_id = str(files[0].get("id", "")) if files and isinstance(files[0], dict) else ""
    on = _day(view)
    if not done:
        errors[names.WORDS] = NO_WORDS
    if not proof and not file_id:
        errors[names.MORE_WORDS] = NO_PROOF
    if file_id and not _ticked(view, names.PICTURE_OK):
        errors[names.PICTURE_OK] = NO_TICK
    if on is None or on > today:
        errors[names.ON] = DAY_AHEAD
    if errors or on is None:
        return Mistakes(errors)
    return Implementation(done, proof, on, file_id)


def read_share(view: View) -> bool:
    """Whether other units may see it."""
    return _ticked(view, names.SHARE)


def read_words(view: View) -> str:
    """The words of a form that has one text; "" for none."""
    return _text(view, names.WORDS)


def read_whom(view: View) -> str:
    """The chosen person's Slack user id; "" for nobody."""
    return str(_value(view, names.WHOM, "selected_user") or "")


def block_of(action: str, kind: Event | None) -> str:
    """The block_id of a field: one for each choice, as a prediction must not turn into a reason."""
    return action if kind is None else f"{action}_{kind.value}"


def _value(view: View, action: str, *path: str, kind: Event | None = None) -> Any:
    return value_of(view, "state", "values", block_of(action, kind), action, *path)


def _text(view: View, action: str, kind: Event | None = None) -> str:
    return str(_value(view, action, "value", kind=kind) or "").strip()


def _ticked(view: View, action: str) -> bool:
    return bool(_value(view, action, "selected_options"))


def _day(view: View, kind: Event | None = None) -> date | None:
    try:
        return date.fromisoformat(_value(view, names.ON, "selected_date", kind=kind))
    except (TypeError, ValueError):
        return None


def _event(view: View, among: frozenset[Event]) -> Event | None:
    try:
        found = Event(_value(view, names.CHOICE, "selected_option", "value"))
    except ValueError:
        return None
    return found if found in among else None


def _wrong_day(on: date, today: date, *, later: bool) -> str:
    if later and on <= today:
        return DAY_TODAY
    if on < today:
        return DAY_PAST
    return DAY_FAR if on > today + LONGEST_WAIT else ""
