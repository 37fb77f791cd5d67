"""What a check says: all is well, or what is wrong and what to do, or that it could not be made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

# More names than this make a list that nobody reads.
NAMED = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and what to do about it; both are sentences for whoever runs Rounds."""

    wrong: str
    todo: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `says` is what was found well; in a check that was not made, why it was not."""

    name: str
    says: str
    findings: tuple[Finding, ...] = ()
    made: bool = True

    @property
    def failed(self) -> bool:
        """Whether something is wrong. A check that was not made has not failed."""
        return bool(self.findings)

    def as_json(self) -> dict[str, Any]:
        """For scripts: `result` is "ok", "failed" or "not_checked"."""
        result = "failed" if self.failed else ("ok" if self.made else "not_checked")
        findings = [{"wrong": finding.wrong, "todo": finding.todo} for finding in self.findings]
        return {
            "check": self.name,
            "result": result,
            "says": "" if self.failed else self.says,
            "findings": findings,
        }


def checked(name: str, well: str, findings: Iterable[Finding] = ()) -> Check:
    """A check that was made."""
    return Check(name, well, tuple(findings))


def not_checked(name: str, why: str) -> Check:
    """A check that could not be made."""
    return Check(name, why, made=False)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "a, b and c"; of many the first ten, and how many more."""
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 unit", "3 units"."""
    return f"{number} {one if number == 1 else many or one + 's'}"
