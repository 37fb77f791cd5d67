"""From storage to what a clinician can say of a figure, has said, and reads of colleagues' reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from sqlmodel import Session

from bot.access import Actor
from bot.answers.facts import AnswersAtHome, OwnAnswer, Period, Reason, Waiting, Window
from bot.answers.rules import LEAST_REASONS, is_for_the_measure, leave, take_together
from bot.clock import local_date
from bot.digests.history import FIRST_DAY
from bot.digests.select import through
from bot.digests.weeks import last_day, next_start
from bot.ideas.doing import Doing
from bot.ideas.leading import known, name_of
from bot.settings import Settings
from storage import answer_rows, idea_rows, talk_rows
from storage.answer_rows import Aside
from storage.answers import FigureAnswer
from storage.case_queries import Case
from storage.digest_queries import SETTLED, digest_of
from storage.digests import Digest
from storage.figures import current_measures, current_observations, measure_keys
from storage.measures import MeasureVersion
from storage.terms import Counts, PeriodLength, RoleName

# Reasons older than that are of another time.
TOLD_FOR: Final = timedelta(days=365)
ON_HOME: Final = 5
ON_PAGE: Final = 20


def window(session: Session, person_id: int, week: str, key: str, settings: Settings) -> Window | None:
    """What the person's digest of a week told of a measure ("": of the one that led), period by period.

    None without such a digest, or where it did not look at that measure.
    """
    digest = digest_of(session, person_id, week)
    if digest is None or digest.state not in SETTLED:
        return None
    if not key and digest.measure_id is not None:
        key = talk_rows.key_of_measure(session, digest.measure_id)
    version = current_measures(session).get(key)
    told = digest.facts.get(through(key))
    if version is None or told is None or digest.id is None:
        return None
    first, last = _span(digest, version, date.fromordinal(int(told)), settings)
    periods = own_periods(session, person_id, version, first, last)
    if version.counts is Counts.PANEL:
        periods = periods[-1:]
    whole = {
        (row.clinician_id, row.period_start)
        for row in answer_rows.standing_asides(session, [version.measure_id], person_id=person_id)
        if not row.case_ref
    }
    return Window(
        digest_id=digest.id,
        week=week,
        measure_id=version.measure_id,
        key=key,
        title=version.title,
        kind=version.kind,
        first_day=periods[0].start if periods else first,
        last_day=last,
        periods=tuple(
            Period(one.clinician_id, one.start, one.end, one.numerator, one.denominator, aside=True)
            if (one.clinician_id, one.start) in whole
            else one
            for one in periods
        ),
    )


def _span(digest: Digest, version: MeasureVersion, last: date, settings: Settings) -> tuple[date, date]:
    if digest.measure_id == version.measure_id and FIRST_DAY in digest.facts:
        return date.fromordinal(int(digest.facts[FIRST_DAY])), last
    if version.period is PeriodLength.WEEK:
        return next_start(last - timedelta(days=6), version.period, 1 - settings.rounds_window_weeks), last
    return next_start(last.replace(day=1), version.period, 1 - settings.rounds_window_months), last


def own_periods(
    session: Session, person_id: int, version: MeasureVersion, first: date, last: date
) -> list[Period]:
    """A person's current figures of a measure between two days, in the time in which the code was theirs."""
    bound = answer_rows.bindings(session, person_id)
    if not bound:
        return []
    codes = {one.clinician_id for one in bound}
    found = current_observations(session, [version.measure_id], first, last, clinicians=codes)
    periods = []
    for index, clinician in enumerate(found.clinician.tolist()):
        start: date = found.period[index].item()
        end = last_day(start, version.period)
        theirs = any(b.clinician_id == clinician and b.starts <= start and end <= b.ends for b in bound)
        if theirs and end <= last:
            counts = float(found.numerator[index]), float(found.denominator[index])
            periods.append(Period(clinician, start, end, *counts))
    return sorted(periods, key=lambda one: (one.start, one.clinician_id))


def aside_among(
    session: Session, person_id: int, measure_id: int, cases: Iterable[Case], length: PeriodLength
) -> set[Case]:
    """Those of a person's cases that are set aside; `length` is that of the measure's periods."""
    aside = answer_rows.cases_aside(session, person_id, measure_id)
    starts: dict[tuple[int, str], list[date]] = {}
    for clinician_id, start, ref in aside:
        starts.setdefault((clinician_id, ref), []).append(start)
    return {
        case
        for case in cases
        for start in starts.get((case.clinician_id, case.case_ref), ())
        if start <= case.day <= last_day(start, length)
    }


def recent_periods(
    session: Session, person_id: int, version: MeasureVersion, until: date, settings: Settings
) -> list[Period]:
    """A person's figures of a measure over about a window up to a day (a panel's: the latest alone)."""
    weeks, months = settings.rounds_window_weeks, settings.rounds_window_months
    first = until - timedelta(days=7 * weeks - 1)
    if version.period is PeriodLength.MONTH:
        first = next_start(until.replace(day=1), version.period, 1 - months)
    periods = own_periods(session, person_id, version, first, until)
    return periods[-1:] if version.counts is Counts.PANEL else periods


def share_is_for_the_measure(rows: Iterable[Aside], periods: Collection[Period]) -> bool:
    """Whether more than a tenth of these periods is set aside, so that the measure is looked at (D19)."""
    taken = take_together(rows)
    gone = sum(
        min(one.denominator, taken[one.clinician_id, one.start].denominator)
        for one in periods
        if (one.clinician_id, one.start) in taken
    )
    return is_for_the_measure(gone, sum(one.denominator for one in periods))


def have_changed(rows: Iterable[Aside], periods: Collection[Period], version: MeasureVersion) -> bool:
    """Whether an import has changed counts since they were set aside: others, or fewer than were."""
    by_place = {(one.clinician_id, one.start): one for one in periods}
    rows = list(rows)
    for row in rows:
        now = by_place.get((row.clinician_id, row.period_start))
        if now is None or (
            not row.case_ref and (row.numerator, row.denominator) != (now.numerator, now.denominator)
        ):
            return True
    return any(
        leave(by_place[place].numerator, by_place[place].denominator, taken, version.kind).clipped
        for place, taken in take_together(rows).items()
    )


def measures_of(session: Session, person_id: int, week: str) -> list[tuple[str, str]]:
    """Key and title of each measure that the person's digest of a week looked at, by title."""
    digest = digest_of(session, person_id, week)
    if digest is None or digest.state not in SETTLED:
        return []
    found = [
        (key, version.title)
        for key, version in current_measures(session).items()
        if through(key) in digest.facts
    ]
    return sorted(found, key=lambda one: (one[1].casefold(), one[0]))


# -- who reads it, and what one has said ----


def readers(session: Session, person_id: int, today: date) -> tuple[str, ...]:
    """The names of the analysts who read what this person says, by name."""
    units = {
        unit.id
        for place in idea_rows.units_of(session, person_id, today)
        for unit in idea_rows.unit_chain(session, place)
    }
    found: set[int] = set(idea_rows.role_holders(session, RoleName.ANALYST, None, today))
    for unit_id in units:
        found.update(idea_rows.role_holders(session, RoleName.ANALYST, unit_id, today))
    people = idea_rows.people(session, sorted(found - {person_id}))
    return tuple(sorted(name_of(person) for person in people.values()))


def own_answers(
    session: Session, person_id: int, settings: Settings, *, offset: int = 0, limit: int
) -> tuple[OwnAnswer, ...]:
    """What somebody has said, the latest first."""
    rows = answer_rows.own_answers(session, person_id, offset=offset, limit=limit)
    return _told(session, rows, settings)


def own_answer(session: Session, answer_id: int, settings: Settings) -> OwnAnswer | None:
    """One answer, as whoever gave it sees it."""
    row = session.get(FigureAnswer, answer_id)
    return None if row is None else _told(session, [row], settings)[0]


def _told(session: Session, rows: Collection[FigureAnswer], settings: Settings) -> tuple[OwnAnswer, ...]:
    if not rows:
        return ()
    titles = idea_rows.measure_titles(session)
    people = idea_rows.people(session, [row.answered_by for row in rows])
    aside = answer_rows.asides_of(session, [row.id or 0 for row in rows])
    return tuple(
        OwnAnswer(
            answer_id=row.id or 0,
            title=titles.get(row.measure_id, "a measure"),
            kind=row.kind,
            state=row.state,
            words=row.words,
            said_on=local_date(row.said_at, settings.zone),
            aside=_amount(aside.get(row.id or 0, [])),
            seconded=row.seconded_by is not None,
            by=name_of(people.get(row.answered_by)) if row.closed_at is not None and row.answered_by else "",
            reply=row.reply,
        )
        for row in rows
    )


def _amount(rows: Iterable[Aside]) -> float:
    return sum(taken.denominator for taken in take_together(rows).values())


# -- what waits for an analyst, and the Home ----


def analyst_units(actor: Actor) -> frozenset[int] | None:
    """The units in which somebody is an analyst; none for the whole site. Raises LookupError for others."""
    places = {unit_id for role, unit_id in actor.roles if role is RoleName.ANALYST}
    if not places or known(actor) is None:
        raise LookupError("not an analyst")
    return None if None in places else frozenset(unit for unit in places if unit is not None)


def waiting(
    session: Session, doing: Doing, *, offset: int = 0, limit: int = ON_PAGE
) -> tuple[tuple[Waiting, ...], int] | None:
    """One page of what waits for this analyst, the oldest first, and how many there are; None for others."""
    person = known(doing.actor)
    try:
        units = analyst_units(doing.actor)
    except LookupError:
        return None
    if person is None:
        return None
    rows = answer_rows.waiting(session, units, doing.today, but_not=person, offset=offset, limit=limit)
    titles = idea_rows.measure_titles(session) if rows else {}
    found = tuple(
        Waiting(
            row.id or 0,
            titles.get(row.measure_id, "a measure"),
            row.kind,
            local_date(row.said_at, doing.settings.zone),
        )
        for row in rows
    )
    return found, answer_rows.count_waiting(session, units, doing.today, but_not=person)


def at_home(session: Session, doing: Doing) -> AnswersAtHome:
    """What stands on somebody's own Home."""
    person = known(doing.actor)
    if person is None:
        return AnswersAtHome()
    in_all = answer_rows.count_own(session, person)
    queue = waiting(session, doing, limit=ON_HOME)
    return AnswersAtHome(
        mine=own_answers(session, person, doing.settings, limit=ON_HOME) if in_all else (),
        mine_in_all=in_all,
        waiting=None if queue is None else queue[0],
        waiting_in_all=0 if queue is None else queue[1],
    )


# -- why colleagues varied ----


@dataclass(frozen=True, slots=True)
class Varied:
    """Whose reasons there are, by measure key and peer group, and who is in which group."""

    people: Mapping[str, Mapping[int, frozenset[int]]] = field(default_factory=dict)
    groups: Mapping[int, Collection[int]] = field(default_factory=dict)

    def keys_for(self, person_id: int) -> frozenset[str]:
        """The measures on which enough others in a group of this person's gave reasons."""
        own = self.groups.get(person_id, ())
        return frozenset(
            key
            for key, by_group in self.people.items()
            if any(len(by_group.get(group, frozenset()) - {person_id}) >= LEAST_REASONS for group in own)
        )


def varied(session: Session, today: date) -> Varied:
    """Where colleagues have told why their figures differed, for everybody's digest."""
    rows = answer_rows.reasons(session, None, today - TOLD_FOR)
    if not rows:
        return Varied()
    keys, groups = measure_keys(session), answer_rows.groups_on(session, today)
    people: dict[str, dict[int, set[int]]] = {}
    for row in rows:
        for group in groups.get(row.person_id, ()):
            people.setdefault(keys[row.measure_id], {}).setdefault(group, set()).add(row.person_id)
    frozen = {
        key: {group: frozenset(found) for group, found in by_group.items()}
        for key, by_group in people.items()
    }
    return Varied(frozen, groups)


def reasons_for(session: Session, actor: Actor, key: str, today: date) -> tuple[Reason, ...]:
    """Colleagues' reasons on a measure for a member of their peer group; none before five others gave some.

    In the order of their words: nothing tells who said what, or when.
    """
    person_id, measure_id = known(actor), talk_rows.measure_of_key(session, key)
    if person_id is None or measure_id is None:
        return ()
    groups = answer_rows.groups_on(session, today)
    rows = [
        row
        for row in answer_rows.reasons(session, [measure_id], today - TOLD_FOR)
        if row.person_id != person_id
    ]
    found: dict[int, FigureAnswer] = {}
    for group in groups.get(person_id, ()):
        there = [row for row in rows if group in groups.get(row.person_id, ())]
        if len({row.person_id for row in there}) >= LEAST_REASONS:
            found |= {row.id or 0: row for row in there}
    told = [
        Reason(answer_id, row.words, row.seconded_by is None and row.closed_at is None)
        for answer_id, row in found.items()
    ]
    return tuple(sorted(told, key=lambda one: (one.words.casefold(), one.answer_id)))
