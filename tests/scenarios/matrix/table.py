"""What a row of the table is, and the usual ways to try one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from tests.scenarios.conftest import WEEK
from tests.scenarios.matrix.house import House

Tried = Callable[[House, str], bool]


@dataclass(frozen=True)
class Row:
    """A piece of data, or something to do: who sees it or may do it, and what is forged to try it.

    `wires`: the buttons, forms, commands, shortcuts and events that are forged. `tried` says whether a role
    sees it, or did it.
    """

    data: str
    expected: frozenset[str]
    wires: tuple[str, ...]
    tried: Tried


def in_messages(mark: str) -> Tried:
    """It stands in somebody's messages or on their Home."""
    return lambda house, role: house.marks.get(mark, mark) in house.messages[role] + house.homes[role]


def opens(action: str, number: str, mark: str) -> Tried:
    """A button with that number, or the week of the digest ("week"), opens a page that says it."""

    def tried(house: House, role: str) -> bool:
        value = str(WEEK) if number == "week" else str(house.numbers.get(number, number))
        return house.marks.get(mark, mark) in house.press(role, action, value)

    return tried


def does_at_once(action: str, number: str, looked: Callable[[Session, House], Any]) -> Tried:
    """A button with that number changes what is looked at."""

    def tried(house: House, role: str) -> bool:
        value = str(house.numbers.get(number, number))
        return house.changes(lambda s: looked(s, house), lambda: house.press(role, action, value))

    return tried


def submits(
    form: str,
    metadata: Callable[[House], Any],
    values: Callable[[House], dict[str, Any]],
    looked: Callable[[Session, House], Any],
) -> Tried:
    """A form changes what is looked at."""

    def tried(house: House, role: str) -> bool:
        held = metadata(house)
        text = held if isinstance(held, str) else json.dumps(held)
        return house.changes(lambda s: looked(s, house), lambda: house.send(role, form, text, values(house)))

    return tried


def both(*ways: Tried) -> Tried:
    """Each way says the same."""

    def tried(house: House, role: str) -> bool:
        found = [way(house, role) for way in ways]
        assert len(set(found)) == 1, found
        return found[0]

    return tried


def either(*ways: Tried) -> Tried:
    """One of the ways is enough to see it."""
    return lambda house, role: any(way(house, role) for way in ways)


def typed(block: str, value: Any, kind: str = "value") -> dict[str, Any]:
    """What was filled in, in one field of a form."""
    return {block: {block: {kind: value}}}


def picked(block: str, value: Any) -> dict[str, Any]:
    """What was chosen, in one field of a form."""
    return {block: {block: {"selected_option": {"value": str(value)}}}}


def row_of(table: Any, number: str) -> Callable[[Session, House], Any]:
    """One row by its number, as it is."""
    return lambda session, house: session.get_one(table, house.numbers[number]).model_dump()


def all_of(table: Any, whose: str = "") -> Callable[[Session, House], Any]:
    """All rows of a table, or of one role."""

    def looked(session: Session, house: House) -> Any:
        found = session.exec(select(table)).all()
        person = house.person(session, whose) if whose else None
        return sorted(str(one.model_dump()) for one in found if person is None or one.person_id == person)

    return looked
