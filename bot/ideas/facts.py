"""What is shown of an idea, as plain facts: nothing here knows storage or Slack."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from storage.terms import IdeaEventKind, IdeaState, Part


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an idea's history. `who` is a name, or "" (the sender of an anonymous idea, Rounds).

    `words` and `more` are as typed, "" where emptied; `removed` says that patient details were taken out.
    `on` is the day that the line is about (planned for, test until, look again, in place since); `whom` the
    person or unit or idea that it names (owner, assignee, unit moved to, "#12"). `proposes` is the decision
    that an approver is asked about, `answers` the seq of the question that an answer is to (0: unknown).
    """

    seq: int
    kind: IdeaEventKind
    at: datetime
    part: Part
    who: str = ""
    words: str = ""
    more: str = ""
    on: date | None = None
    whom: str = ""
    removed: bool = False
    proposes: IdeaEventKind | None = None
    answers: int = 0


@dataclass(frozen=True, slots=True)
class IdeaFacts:
    """An idea as it is now.

    `submitter` is "" where anonymous, `submitter_unit` where they work. `leaders` are the names of those
    who answer, first the clinical leader. `due` is the day by which the next answer is due and `overdue`
    whether it has passed (as of `today`). `history` is oldest first.
    `channel` says that the card stands in a channel that all of the unit read (else in leaders' messages).
    """

    number: int
    version: int
    text: str
    state: IdeaState
    unit: str
    answering_unit: str
    today: date
    zone: ZoneInfo
    handed_in: date
    anonymous: bool = False
    submitter: str = ""
    profession: str = ""
    submitter_unit: str = ""
    above: bool = False
    on_behalf: bool = False
    from_patient: bool = False
    own_control: bool = False
    wants_to_lead: bool = False
    needs_approval: bool = False
    waits_for_approval: bool = False
    measure: str = ""
    leaders: tuple[str, ...] = ()
    assignee: str = ""
    owner: str = ""
    due: date | None = None
    overdue: bool = False
    acknowledge_by: date | None = None
    decide_by: date | None = None
    due_on: date | None = None
    look_again_on: date | None = None
    implemented_on: date | None = None
    unverified: bool = False
    supporters: int = 0
    merged_into: int | None = None
    adopted_from: int | None = None
    adopted_from_unit: str = ""
    adoptions: int = 0
    details_removed: bool = False
    shared: bool = False
    has_picture: bool = False
    channel: bool = True
    history: tuple[Line, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class May:
    """What the person who looks may do with one idea: a button each. `submitter`: it is theirs."""

    submitter: bool = False
    support: bool = False
    supports: bool = False
    acknowledge: bool = False
    decide: bool = False
    ask: bool = False
    answer: bool = False
    assign: bool = False
    merge: bool = False
    move: bool = False
    note: bool = False
    study: bool = False
    implement: bool = False
    verify: bool = False
    dispute: bool = False
    add_detail: bool = False
    withdraw: bool = False
    remove_details: bool = False
    reopen: bool = False
    adopt: bool = False
    chart: bool = False


@dataclass(frozen=True, slots=True)
class Similar:
    """An idea that is much like what somebody types."""

    number: int
    text: str
    state: IdeaState
    unit: str
    supporters: int


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit that can be chosen in the form. `few`: under five people work there."""

    id: int
    name: str
    few: bool = False


@dataclass(frozen=True, slots=True)
class MeasureChoice:
    """A measure that can be chosen in the form."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What the form needs to know about whoever fills it in.

    `units` are the ones to choose from, `mine` the chosen one. `has_above`: somebody leads above it.
    `anonymous_possible`: the site has a secret key.
    """

    units: tuple[UnitChoice, ...] = ()
    mine: int | None = None
    measures: tuple[MeasureChoice, ...] = ()
    has_above: bool = False
    anonymous_possible: bool = False
    purpose: str = ""
    anonymous_time: time = time(9)


@dataclass(frozen=True, slots=True)
class Draft:
    """The idea as somebody has it in the form: what is typed and ticked so far.

    `seen_similar` and `seen_concern`: those pages were shown. `origin`: where it began, if not in the
    form (an opaque reference of at most 200 characters, never text).
    """

    text: str = ""
    unit_id: int | None = None
    anonymous: bool = False
    measure_id: int | None = None
    wants_to_lead: bool = False
    own_control: bool = False
    from_patient: bool = False
    on_behalf: bool = False
    above: bool = False
    file_id: str = ""
    picture_confirmed: bool = False
    unfolded: bool = False
    seen_similar: bool = False
    seen_concern: bool = False
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is said to whoever handed in. `appears_on` for an anonymous idea, which has no number yet.

    `deputy` is who comes after the leaders; `channel` says that it stands (or will) in the unit's channel.
    After `others_after` working days without an answer the leaders but the first, and the deputy, hear of it
    as well; None where nobody is reminded.
    """

    unit: str
    leaders: tuple[str, ...] = ()
    number: int | None = None
    answer_by: date | None = None
    appears_on: date | None = None
    started: bool = False
    deputy: str = ""
    channel: bool = True
    others_after: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """An idea as one line of a list."""

    number: int
    text: str
    state: IdeaState
    unit: str
    handed_in: date
    due: date | None = None
    overdue: bool = False
    owner: str = ""
    supporters: int = 0
    unverified: bool = False
    mine: bool = False
    question: bool = False
    confirm: bool = False
    # The line of history that asks (0: none), for the button that answers it.
    question_seq: int = 0
    # An anonymous idea, or what its sender did, that waits for its batch; number 0 where it has none yet.
    appears_on: date | None = None


@dataclass(frozen=True, slots=True)
class BoardCounts:
    """How many ideas stand in each column of a leader's board."""

    waiting: int = 0
    overdue: int = 0
    in_progress: int = 0
    verification: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class BoardUnit:
    """A unit whose board somebody may look at."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Board:
    """A leader's board: `column` and `unit_id` (None: all of `units`) are what they chose to look at."""

    units: tuple[BoardUnit, ...]
    counts: BoardCounts
    column: str
    page: Page
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """What became of ideas in somebody's unit since the first of `month`.

    `in_place` are the ones that came into place or were confirmed (at most five; `in_place_in_all` counts
    them), `tried` were tested and not kept; `answered` counts those that got a leader's first words.
    """

    unit: str
    month: date
    handed_in: int = 0
    answered: int = 0
    tried: int = 0
    in_place_in_all: int = 0
    in_place: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody (`delegate`) answers for somebody else (`person`), both days included.

    `from_me`: it is the one whose Home this is that is stood in for.
    """

    id: int
    person: str
    delegate: str
    starts: date
    ends: date
    from_me: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `total` counts all that match, `first` is the place of the first one shown (0…)."""

    lines: tuple[Listed, ...]
    total: int
    first: int = 0
    size: int = 10
