"""What a clinician does: answers a figure, sets cases aside, takes it back, agrees with a colleague."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Final

from sqlmodel import Session

from bot.access import may_answer_figures, may_second
from bot.answers import gather
from bot.answers.facts import Period, Window
from bot.digests.weeks import last_day
from bot.ideas.checking.checks import refuse_text
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.leading import known
from storage import answer_rows, talk_rows
from storage.answer_rows import Aside
from storage.answers import FigureAnswer, SetAside
from storage.case_queries import Case, person_cases
from storage.figures import current_measures
from storage.measures import MeasureVersion
from storage.terms import AnswerKind, AnswerState

LONGEST_WORDS: Final = 600
STANDING: Final = (AnswerState.OPEN, AnswerState.AGREED, AnswerState.NOT_AGREED)

UNSURE = (
    "Rounds is not sure that this account is yours, so nothing was saved. Please ask whoever runs Rounds."
)
NO_WORDS = "Please say it in a sentence: whoever reads it has only your words and the figures."
TOO_LONG = f"Please keep it to {LONGEST_WORDS} characters. Your text is still in the form."
NOT_THERE = "There are no figures of yours on this measure any more, so nothing was saved."
NO_CASES = "These cases are not among yours any more, or are set aside already, so nothing was saved."
NO_PERIOD = "There is no figure yet that counts these cases, so there is nothing to set them aside from."
ENDED = "It is withdrawn already."
NOT_SHOWN = "This reason is not shown any more."
THANKS = "Thank you. It is kept."
BOTH = "From your next digest on you see your figure with and without what you set aside."
NOBODY_JUDGED = (
    "That is more than a tenth of your cases here, so it is the measure that is looked at, and not you."
)
WITHDRAWN = "It is withdrawn, and your figures are as they were."
SECONDED = "Thank you. It is set aside for the group as well; nobody is told who agreed."


def warrant(
    session: Session, doing: Doing, week: str, key: str, starts: Collection[str], words: str, *, shown: bool
) -> Outcome:
    """Say that a figure is warranted, and set whole periods (`period_value`) aside, or none."""
    asked = _asked(session, doing, week, key, words)
    if isinstance(asked, Refused):
        return asked
    person, found = asked
    chosen = [one for one in found.periods if period_value(one) in starts and not one.aside]
    answer = _keep(session, doing, found, AnswerKind.WARRANTED, words, shown=shown)
    session.add_all(
        SetAside(
            answer_id=answer,
            measure_id=found.measure_id,
            clinician_id=one.clinician_id,
            period_start=one.start,
            numerator=one.numerator,
            denominator=one.denominator,
        )
        for one in chosen
    )
    session.flush()
    return Done(note=_thanks(session, doing, person, found.measure_id, found.periods, bool(chosen)))


def report(session: Session, doing: Doing, week: str, key: str, kind: AnswerKind, words: str) -> Outcome:
    """Say that the data, the patient or the group is not right: for the analyst, nothing is set aside."""
    asked = _asked(session, doing, week, key, words)
    if isinstance(asked, Refused):
        return asked
    person, found = asked
    _keep(session, doing, found, kind, words, shown=False)
    return Done(note=_thanks(session, doing, person, found.measure_id, (), False))


def set_aside_cases(
    session: Session,
    doing: Doing,
    measure_id: int,
    chosen: Collection[str],
    kind: AnswerKind,
    words: str,
    *,
    shown: bool = False,
) -> Outcome:
    """Set single cases of one's own aside (`case_value`); those that are already stay as they are.

    A reference is one case within a period, and another one in another.
    """
    person = _answerer(session, doing, words)
    if isinstance(person, Refused):
        return person
    version = _version(session, measure_id)
    if version is None:
        return Refused(NO_CASES)
    cases = person_cases(session, person, measure_id)
    aside = gather.aside_among(session, person, measure_id, cases, version.period)
    cases = [case for case in cases if case not in aside]
    wanted = [case for case in cases if case_value(case.day, case.case_ref) in chosen]
    if not wanted:
        return Refused(NO_CASES)
    first, last = min(case.day for case in wanted), max(case.day for case in wanted)
    placed = _placed(cases, _around(session, person, version, first, last))
    places = {_place(one, case) for one, case in placed if case in wanted}
    placed = [(one, case) for one, case in placed if _place(one, case) in places]
    if not placed:
        return Refused(NO_PERIOD)
    starts = [one.start for one, _ in placed]
    answer = FigureAnswer(
        person_id=person,
        measure_id=measure_id,
        kind=kind,
        first_day=min(starts),
        last_day=last_day(max(starts), version.period),
        words=words.strip(),
        shown_to_group=shown and kind is AnswerKind.WARRANTED,
        said_at=doing.now,
    )
    session.add(answer)
    session.flush()
    assert answer.id is not None
    session.add_all(_rows_of(answer.id, placed))
    session.flush()
    until = max(max(one.end for one, _ in placed), doing.today)
    recent = gather.recent_periods(session, person, version, until, doing.settings)
    return Done(note=_thanks(session, doing, person, measure_id, recent, True))


def withdraw(session: Session, doing: Doing, answer_id: int) -> Outcome:
    """Take an answer of one's own back, closed or not: the figures are at once as they were."""
    answer = session.get(FigureAnswer, answer_id)
    if answer is None or not may_answer_figures(doing.actor, answer.person_id):
        return Refused(ENDED)
    closed = answer.closed_at or doing.now
    if not answer_rows.change(session, answer_id, STANDING, state=AnswerState.WITHDRAWN, closed_at=closed):
        return Refused(ENDED)
    return Done(note=WITHDRAWN)


def second(session: Session, doing: Doing, key: str, answer_id: int) -> Outcome:
    """Say of a colleague's reason "I would have done the same": then it counts for the group (D19)."""
    person, answer = known(doing.actor), session.get(FigureAnswer, answer_id)
    shown = {one.answer_id for one in gather.reasons_for(session, doing.actor, key, doing.today)}
    if person is None or answer is None or not may_second(doing.actor, answer.person_id, shown, answer_id):
        return Refused(NOT_SHOWN)
    # Somebody was quicker, or the analyst has closed it: there is nothing left to say.
    answer_rows.change(session, answer_id, (AnswerState.OPEN,), unseconded=True, seconded_by=person)
    return Done(note=SECONDED)


def period_value(period: Period) -> str:
    """What a box of the form carries."""
    return f"{period.clinician_id}:{period.start.isoformat()}"


def case_value(day: date, case_ref: str) -> str:
    """What a case of a form carries: references may come again in another period."""
    return f"{day.isoformat()}:{case_ref}"


def _answerer(session: Session, doing: Doing, words: str) -> int | Refused:
    """Who answers figures of their own in these words, or why they cannot."""
    person = known(doing.actor)
    if person is None or not may_answer_figures(doing.actor, person):
        return Refused(UNSURE)
    wrong = _refuse(session, words.strip())
    return person if wrong is None else Refused(wrong)


def _asked(session: Session, doing: Doing, week: str, key: str, words: str) -> tuple[int, Window] | Refused:
    """Who answers, and the figures that their digest told; or why nothing is saved."""
    person = _answerer(session, doing, words)
    if isinstance(person, Refused):
        return person
    found = gather.window(session, person, week, key, doing.settings)
    return Refused(NOT_THERE) if found is None else (person, found)


def _refuse(session: Session, words: str) -> str | None:
    if not words:
        return NO_WORDS
    return TOO_LONG if len(words) > LONGEST_WORDS else refuse_text(session, words)


def _keep(session: Session, doing: Doing, found: Window, kind: AnswerKind, words: str, *, shown: bool) -> int:
    person = known(doing.actor)
    assert person is not None
    answer = FigureAnswer(
        person_id=person,
        measure_id=found.measure_id,
        digest_id=found.digest_id,
        kind=kind,
        first_day=found.first_day,
        last_day=found.last_day,
        words=words.strip(),
        shown_to_group=shown,
        said_at=doing.now,
    )
    session.add(answer)
    session.flush()
    assert answer.id is not None
    return answer.id


def _version(session: Session, measure_id: int) -> MeasureVersion | None:
    return current_measures(session).get(talk_rows.key_of_measure(session, measure_id))


def _around(session: Session, person: int, version: MeasureVersion, first: date, last: date) -> list[Period]:
    """The periods in which days between these two may lie."""
    # A period is a month at most, and a week may start on any weekday.
    start = date.fromordinal(first.toordinal() - 31)
    return gather.own_periods(session, person, version, start, date.fromordinal(last.toordinal() + 31))


def _placed(cases: Iterable[Case], periods: Iterable[Period]) -> list[tuple[Period, Case]]:
    """Each case with the period that counts it; those that none counts are left out."""
    periods = list(periods)
    return [
        (one, case)
        for case in cases
        for one in periods
        if one.clinician_id == case.clinician_id and one.start <= case.day <= one.end
    ]


def _place(period: Period, case: Case) -> tuple[int, date, str]:
    return period.clinician_id, period.start, case.case_ref


def _rows_of(answer_id: int, placed: Iterable[tuple[Period, Case]]) -> list[SetAside]:
    """One row a reference and period: the same reference on two days is one."""
    rows: dict[tuple[int, date, str], SetAside] = {}
    for period, case in placed:
        key = _place(period, case)
        row = rows.setdefault(
            key,
            SetAside(
                answer_id=answer_id,
                measure_id=case.measure_id,
                clinician_id=period.clinician_id,
                period_start=period.start,
                case_ref=case.case_ref,
                numerator=0.0,
                denominator=0.0,
            ),
        )
        row.numerator += case.weight if case.met else 0.0
        row.denominator += case.weight
    return list(rows.values())


def _thanks(
    session: Session,
    doing: Doing,
    person: int,
    measure_id: int,
    periods: Collection[Period],
    aside: bool,
) -> str:
    said = [THANKS]
    if aside:
        said.append(BOTH)
        rows: list[Aside] = answer_rows.standing_asides(session, [measure_id], person_id=person)
        if gather.share_is_for_the_measure(rows, periods):
            said.append(NOBODY_JUDGED)
    readers = gather.readers(session, person, doing.today)
    said.append(
        "You hear from Rounds what the analyst says of it; your Home shows it until then."
        if readers
        else "There is no analyst for your unit yet, so it waits on your Home until there is one."
    )
    return " ".join(said)
