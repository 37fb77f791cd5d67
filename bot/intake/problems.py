"""What is wrong in a folder of files, and where: every sentence says what to do."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

# As many are named; a file with a million bad rows has one cause, not a million.
SHOWN = 1_000
# As many of one file are printed: the small files, which the others build on, must not scroll away.
_PRINTED = 20
_ORDER = ("people.csv", "units.csv", "memberships.csv", "roles.csv", "absences.csv", "measures.toml")
_LAST = ("observations.csv", "cases.csv", "narratives.csv")
_LONGEST_QUOTE = 60


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong. Line 0 stands for the file, or the folder, as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """`file:line: what is wrong`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class IntakeErrors(Exception):
    """The files were refused and nothing was changed.

    `problems` are the first ones of every file, ordered by file and line; `total` counts all of them.
    """

    def __init__(self, problems: list[Problem], counts: Mapping[str, int] | None = None) -> None:
        self.problems = sorted(problems)
        self._counts = Counter(problem.file for problem in problems) if counts is None else Counter(counts)
        self.total = self._counts.total()
        super().__init__(str(self))

    def __str__(self) -> str:
        """One problem a line, the files that others build on first, and how many more there are in each."""
        lines: list[str] = []
        for file in sorted(self._counts, key=_place):
            printed = [problem for problem in self.problems if problem.file == file][:_PRINTED]
            lines += [str(problem) for problem in printed]
            if rest := self._counts[file] - len(printed):
                lines.append(f"… and {rest:,} more in {file}")
        return "\n".join(lines)


def _place(file: str) -> tuple[int, str]:
    if file in _LAST:
        return len(_ORDER) + 1 + _LAST.index(file), file
    return (_ORDER.index(file) if file in _ORDER else len(_ORDER)), file


class Findings:
    """Collects problems and warnings while files are read. Holds a bounded number of them."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self._problems: dict[str, list[Problem]] = {}
        self._counts: Counter[str] = Counter()

    def problem(self, file: str, line: int, message: str) -> None:
        """Note that something is wrong on a line."""
        self._counts[file] += 1
        kept = self._problems.setdefault(file, [])
        kept.append(Problem(file, line, message))
        if len(kept) >= 2 * SHOWN:
            kept.sort()
            del kept[SHOWN:]

    def more(self, file: str, count: int) -> None:
        """Count problems of a file that are not named."""
        self._counts[file] += count

    def full(self, file: str) -> bool:
        """Whether a file has so many problems that later lines need no sentence of their own."""
        return len(self._problems.get(file, ())) >= SHOWN

    def wrong(self, file: str) -> bool:
        """Whether anything is wrong in this file."""
        return bool(self._problems.get(file))

    def warn(self, message: str) -> None:
        """Note something that does not stop the import."""
        self.warnings.append(message)

    def stop_if_any(self) -> None:
        """Raise IntakeErrors if anything is wrong."""
        if self._counts.total():
            named = [problem for kept in self._problems.values() for problem in sorted(kept)[:SHOWN]]
            raise IntakeErrors(named, +self._counts)


def quoted(value: str) -> str:
    """What somebody wrote, short and harmless enough for a terminal."""
    shown = "".join(char if _harmless(char) else "\ufffd" for char in value[: _LONGEST_QUOTE + 1])
    if len(value) > _LONGEST_QUOTE:
        shown = shown[:_LONGEST_QUOTE] + "…"
    return f'"{shown}"'


def _harmless(char: str) -> bool:
    return char == " " or unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp", "Co", "Cs")
