"""What a digest is made from: plain facts that selection, words and picture all share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256

from bot.comparison.types import BoolArray, ClinicianResult, FloatArray, GroupComparison
from bot.language.language import Language
from storage.terms import Counts, Direction, Domain, Kind, Mode, PeriodLength


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """A measure as it is defined now; the fields are those of `measures.toml`."""

    key: str
    title: str
    why: str
    numerator: str
    denominator: str
    kind: Kind
    direction: Direction
    mode: Mode
    domain: Domain
    period: PeriodLength
    counts: Counts
    min_denominator: float
    per: float
    action: str
    attribution: str = ""
    exclusions: str = ""
    source: str = ""
    adjusted_for: str = ""
    settles_after: int = 0
    min_change: float | None = None
    changed: date | None = None
    goal: float | None = None
    author: str = ""
    reviewed: date | None = None
    next_review: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A case or an observation of one's own, in words."""

    day: date
    text: str

    @property
    def key(self) -> str:
        """The fact by which a digest remembers that it told this one: by its words, which imports keep."""
        return f"story:{sha256(self.text.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class CaseSums:
    """What a person's cases between the first and the last day add up to."""

    cases: int
    numerator: float
    denominator: float


class Compared(StrEnum):
    """Whether a clinician can be compared on a measure, and if not, why not."""

    YES = "yes"
    TOO_FEW_PEERS = "too_few_peers"  # fewer than five others with enough cases (D3)
    TOO_FEW_CASES = "too_few_cases"  # below the measure's floor (D9)
    HALF_WINDOW = "half_window"  # new starter, rotation, leave: under half of the window (D29)
    OTHER_MODE = "other_mode"  # constrained and unconstrained care are told otherwise (D7, D8)
    NO_GROUP = "no_group"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class GroupGoal:
    """A goal that the leaders of a peer group adopted after the group was asked, and what it had said (L5).

    `value` is in the measure's unit; the counts are of those who voted.
    """

    value: float
    adopted_on: date
    attainable: int = 0
    stretch: int = 0
    not_attainable: int = 0


@dataclass(frozen=True, slots=True)
class Reported:
    """What was imported, where a clinician set some of it aside (D19): the window's counts and value.

    `set_aside` is how much of the denominator they set aside; `for_the_measure`: so much that the measure is
    looked at and not the person. `same_days` is False where a panel's whole look is set aside, so that the
    result is of an earlier one.
    """

    numerator: float
    denominator: float
    value: float | None
    set_aside: float
    for_the_measure: bool = False
    same_days: bool = True


@dataclass(frozen=True, slots=True)
class MeasureView:
    """One clinician on one measure: all that selection, words and picture need.

    `first_day` and `last_day` are those of the periods that were compared (for a panel: of the latest
    period). `periods` are the starts of the trend's periods, oldest first; arrays in `result.trend` and
    `settled` have their length. `covered` is the share of the window inside a membership. `past_review`
    measures never lead. `small` (one a clinician in `comparison.results`) marks counts that nobody else
    may see (D5). `goal` is the group's own, if it has adopted one; never what the measure's file suggests.
    `cases` says what the single cases behind the figure add up to, where there are any; `stories` are what
    is told of cases in words, newest first. `reported`: what was imported, where `result` is without what the
    clinician set aside.
    """

    measure: MeasureFacts
    group: str
    compared: Compared
    comparison: GroupComparison
    result: ClinicianResult
    first_day: date
    last_day: date
    periods: tuple[date, ...]
    settled: BoolArray
    past_review: bool
    small: BoolArray
    goal: GroupGoal | None = None
    cases: CaseSums | None = None
    stories: tuple[Told, ...] = ()
    reported: Reported | None = None


class MessageType(StrEnum):
    """What a headline can say. `quiet` is no message, `figures` own counts without a comparison.

    `cases` is for constrained care (D7), `story` for unconstrained (D8).
    """

    TOP = "top"
    GAIN = "gain"
    LOSS = "loss"
    GAP = "gap"
    NEAR = "near"
    STEADY = "steady"
    FIGURES = "figures"
    CASES = "cases"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class PastDigest:
    """What an earlier digest led with; `facts` are the figures that it stated."""

    week: str
    measure: str | None
    message_type: MessageType | None
    facts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Correction:
    """A figure that an earlier digest stated and that the data no longer supports (D23)."""

    week: str
    measure: MeasureFacts
    said: tuple[float, float]
    now: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spread:
    """Between which figures a group lies, without saying who lies where (D7).

    `low` and `high` are in the measure's unit: the lowest and the highest, or the ends of the middle half
    (`middle`) where there are fewer than ten others.
    """

    low: float
    high: float
    middle: bool


class PeersDrawn(StrEnum):
    """How the peers may be drawn: dots from ten others on, a quartile band from five, else nothing (D3)."""

    DOTS = "dots"
    BAND = "band"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class PeerPicture:
    """The layer of a digest's picture that all members of a peer group share.

    Values are in the measure's unit (a proportion 0–1). `values` are the peers' that may be drawn (sorted;
    the viewer among them); `peers` counts the others. `window` and `span` are (first day, last day) of the
    comparison and of the trend; `periods` the starts of the trend's periods. `trend_range` is the lowest
    and highest value that
    any member's trend has to show, so that the axis serves them all. `goal` is one that the group adopted.
    `spread` is the group's range on a constrained measure, drawn without anybody's place in it. The words in
    the picture are `language`'s.
    """

    measure: MeasureFacts
    drawn: PeersDrawn
    values: tuple[float, ...]
    peers: int
    median: float | None
    quartiles: tuple[float, float] | None
    benchmark: float | None
    window: tuple[date, date]
    periods: tuple[date, ...]
    span: tuple[date, date]
    window_periods: tuple[int, ...]
    trend_range: tuple[float, float] | None
    changed_at: int | None = None
    goal: float | None = None
    spread: Spread | None = None
    language: Language = field(default_factory=Language)


@dataclass(frozen=True, slots=True)
class PersonPicture:
    """The layer of one person. Arrays have one entry a period; `lower`/`upper` is the usual range there.

    `numerators` and `denominators` are the periods' counts as imported, and `set_aside` the periods of which
    nothing is left after what the reader set aside; None where they are not known.
    `interval` is the 95 % interval of `value`. `drawn`: whether their own dot is among the peers' that are
    drawn. `sets_benchmark`: whether they are among those who reached it. `why_alone`: why there is no
    comparison, for a picture without one.
    """

    value: float | None
    numerator: float
    denominator: float
    values: FloatArray
    centre: FloatArray | None
    lower: FloatArray | None
    upper: FloatArray | None
    settled: BoolArray
    interval: tuple[float, float] | None = None
    drawn: bool = True
    sets_benchmark: bool = False
    why_alone: str = ""
    numerators: FloatArray | None = None
    denominators: FloatArray | None = None
    set_aside: BoolArray | None = None


# Stands in an image block (`"slack_file": {"id": PICTURE}`) until the courier has uploaded the file.
PICTURE = "PICTURE"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready to send."""

    png: bytes
    title: str
    alt_text: str
