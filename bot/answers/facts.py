"""What pages and messages about answers show, as plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from storage.terms import AnswerKind, AnswerState, Kind


@dataclass(frozen=True, slots=True)
class Period:
    """One period of one's own figure. `aside`: all of it is set aside already."""

    clinician_id: int
    start: date
    end: date
    numerator: float
    denominator: float
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """The periods that a digest told of one measure, of one person alone, oldest first."""

    digest_id: int
    week: str
    measure_id: int
    key: str
    title: str
    kind: Kind
    first_day: date
    last_day: date
    periods: tuple[Period, ...]

    @property
    def counts(self) -> tuple[float, float]:
        """Numerator and denominator of all periods together."""
        return sum(one.numerator for one in self.periods), sum(one.denominator for one in self.periods)


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """One answer, as whoever gave it sees it. `by` closed it; `aside` counts what it sets aside."""

    answer_id: int
    title: str
    kind: AnswerKind
    state: AnswerState
    words: str
    said_on: date
    aside: float = 0.0
    seconded: bool = False
    by: str = ""
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One answer that waits, as it stands in an analyst's list: no name and no figure before they look."""

    answer_id: int
    title: str
    kind: AnswerKind
    said_on: date


@dataclass(frozen=True, slots=True)
class Line:
    """One period of the figure that an answer is about; `aside`: what it takes off the denominator."""

    start: date
    end: date
    numerator: float
    denominator: float
    aside: float = 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """One answer, as the analyst who opened it sees it.

    `changed`: an import has changed counts since then; `for_the_measure`: more than a tenth is set aside.
    """

    answer_id: int
    who: str
    title: str
    kind: AnswerKind
    measure_kind: Kind
    words: str
    said_on: date
    first_day: date
    last_day: date
    lines: tuple[Line, ...] = ()
    shown: bool = False
    seconded: bool = False
    changed: bool = False
    for_the_measure: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a colleague's figure was warranted, in their words; nothing says whose. `open`: can be seconded."""

    answer_id: int
    words: str
    open: bool


@dataclass(frozen=True, slots=True)
class AnswersAtHome:
    """Answers on somebody's own Home: their own, and for analysts what waits for them (None: no analyst)."""

    mine: tuple[OwnAnswer, ...] = ()
    mine_in_all: int = 0
    waiting: tuple[Waiting, ...] | None = None
    waiting_in_all: int = 0
