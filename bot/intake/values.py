"""One value of one field: what it means, or a sentence about what is wrong with it."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date

from bot.intake.problems import quoted

# Beyond these a date is a slip of the finger.
EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)
# Sums of squares of counts still fit a float exactly enough.
LARGEST_NUMBER = 1e15

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SLASHED_DATE = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})")
_DATE_AND_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ].+")
_PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_GROUPED_NUMBER = re.compile(r"[0-9]{1,3}([, ' ][0-9]{3})+(\.[0-9]+)?")
_COMMA_NUMBER = re.compile(r"[0-9]+,[0-9]+")
_EMAIL = re.compile(r"[^@\s,;:<>()\"\\\[\]]+@[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Unreadable(ValueError):
    """A value that means nothing here; its text is a sentence for whoever wrote the file."""


def read_date(text: str, what: str) -> date:
    """A day written as 2025-07-14. Raises Unreadable."""
    if _ISO_DATE.fullmatch(text):
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise Unreadable(
                f"{what} {quoted(text)} is not a day of the calendar; check month and day"
            ) from error
        if not EARLIEST <= day <= LATEST:
            raise Unreadable(f"{what} {quoted(text)} cannot be right; check the year")
        return day
    if not text:
        raise Unreadable(f"{what} is empty; write a date such as 2025-07-14")
    if found := _SLASHED_DATE.fullmatch(text):
        raise Unreadable(f"{what} {quoted(text)} can be read in two ways; {_suggestion(found)}")
    if found := _DATE_AND_TIME.fullmatch(text):
        raise Unreadable(f"{what} {quoted(text)} has a time in it; write the date alone, {found[1]}")
    raise Unreadable(f"{what} {quoted(text)} is not a date; write it as year-month-day, such as 2025-07-14")


def _suggestion(found: re.Match[str]) -> str:
    day, month, year = (int(part) for part in found.groups())
    if month > 12 >= day:
        day, month = month, day
    try:
        return f"write it as year-month-day, such as {date(year, month, day).isoformat()}"
    except ValueError:
        return "write it as year-month-day, such as 2025-07-14"


def read_number(text: str, what: str) -> float:
    """A number that is finite and not negative. Raises Unreadable."""
    if not _PLAIN_NUMBER.fullmatch(text):
        raise Unreadable(_not_a_number(text, what))
    value = float(text)
    if value < 0:
        raise Unreadable(f"{what} {quoted(text)} is negative; counts start at 0")
    if value > LARGEST_NUMBER:
        raise Unreadable(f"{what} {quoted(text)} is too large to be a count; check the number")
    return value


def _not_a_number(text: str, what: str) -> str:
    if not text:
        return f"{what} is empty; write a number, or leave the row out if nothing was counted"
    if text.endswith("%"):
        return f"{what} {quoted(text)} is a percentage; write the count that it comes from"
    if _GROUPED_NUMBER.fullmatch(text):
        plain = re.sub("[, ' ]", "", text)
        return f"{what} {quoted(text)} has a separator in it; write {plain}"
    if _COMMA_NUMBER.fullmatch(text):
        return f"{what} {quoted(text)} has a comma in it; write {text.replace(',', '.')} with a point"
    if text.lower().lstrip("+-") in ("nan", "inf", "infinity", "na", "n/a", "null", "none", "-"):
        return f"{what} {quoted(text)} is no number; leave the row out if nothing was counted"
    return f"{what} {quoted(text)} is not a number; write digits only, such as 12 or 12.5"


def read_text(text: str, what: str, longest: int, *, lines: bool = False) -> str:
    """Words as somebody wrote them, without invisible characters. Raises Unreadable."""
    if len(text) > longest:
        raise Unreadable(f"{what} {quoted(text)} is too long; use at most {longest} characters")
    allowed = "\n\t" if lines else ""
    for char in text:
        if char not in allowed and (unicodedata.category(char) in ("Cc", "Zl", "Zp") or char in _BIDI):
            raise Unreadable(
                f"{what} {quoted(text)} has an invisible character in it (U+{ord(char):04X}); remove it"
            )
    return text


def read_email(text: str, what: str) -> str:
    """An email address in lower case. Raises Unreadable."""
    if not text:
        raise Unreadable(f"{what} is empty; write an address such as anna@hospital.example")
    if len(text) > 254 or text.count("@") != 1 or not text.isprintable() or not _EMAIL.fullmatch(text):
        raise Unreadable(
            f"{what} {quoted(text)} is not an email address; write one such as anna@hospital.example"
        )
    return text.lower()


def fits_float(value: float) -> bool:
    """Whether a number is finite and small enough to be meant."""
    return math.isfinite(value) and abs(value) <= LARGEST_NUMBER
