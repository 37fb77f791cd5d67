"""Small checkers from which the shapes of blocks are made: each adds Slack's complaint where one is due."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Files = Callable[[str], bool]


@dataclass
class Report:
    """Collects complaints and what must be unique across a whole message or view."""

    usable_file: Files = lambda _id: False
    place: str = "message"  # or "modal" or "home"
    errors: list[str] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=dict)

    @property
    def in_message(self) -> bool:
        """Whether this is a message rather than a view."""
        return self.place == "message"

    def add(self, complaint: str, at: str) -> None:
        """Notes a complaint with the place that it is about."""
        self.errors.append(f"{complaint} [json-pointer:{at}]")

    def once(self, kind: str, value: str, at: str) -> None:
        """Complains where this value of this kind was there before."""
        known = self.seen.setdefault(kind, set())
        if value in known:
            self.add(f'`{kind}` "{value}" already exists', f"{at}/{kind}")
        known.add(value)


Check = Callable[[Any, str, Report], None]


@dataclass(frozen=True)
class Field:
    """One property of an object."""

    check: Check
    required: bool = False


def need(check: Check) -> Field:
    """A property that has to be there."""
    return Field(check, required=True)


def may(check: Check) -> Field:
    """A property that may be there."""
    return Field(check)


def obj(fields: Mapping[str, Field], extra: Check | None = None) -> Check:
    """An object with these properties and no others; `extra` looks at the whole once the parts are right."""

    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", at)
            return
        before = len(report.errors)
        for name in value.keys() - fields.keys():
            report.add(f"invalid additional property: {name}", at)
        for name, known in fields.items():
            if name in value:
                known.check(value[name], f"{at}/{name}", report)
            elif known.required:
                report.add(f"missing required field: {name}", at)
        if extra is not None and len(report.errors) == before:
            extra(value, at, report)

    return check


def string(most: int, least: int = 1, pattern: str | None = None, form: str = "") -> Check:
    """A string of so many characters."""

    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add("must be a string", at)
        elif len(value) > most:
            report.add(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            report.add(f"must be more than {least - 1} characters", at)
        elif pattern and not re.fullmatch(pattern, value):
            report.add(f"must be {form}", at)

    return check


def one_of(*allowed: str) -> Check:
    """One of these strings."""

    def check(value: Any, at: str, report: Report) -> None:
        if value not in allowed:
            report.add(f"must be one of: {', '.join(allowed)}", at)

    return check


def boolean(value: Any, at: str, report: Report) -> None:
    """True or false."""
    if not isinstance(value, bool):
        report.add("must be a boolean", at)


def integer(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add("must be an integer", at)
        elif not least <= value <= most:
            report.add(f"must be between {least} and {most}", at)

    return check


def number(value: Any, at: str, report: Report) -> None:
    """A finite number."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        report.add("must be a number", at)


def array(item: Check, most: int, least: int = 1) -> Check:
    """A list of so many items."""

    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add("must be an array", at)
            return
        if len(value) > most:
            report.add(f"no more than {most} items allowed", at)
        elif len(value) < least:
            report.add(f"no fewer than {least} items allowed", at)
        for number, part in enumerate(value):
            item(part, f"{at}/{number}", report)

    return check


def typed(kinds: Mapping[str, Check], later: Sequence[str] = ()) -> Check:
    """An object whose `type` says which of these shapes it has."""

    def check(value: Any, at: str, report: Report) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(value, dict):
            report.add("must provide an object", at)
        elif kind is None:
            report.add("missing required field: type", at)
        elif not isinstance(kind, str):
            report.add("must be a string", f"{at}/type")
        elif kind in kinds:
            kinds[kind](value, at, report)
        elif kind in later:
            report.add(f"unsupported type: {kind} (this local workspace does not know it yet)", f"{at}/type")
        else:
            report.add(f"unsupported type: {kind}", f"{at}/type")

    return check


def is_date(value: Any, at: str, report: Report) -> None:
    """A date as YYYY-MM-DD."""
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        report.add("must be a date in the format YYYY-MM-DD", at)


is_time = string(5, 5, r"([01]\d|2[0-3]):[0-5]\d", "a time in the format HH:mm")
is_url = string(3000, 1, r"(?s)(https?|slack|mailto):\S+", "a valid URL")


def text(most: int, *, mrkdwn: bool = False, plain: bool = True, least: int = 1) -> Check:
    """A text object: plain_text, mrkdwn, or either."""
    shapes: dict[str, Check] = {}
    kind = need(one_of("plain_text", "mrkdwn"))
    if plain:
        shapes["plain_text"] = obj({"type": kind, "text": need(string(most, least)), "emoji": may(boolean)})
    if mrkdwn:
        shapes["mrkdwn"] = obj({"type": kind, "text": need(string(most, least)), "verbatim": may(boolean)})
    return typed(shapes)
