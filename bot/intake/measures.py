"""measures.toml: read, with the line of the `[[measure]]` or of the key that is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.intake.contents import Contents, MeasureRow
from bot.intake.csvfile import cannot_open, readable_text
from bot.intake.problems import Findings, quoted
from bot.intake.values import Unreadable, fits_float, read_date, read_text
from storage.terms import Counts, Direction, Domain, Kind, Mode, PeriodLength

MEASURES = "measures.toml"
_LARGEST_FILE = 20_000_000
_HEADING = re.compile(r"""^[ \t]*\[\[[ \t]*["']?measure["']?[ \t]*\]\]""")
_TOML_PLACE = re.compile(r"^(.*) \(at line (\d+), column \d+\)$", re.DOTALL)

_WORDS: dict[str, type[StrEnum]] = {
    "kind": Kind,
    "direction": Direction,
    "mode": Mode,
    "domain": Domain,
    "period": PeriodLength,
    "counts": Counts,
}
_TEXTS = {
    "title": 200,
    "why": 1000,
    "numerator": 300,
    "denominator": 300,
    "action": 1000,
    "attribution": 1000,
    "exclusions": 1000,
    "source": 1000,
    "adjusted_for": 1000,
    "author": 200,
}
_DATES = ("changed", "reviewed", "next_review")
_NUMBERS = ("min_denominator", "per", "min_change", "goal", "settles_after")
_REQUIRED = (
    "title",
    "why",
    "numerator",
    "denominator",
    "kind",
    "direction",
    "mode",
    "domain",
    "period",
    "min_denominator",
)
_OPTIONAL_TEXTS = ("action", "attribution", "exclusions", "source", "adjusted_for", "author")
_MAY_BE_EMPTY = frozenset(_OPTIONAL_TEXTS)
_KNOWN = frozenset({"id", *_WORDS, *_TEXTS, *_DATES, *_NUMBERS})


def read_measures(folder: Path, contents: Contents, findings: Findings) -> None:
    """Read measures.toml, if it is there, into `contents`."""
    path = folder / MEASURES
    if not path.exists():
        return
    contents.files.append(MEASURES)
    text = _text(path, findings)
    if text is None:
        return
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        line, said = _toml_trouble(error)
        findings.problem(MEASURES, line, f"this is not TOML ({said}); correct the line")
        return
    for name in sorted(document.keys() - {"measure"}):
        findings.warn(
            f"{MEASURES}: {quoted(name)} is not known and not used; measures start with [[measure]]"
        )
    tables = document.get("measure", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        findings.problem(MEASURES, _first_line(text, "measure"), "write [[measure]] with two brackets")
        return
    if not tables:
        findings.warn(f"{MEASURES} has no [[measure]]")
    places = _Places(text, len(tables))
    first: dict[str, int] = {}
    for index, table in enumerate(tables):
        measure = _Table(index, table, places, findings).read()
        if measure is None:
            continue
        if measure.key in first:
            findings.problem(
                MEASURES,
                places.line(index, "id"),
                f"the measure {quoted(measure.key)} is already in line {first[measure.key]};"
                " give it another id",
            )
        else:
            first[measure.key] = places.line(index, "id")
            contents.measures.append(measure)


def _text(path: Path, findings: Findings) -> str | None:
    if not path.is_file():
        findings.problem(MEASURES, 0, "this is not a file; a TOML file is expected here")
        return None
    try:
        with path.open("rb") as binary:
            if path.stat().st_size > _LARGEST_FILE:
                findings.problem(MEASURES, 0, "the file is over 20 MB; it holds definitions only, check it")
                return None
            if not readable_text(MEASURES, binary, findings):
                return None
            binary.seek(0)
            return binary.read().decode("utf-8-sig")
    except OSError as error:
        findings.problem(MEASURES, 0, cannot_open(error))
    except UnicodeDecodeError:
        findings.problem(MEASURES, 0, "the file changed while it was being read; import again")
    return None


def _toml_trouble(error: Exception) -> tuple[int, str]:
    if isinstance(error, RecursionError):
        return 1, "brackets are nested too deeply"
    said = str(error)
    if found := _TOML_PLACE.match(said):
        return int(found[2]), found[1]
    return 1, said.removesuffix(" (at end of document)")


def _first_line(text: str, word: str) -> int:
    return next((line for line, row in enumerate(text.split("\n"), 1) if word in row), 1)


class _Places:
    """The lines of the `[[measure]]` headings and of their keys, as far as they can be found."""

    def __init__(self, text: str, tables: int) -> None:
        self._rows = text.split("\n")
        found = [line for line, row in enumerate(self._rows, 1) if _HEADING.match(row)]
        self._starts = found if len(found) == tables else []

    def line(self, index: int, key: str) -> int:
        """The line of a key of a measure; the measure's heading where the key is not there."""
        if not self._starts:
            return 1
        start = self._starts[index]
        end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self._rows) + 1
        pattern = re.compile(rf"""^[ \t]*["']?{re.escape(key)}["']?[ \t]*=""")
        return next((line for line in range(start, end) if pattern.match(self._rows[line - 1])), start)


class _Table:
    """One `[[measure]]` being read."""

    def __init__(self, index: int, table: dict[str, Any], places: _Places, findings: Findings) -> None:
        self._index = index
        self._table = table
        self._places = places
        self._findings = findings
        self._sound = True
        key = table.get("id")
        self._key = key if isinstance(key, str) else ""

    def read(self) -> MeasureRow | None:
        """The measure; None if anything is wrong, which is noted."""
        key = self._id()
        unknown = sorted(self._table.keys() - _KNOWN)
        if unknown:
            names = ", ".join(quoted(name) for name in unknown)
            verb = "is" if len(unknown) == 1 else "are"
            self._findings.warn(f"{MEASURES}: {names} of {self._name()} {verb} not known and not used")
        missing = [name for name in _REQUIRED if name not in self._table]
        for name in missing:
            self._problem(name, f"{name} is missing; add a line {name} = …")
        values: dict[str, Any] = dict.fromkeys(_OPTIONAL_TEXTS, "")
        values |= {"counts": Counts.EVENTS, "settles_after": 0, "min_change": None, "goal": None}
        values |= dict.fromkeys(_DATES)
        for name, value in self._table.items():
            if name != "id" and name in _KNOWN:
                values[name] = self._value(name, value)
        if self._sound:
            # A proportion is talked of per hundred, everything else as it is.
            values.setdefault("per", 100.0 if values["kind"] == Kind.PROPORTION else 1.0)
            self._fits_the_kind(values)
        return MeasureRow(self._places.line(self._index, "id"), key, values) if self._sound else None

    def _id(self) -> str:
        if not self._key.strip():
            self._problem("id", 'id is missing; add a line such as id = "clot-risk"')
            return ""
        try:
            return read_text(self._key.strip(), "id", 100)
        except Unreadable as error:
            self._problem("id", str(error))
            return ""

    def _name(self) -> str:
        return f"the measure {quoted(self._key)}" if self._key else f"measure number {self._index + 1}"

    def _problem(self, key: str, message: str) -> None:
        self._sound = False
        self._findings.problem(MEASURES, self._places.line(self._index, key), f"{self._name()}: {message}")

    def _value(self, name: str, value: Any) -> Any:
        try:
            if name in _WORDS:
                return _word(name, value, _WORDS[name])
            if name in _TEXTS:
                return _words(name, value, _TEXTS[name])
            if name in _DATES:
                return _day(name, value)
            return _LIMITS[name](name, _number(name, value))
        except Unreadable as error:
            self._problem(name, str(error))
            return None

    def _fits_the_kind(self, values: dict[str, Any]) -> None:
        for name in ("goal", "min_change"):
            value = values[name]
            if values["kind"] == Kind.PROPORTION and value is not None and not 0 <= value <= 1:
                self._problem(name, f"{name} of a proportion is between 0 and 1; write 0.85 for 85%")
        if values["reviewed"] and values["next_review"] and values["next_review"] < values["reviewed"]:
            self._problem("next_review", "next_review is before reviewed; correct one of them")


def _word(name: str, value: Any, words: type[StrEnum]) -> StrEnum:
    if isinstance(value, str) and value.strip().lower() in set(words):
        return words(value.strip().lower())
    shown = quoted(value) if isinstance(value, str) else "this value"
    raise Unreadable(f"{name} {shown} is not known; use one of {', '.join(words)}")


def _words(name: str, value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise Unreadable(f'{name} must be a text in quotes, such as {name} = "…"')
    text = read_text(value.strip().replace("\r\n", "\n"), name, longest, lines=True)
    if not text and name not in _MAY_BE_EMPTY:
        raise Unreadable(f"{name} is empty; people read it, so write a few words")
    return text


def _day(name: str, value: Any) -> date | None:
    if isinstance(value, datetime):
        raise Unreadable(f"{name} has a time in it; write the date alone, {value.date().isoformat()}")
    if isinstance(value, date):
        return read_date(value.isoformat(), name)
    if isinstance(value, str):
        return read_date(value.strip(), name) if value.strip() else None
    raise Unreadable(f"{name} must be a date, such as {name} = 2025-07-14")


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(f"{name} must be a number without quotes, such as {name} = 10")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not fits_float(number):
        raise Unreadable(f"{name} is not a number that can be meant; correct it")
    return number


def _not_negative(name: str, value: float) -> float:
    if value < 0:
        raise Unreadable(f"{name} is negative; it starts at 0")
    return value


def _positive(name: str, value: float) -> float:
    if value <= 0:
        raise Unreadable(f"{name} must be more than 0, such as 1, 100 or 1000")
    return value


def _whole_days(name: str, value: float) -> int:
    if value != int(value) or not 0 <= value <= 3650:
        raise Unreadable(f"{name} is a number of whole days, such as 14")
    return int(value)


def _any(_name: str, value: float) -> float:
    return value


_LIMITS: dict[str, Callable[[str, float], float]] = {
    "min_denominator": _not_negative,
    "per": _positive,
    "min_change": _not_negative,
    "goal": _any,
    "settles_after": _whole_days,
}
