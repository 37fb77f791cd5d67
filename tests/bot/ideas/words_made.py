"""Ideas as facts, for the tests of words: one realistic idea, and every builder with whatever is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.ideas.facts import (
    Board,
    BoardCounts,
    BoardUnit,
    Draft,
    FormFacts,
    IdeaFacts,
    Line,
    Listed,
    May,
    MeasureChoice,
    Page,
    Receipt,
    Similar,
    UnitChoice,
    UnitMonth,
)
from bot.ideas.words import asks, card, form, lists, messages, page
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State
from storage.terms import Part

LONDON: Final = ZoneInfo("Europe/London")
TODAY: Final = date(2026, 11, 22)
TEXT: Final = (
    "Keep a second blanket warmer in recovery. We run out of warm blankets every morning after eight, and "
    "patients wait cold until somebody has walked to theatre. A second warmer next to bay 3 would do."
)
FACTS: Final = IdeaFacts(
    number=12,
    version=1,
    text=TEXT,
    state=State.NEW,
    unit="Ward 4",
    answering_unit="Ward 4",
    today=TODAY,
    zone=LONDON,
    handed_in=date(2026, 11, 17),
    submitter="Priya Shah",
    profession="Nurse",
    leaders=("Dr Imran Khan", "Karen Mulholland"),
    due=date(2026, 11, 24),
    acknowledge_by=date(2026, 11, 24),
    decide_by=date(2026, 12, 1),
    supporters=3,
)
_BEGIN: Final = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)
_PARTS: Final = {
    Event.HANDED_IN: (Part.SUBMITTER, "Priya Shah"),
    Event.ANSWERED: (Part.SUBMITTER, "Priya Shah"),
    Event.DETAIL_ADDED: (Part.SUBMITTER, "Priya Shah"),
    Event.WITHDRAWN: (Part.SUBMITTER, "Priya Shah"),
    Event.VERIFIED: (Part.SUBMITTER, "Priya Shah"),
    Event.DISPUTED: (Part.SUBMITTER, "Priya Shah"),
    Event.NOTED: (Part.OWNER, "Sam Okafor"),
    Event.IMPLEMENTED: (Part.OWNER, "Sam Okafor"),
    Event.APPROVED: (Part.APPROVER, "Nadia Rahman"),
    Event.SENT_BACK: (Part.APPROVER, "Nadia Rahman"),
    **dict.fromkeys((Event.STARTED, Event.REMINDED, Event.UNVERIFIED, Event.CAME_BACK), (Part.ROUNDS, "")),
}
_WORDS: Final = {
    Event.ACKNOWLEDGED: "Good catch. I will look at the numbers on Thursday.",
    Event.ACCEPTED: "Good catch. Let us do it.",
    Event.PLANNED: "Let us wait for the new sockets, then put it up.",
    Event.TEST_STARTED: "Good catch. Let us try it for two weeks and count.",
    Event.TEST_ADOPTED: "Nobody waited on eleven of fourteen mornings.",
    Event.TEST_ADAPTED: "The warmer is too far from bays 1 and 2.",
    Event.TEST_ABANDONED: "The sockets next to bay 3 trip when two warmers run.",
    Event.PUT_OFF: "The bay is rebuilt until March, so there is no wall to put it on.",
    Event.DECLINED: "The circuit there takes one warmer only, and estates cannot change it this year.",
    Event.REOPENED: "Estates have found a second circuit.",
    Event.IMPLEMENTED: "A second warmer stands next to bay 3, filled at seven by the night team.",
    Event.DISPUTED: "It stands there, but nobody fills it at weekends.",
    Event.WITHDRAWN: "Bay 3 has one since yesterday.",
    Event.ASKED: "Would a trolley do, if there is no socket?",
    Event.ANSWERED: "Yes, as long as it is there before eight.",
    Event.NOTED: "Estates come on Friday to look at the sockets.",
    Event.DETAIL_ADDED: "It happens most on Mondays.",
    Event.APPROVAL_ASKED: "I would like to try it for two weeks.",
    Event.APPROVED: "Please keep it away from the oxygen outlet.",
    Event.SENT_BACK: "Please ask medical engineering for the safety test first.",
}
_MORE: Final = {
    Event.TEST_STARTED: "Nobody waits for a warm blanket after eight.",
    Event.TEST_ADOPTED: "3 waits in two weeks, after 19 in the two weeks before.",
    Event.TEST_ADAPTED: "9 waits, after 19.",
    Event.TEST_ABANDONED: "The circuit tripped on four mornings of five.",
    Event.DECLINED: asks.coached(
        "Blankets run out because they are fetched one by one.", "A box of eight, fetched once at seven."
    ),
    Event.IMPLEMENTED: "The fill list hangs on its door.",
    Event.APPROVAL_ASKED: "Nobody waits for a warm blanket after eight.",
}
_ON: Final = {
    Event.PLANNED: date(2026, 12, 14),
    Event.TEST_STARTED: date(2026, 12, 5),
    Event.TEST_ADAPTED: date(2026, 12, 19),
    Event.PUT_OFF: date(2027, 3, 1),
    Event.IMPLEMENTED: date(2026, 11, 20),
    Event.APPROVAL_ASKED: date(2026, 12, 5),
}
_WHOM: Final = {
    Event.ACCEPTED: "Sam Okafor",
    Event.PLANNED: "Sam Okafor",
    Event.TEST_STARTED: "Sam Okafor",
    Event.ASSIGNED: "Sam Okafor",
    Event.APPROVAL_ASKED: "Sam Okafor",
    Event.MERGED: "#7",
    Event.TOOK_IN: "#15",
    Event.MOVED: "Recovery",
    Event.ADOPTED: "Ward 2",
}


def line(kind: Event, seq: int = 2, typed: str | None = None) -> Line:
    """One line of history; with `typed` every free text and name in it is that."""
    part, who = _PARTS.get(kind, (Part.LEADER, "Dr Imran Khan"))
    made = Line(
        seq=seq,
        kind=kind,
        at=_BEGIN + timedelta(hours=7 * (seq - 1)),
        part=part,
        who=who,
        words=_WORDS.get(kind, ""),
        more=_MORE.get(kind, ""),
        on=_ON.get(kind),
        whom=_WHOM.get(kind, ""),
        proposes=Event.TEST_STARTED if kind is Event.APPROVAL_ASKED else None,
    )
    if typed is None:
        return made
    return replace(
        made,
        who=typed if who else "",
        words=typed if made.words else "",
        more=typed if made.more else "",
        whom=typed if made.whom else "",
    )


def after(state: State, *kinds: Event, **changes: Any) -> IdeaFacts:
    """The idea in a state, after these lines of history."""
    history = (line(Event.HANDED_IN, 1), *(line(kind, seq) for seq, kind in enumerate(kinds, 2)))
    return replace(FACTS, state=state, history=history, version=len(history), **changes)


STATES: Final[Mapping[str, IdeaFacts]] = {
    "new": FACTS,
    "new-overdue": replace(FACTS, today=date(2026, 11, 25), overdue=True, supporters=1),
    "new-anonymous": replace(FACTS, submitter="", profession="", anonymous=True, supporters=0),
    "new-with-marks": replace(
        FACTS,
        from_patient=True,
        on_behalf=True,
        wants_to_lead=True,
        measure="Patients warm on arrival",
        adopted_from=7,
        adopted_from_unit="Ward 2",
        has_picture=True,
        assignee="Sam Okafor",
    ),
    "acknowledged": after(State.ACKNOWLEDGED, Event.ACKNOWLEDGED, due=date(2026, 12, 1)),
    "waiting-for-approval": after(
        State.ACKNOWLEDGED, Event.ACKNOWLEDGED, Event.APPROVAL_ASKED, waits_for_approval=True
    ),
    "accepted": after(State.ACCEPTED, Event.ACCEPTED, owner="Sam Okafor", due=None),
    "started": after(State.ACCEPTED, Event.STARTED, own_control=True, due=None),
    "planned": after(
        State.PLANNED, Event.PLANNED, owner="Sam Okafor", due_on=date(2026, 12, 14), due=date(2026, 12, 20)
    ),
    "testing": after(
        State.TESTING,
        Event.ACKNOWLEDGED,
        Event.TEST_STARTED,
        owner="Sam Okafor",
        due_on=date(2026, 12, 5),
        due=None,
    ),
    "implemented": after(
        State.IMPLEMENTED,
        Event.ACCEPTED,
        Event.IMPLEMENTED,
        owner="Sam Okafor",
        implemented_on=date(2026, 11, 20),
        due=None,
    ),
    "implemented-unverified": after(
        State.IMPLEMENTED,
        Event.IMPLEMENTED,
        Event.REMINDED,
        Event.UNVERIFIED,
        implemented_on=date(2026, 11, 20),
        unverified=True,
        due=None,
    ),
    "verified": after(
        State.VERIFIED,
        Event.IMPLEMENTED,
        Event.VERIFIED,
        Event.SHARED,
        implemented_on=date(2026, 11, 20),
        adoptions=2,
        shared=True,
        due=None,
    ),
    "disputed": after(State.DISPUTED, Event.IMPLEMENTED, Event.DISPUTED, due=None),
    "not-now": after(State.NOT_NOW, Event.PUT_OFF, look_again_on=date(2027, 3, 1), due=None),
    "declined": after(State.DECLINED, Event.DECLINED, due=None),
    "tried": after(State.TRIED, Event.TEST_STARTED, Event.TEST_ABANDONED, due=None),
    "merged": after(State.MERGED, Event.MERGED, merged_into=7, due=None),
    "withdrawn": after(State.WITHDRAWN, Event.WITHDRAWN, due=None),
    "details-removed": replace(
        after(State.ACKNOWLEDGED, Event.ACKNOWLEDGED, Event.DETAILS_REMOVED, due=date(2026, 12, 1)),
        text="",
        details_removed=True,
    ),
}
RECEIPT: Final = Receipt(
    "Ward 4", ("Dr Imran Khan", "Karen Mulholland"), 12, date(2026, 11, 24), deputy="Tom Reid"
)
WARD, FEW = UnitChoice(4, "Ward 4"), UnitChoice(9, "Pain Team", few=True)
FORM_FACTS: Final = FormFacts(
    units=(WARD, FEW, UnitChoice(5, "Recovery")),
    mine=4,
    measures=(MeasureChoice(1, "Patients warm on arrival"), MeasureChoice(2, "Time to theatre")),
    has_above=True,
    anonymous_possible=True,
)
DRAFT: Final = Draft(text=TEXT)
SIMILAR: Final = (
    Similar(7, "Warm the blankets before the list begins.", State.TESTING, "Recovery", 5),
    Similar(9, "A blanket warmer for bay 3", State.NEW, "Ward 4", 0),
)
ALL_MAY: Final = May(*([True] * len(May.__slots__)))
LISTED: Final = (
    Listed(12, TEXT, State.NEW, "Ward 4", date(2026, 11, 17), date(2026, 11, 24), supporters=3),
    Listed(
        9,
        "Move the printer for discharge letters",
        State.ACKNOWLEDGED,
        "Ward 4",
        date(2026, 11, 2),
        date(2026, 11, 20),
        overdue=True,
        supporters=1,
    ),
    Listed(
        7,
        "Warm the blankets before the list begins.",
        State.TESTING,
        "Recovery",
        date(2026, 10, 5),
        owner="Sam Okafor",
    ),
    Listed(
        5,
        "Labels for the drip stands",
        State.IMPLEMENTED,
        "Ward 4",
        date(2026, 9, 9),
        unverified=True,
    ),
)
MINE: Final = Page(
    (
        Listed(12, TEXT, State.NEW, "Ward 4", date(2026, 11, 17), question=True, question_seq=3, mine=True),
        Listed(5, "Labels for the drip stands", State.IMPLEMENTED, "Ward 4", date(2026, 9, 9), confirm=True),
        Listed(
            0,
            "A quiet hour after lunch",
            State.NEW,
            "Ward 4",
            date(2026, 11, 20),
            appears_on=date(2026, 11, 23),
        ),
        *LISTED[2:3],
    ),
    total=9,
    size=4,
)
MONTH: Final = UnitMonth("Ward 4", date(2026, 11, 1), 7, 5, 1, 2, LISTED[2:4])
BOARD: Final = Board(
    (BoardUnit(4, "Ward 4"), BoardUnit(5, "Recovery")),
    BoardCounts(waiting=2, overdue=1, in_progress=12, verification=1, done=30),
    "in_progress",
    Page(
        (
            replace(LISTED[2], unit="Ward 4", due=date(2026, 12, 5)),
            replace(
                LISTED[3],
                state=State.ACCEPTED,
                unverified=False,
                due=date(2026, 11, 9),
                overdue=True,
                owner="Priya Shah",
            ),
        ),
        total=12,
        first=8,
        size=2,
    ),
    unit_id=4,
)

# One of each kind of line that is told to these, on a fitting idea.
TO_SUBMITTER: Final = tuple(
    kind
    for kind in Event
    if kind not in (Event.HANDED_IN, Event.WITHDRAWN, Event.DETAIL_ADDED, Event.VERIFIED, Event.DISPUTED)
)
TO_LEADER: Final = (
    Event.ASSIGNED,
    Event.DISPUTED,
    Event.CAME_BACK,
    Event.ANSWERED,
    Event.SENT_BACK,
    Event.APPROVED,
    Event.VERIFIED,
)
_STATE_AFTER: Final = {
    Event.ACCEPTED: "accepted",
    Event.STARTED: "started",
    Event.PLANNED: "planned",
    Event.TEST_STARTED: "testing",
    Event.TEST_ADOPTED: "accepted",
    Event.TEST_ADAPTED: "testing",
    Event.TEST_ABANDONED: "tried",
    Event.PUT_OFF: "not-now",
    Event.DECLINED: "declined",
    Event.IMPLEMENTED: "implemented",
    Event.REMINDED: "implemented",
    Event.UNVERIFIED: "implemented-unverified",
    Event.VERIFIED: "verified",
    Event.SHARED: "verified",
    Event.ADOPTED: "verified",
    Event.DISPUTED: "disputed",
    Event.MERGED: "merged",
    Event.WITHDRAWN: "withdrawn",
    Event.APPROVAL_ASKED: "waiting-for-approval",
}


def told(kind: Event, typed: str | None = None) -> tuple[IdeaFacts, Line]:
    """An idea just after a line of this kind, and the line."""
    facts = STATES[_STATE_AFTER.get(kind, "acknowledged")]
    if typed is not None:
        facts = filled(facts, typed)
    history = facts.history
    if not history or history[-1].kind is not kind:
        made = line(kind, max((one.seq for one in history), default=0) + 1, typed)
        return replace(facts, history=(*history, made)), made
    return facts, history[-1]


def filled(facts: IdeaFacts, typed: str) -> IdeaFacts:
    """The same idea with this in every text and name of it."""
    history = tuple(line(one.kind, one.seq, typed) for one in facts.history)
    return replace(
        facts,
        text=typed,
        unit=typed,
        answering_unit=typed,
        submitter="" if facts.anonymous else typed,
        profession="" if facts.anonymous else typed,
        measure=typed,
        assignee=typed,
        owner=typed,
        leaders=(typed, typed),
        adopted_from=7,
        adopted_from_unit=typed,
        history=history,
    )


def long_history(facts: IdeaFacts, lines: int, typed: str | None = None) -> IdeaFacts:
    """The same idea after many notes."""
    history = tuple(line(Event.NOTED, seq, typed) for seq in range(1, lines + 1))
    return replace(facts, history=history)


def every_card(typed: str | None = None) -> dict[str, dict[str, Any]]:
    """Cards, stubs."""
    made = {}
    for name, facts in STATES.items():
        shown = facts if typed is None else filled(facts, typed)
        made[f"card-{name}"] = card.card(shown)
    made["card-moved"] = card.left_behind(FACTS, typed or "Recovery")
    return made


def every_message(typed: str | None = None) -> dict[str, dict[str, Any]]:
    """Everything that is posted, but cards."""
    base = FACTS if typed is None else filled(FACTS, typed)
    unit = typed or "Ward 4"
    given = RECEIPT if typed is None else replace(RECEIPT, unit=typed, leaders=(typed, typed), deputy=typed)
    merged = STATES["merged"] if typed is None else filled(STATES["merged"], typed)
    made = {
        "receipt": messages.receipt(base, given),
        "receipt-no-deputy": messages.receipt(base, replace(given, deputy="")),
        "receipt-nobody-leads": messages.receipt(base, replace(given, leaders=(), deputy="")),
        "receipt-started": messages.receipt(replace(base, own_control=True), replace(given, started=True)),
        "receipt-above": messages.receipt(
            replace(base, above=True, channel=False), replace(given, unit=unit)
        ),
        "receipt-no-channel": messages.receipt(replace(base, channel=False), given),
        "receipt-merged": messages.receipt(merged, given),
        "receipt-withdrawn": messages.receipt(replace(base, state=State.WITHDRAWN), given),
        "hidden-news": messages.hidden_news(),
    }
    for kind in Event:
        facts, one = told(kind, typed)
        made[f"thread-{kind}"] = messages.thread_note(facts, one)
        if kind in TO_SUBMITTER:
            made[f"submitter-{kind}"] = messages.to_submitter(facts, one)
        if kind in TO_LEADER:
            made[f"leader-{kind}"] = messages.to_leader(facts, one)
    facts, one = told(Event.APPROVAL_ASKED, typed)
    made["approver"] = messages.to_approver(facts, one)
    approved = replace(facts, history=(*facts.history, line(Event.APPROVED, one.seq + 1, typed)))
    made["approver-answered"] = messages.to_approver(approved, one)
    facts, one = told(Event.ASKED, typed)
    answered = replace(facts, history=(*facts.history, line(Event.ANSWERED, one.seq + 1, typed)))
    made["submitter-asked-answered"] = messages.to_submitter(answered, one)
    facts, one = told(Event.IMPLEMENTED, typed)
    made["submitter-implemented-confirmed"] = messages.to_submitter(replace(facts, state=State.VERIFIED), one)
    made["submitter-implemented-disputed"] = messages.to_submitter(replace(facts, state=State.DISPUTED), one)
    shared = STATES["verified"] if typed is None else filled(STATES["verified"], typed)
    made["shared"] = messages.shared(shared)
    return {f"message-{name}": one for name, one in made.items()}


def every_form(typed: str | None = None) -> dict[str, dict[str, Any]]:
    """The form of `/idea` in all its states, and its pages."""
    draft, facts = DRAFT, FORM_FACTS
    similar: Sequence[Similar] = SIMILAR
    if typed is not None:
        draft = replace(draft, text=typed)
        units = tuple(replace(unit, name=typed) for unit in facts.units)
        measures = tuple(replace(measure, title=typed) for measure in facts.measures)
        facts = replace(facts, units=units, measures=measures, purpose=typed)
        similar = tuple(replace(one, text=typed, unit=typed) for one in similar)
    speak_up = typed or "Please use Datix, or talk to the Freedom to Speak Up Guardian."
    open_draft = replace(draft, unfolded=True)
    appears = Receipt(typed or "Ward 4", appears_on=date(2026, 11, 24))
    return {
        "form-just-opened": form.idea_form(Draft(), None),
        "form-just-opened-with-text": form.idea_form(draft, None),
        "form": form.idea_form(draft, facts),
        "form-anonymous-few": form.idea_form(replace(draft, anonymous=True, unit_id=9), facts),
        "form-no-key": form.idea_form(draft, replace(facts, anonymous_possible=False)),
        "form-no-units": form.idea_form(draft, replace(facts, units=(), mine=None)),
        "form-unfolded": form.idea_form(
            replace(open_draft, own_control=True, above=True, measure_id=2, picture_confirmed=True), facts
        ),
        "form-unfolded-nobody-above": form.idea_form(
            open_draft, replace(facts, has_above=False, measures=())
        ),
        "form-similar": form.idea_form(draft, facts, similar),
        "form-concern": form.concern_page(draft, speak_up),
        "form-received-anonymous": form.received_page(appears, facts),
        "form-received-anonymous-no-channel": form.received_page(replace(appears, channel=False), facts),
        "form-received": form.received_page(RECEIPT),
        "form-me-too": form.me_too_page(similar[0]),
    }


def every_ask(typed: str | None = None) -> dict[str, dict[str, Any]]:
    """The forms behind the buttons."""

    def now(name: str) -> IdeaFacts:
        return STATES[name] if typed is None else filled(STATES[name], typed)

    similar: Sequence[Similar] = SIMILAR
    if typed is not None:
        similar = [replace(one, text=typed, unit=typed) for one in SIMILAR]
    units = FORM_FACTS.units if typed is None else tuple(replace(u, name=typed) for u in FORM_FACTS.units)
    seen, hidden = now("acknowledged"), now("new-anonymous")
    asked, question = told(Event.ASKED, typed)
    waiting, proposal = told(Event.APPROVAL_ASKED, typed)
    adapted, _ = told(Event.TEST_ADAPTED, typed)
    made = {
        "acknowledge": asks.acknowledge_form(now("new"), typed or ""),
        "decide": asks.decide_form(seen),
        "decide-from-disputed": asks.decide_form(now("disputed")),
        **{f"decide-{kind}": asks.decide_form(seen, kind) for kind in asks.CHOICES},
        "decide-care": asks.decide_form(
            replace(seen, needs_approval=True), Event.ACCEPTED, words=typed or ""
        ),
        "ask": asks.ask_form(seen),
        "ask-anonymous": asks.ask_form(hidden),
        "answer": asks.answer_form(asked, question.seq, typed or ""),
        "answer-anonymous": asks.answer_form(replace(asked, anonymous=True, submitter=""), question.seq),
        "approve": asks.approve_form(waiting, proposal.seq),
        "send-back": asks.send_back_form(waiting, proposal.seq, typed or ""),
        "assign": asks.assign_form(seen),
        "merge": asks.merge_form(seen, similar),
        "merge-nothing-similar": asks.merge_form(seen),
        "move": asks.move_form(seen, units),
        "adopt": asks.adopt_form(now("verified"), units),
        "note": asks.note_form(seen, typed or ""),
        "study": asks.study_form(now("testing"), typed or ""),
        "study-again": asks.study_form(adapted),
        "implement": asks.implement_form(now("accepted"), typed or ""),
        "verify": asks.verify_form(now("implemented")),
        "verify-anonymous": asks.verify_form(replace(now("implemented"), anonymous=True, submitter="")),
        "dispute": asks.dispute_form(now("implemented"), typed or ""),
        "dispute-anonymous": asks.dispute_form(replace(now("implemented"), anonymous=True, submitter="")),
        "detail": asks.detail_form(seen, typed or ""),
        "withdraw": asks.withdraw_form(seen, typed or ""),
        "remove": asks.remove_form(seen),
        "reopen": asks.reopen_form(now("declined"), typed or ""),
    }
    return {f"ask-{name}": one for name, one in made.items()}


def every_page(typed: str | None = None) -> dict[str, dict[str, Any]]:
    """An idea's own page."""

    def now(name: str) -> IdeaFacts:
        return STATES[name] if typed is None else filled(STATES[name], typed)

    asked, _ = told(Event.ASKED, typed)
    made = {
        "for-a-colleague": page.idea_page(now("testing"), May(support=True), mine=False),
        "for-a-leader": page.idea_page(
            now("acknowledged"),
            May(decide=True, ask=True, assign=True, note=True, merge=True, move=True, remove_details=True),
            mine=False,
        ),
        "for-its-sender": page.idea_page(
            asked, May(submitter=True, answer=True, add_detail=True, withdraw=True), mine=True
        ),
        "anonymous-for-its-sender": page.idea_page(now("new-anonymous"), May(submitter=True), mine=True),
        "to-confirm": page.idea_page(
            now("implemented"), May(verify=True, dispute=True, chart=True), mine=True
        ),
        "to-adopt": page.idea_page(now("verified"), May(adopt=True, chart=True), mine=False),
        "merged": page.idea_page(now("merged"), May(), mine=False),
        "details-removed": page.idea_page(now("details-removed"), May(), mine=False),
        "long": page.idea_page(long_history(FACTS, 47, typed), May(support=True), mine=False),
    }
    return {f"page-{name}": one for name, one in made.items()}


def every_list(typed: str | None = None) -> dict[str, dict[str, Any]]:
    """Lists and Home sections; sections stand in a Home."""

    def typed_in(lines: tuple[Listed, ...]) -> tuple[Listed, ...]:
        if typed is None:
            return lines
        return tuple(replace(one, text=typed, unit=typed, owner=typed) for one in lines)

    found = Page(typed_in(LISTED), total=23, first=10, size=4)
    mine = replace(MINE, lines=typed_in(MINE.lines))
    month = replace(MONTH, in_place=typed_in(MONTH.in_place), unit=typed or MONTH.unit)
    units = tuple(replace(unit, name=typed or unit.name) for unit in BOARD.units)
    board = replace(BOARD, units=units, page=replace(BOARD.page, lines=typed_in(BOARD.page.lines)))
    empty = Page((), 0)

    def home(blocks: list[dict[str, Any]]) -> dict[str, Any]:
        return {"type": "home", "blocks": blocks}

    return {
        "list": lists.list_view(found, typed or "Ideas about “blanket”", typed or "words:blanket"),
        "list-message": lists.list_message(found, typed or "Ideas about “blanket”", typed or "words:blanket"),
        "list-none": lists.list_message(empty, typed or "Ideas about “blanket”", "words:blanket"),
        "home-mine": home(lists.my_ideas_blocks(mine)),
        "home-mine-none": home(lists.my_ideas_blocks(empty)),
        "home-month": home(lists.unit_month_blocks(month)),
        "home-month-empty": home(lists.unit_month_blocks(UnitMonth("Ward 4", date(2026, 11, 1)))),
        "home-board": home(lists.board_blocks(board)),
        "home-board-empty": home(
            lists.board_blocks(replace(board, units=board.units[:1], page=empty, column="overdue"))
        ),
    }


def everything(typed: str | None = None) -> dict[str, dict[str, Any]]:
    """Every message and view, by name; with `typed` in all that somebody could have typed."""
    return {
        **every_card(typed),
        **every_message(typed),
        **every_form(typed),
        **every_ask(typed),
        **every_page(typed),
        **every_list(typed),
    }
