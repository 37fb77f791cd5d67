"""Who gets a digest when, and what becomes of it: due rows in, digest and outbox rows out."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlmodel import Session

from bot.answers.gather import Varied, varied
from bot.clock import Clock, local_date
from bot.digests.due import next_due, zone_or
from bot.digests.facts import Correction, PastDigest
from bot.digests.gather import Windows, open_book
from bot.digests.history import (
    corrections_for,
    past_digests,
)
from bot.digests.letters import fill, put_digest
from bot.digests.render import Rendered, WeekRenderer
from bot.digests.select import Quiet
from bot.digests.weeks import IsoWeek
from bot.digests.write import WritingContext
from bot.names.asking import question_for, with_question
from bot.settings import Settings
from bot.talks import gather as talk_gather
from bot.talks.rules import Offers
from storage.consent_rows import note_asked
from storage.digest_queries import (
    Recipient,
    add_preference,
    away_on,
    claim_digest,
    data_version,
    due_people,
    measure_ids,
    recipients,
    settled_people,
    told_digests,
    without_preference,
    zone_names,
)
from storage.digests import Digest
from storage.engine import Database
from storage.figures import absences, measure_keys
from storage.people import Absence, DigestPreference
from storage.terms import DigestState, Frequency, Weekday

log = structlog.stdlib.get_logger()

# Why somebody got no digest, for the record and for `rounds digest send`.
ENDED = "They ended their digest."
PAUSED = "They paused their digest."
AWAY = "They are away."
NOT_RUNNING = "Rounds was not running when it was due."
NO_ACCOUNT = "Nobody in Slack has this email address."

# How many due people one tick works on, so that a large site's Monday does not hold up everything else.
BATCH = 100


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What planning did, by the state in which it left each person's digest of the week."""

    planned: int = 0
    already: int = 0
    others: dict[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{self.planned} planned, {self.already} already planned or sent"]
        lines += [f"{len(codes)}: {reason}" for reason, codes in sorted(self.others.items())]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Occasion:
    """One round of planning: the week it is about, when it happens, and for whom it was due.

    `due` is None where a week is planned whatever people's day and time; `offers` is what colleagues offer,
    `varied` where they told why theirs differed.
    """

    week: IsoWeek
    now: datetime
    zones: Mapping[int, ZoneInfo]
    due: Mapping[int, datetime] | None
    offers: Offers = field(default_factory=Offers)
    varied: Varied = field(default_factory=Varied)

    def today(self, person_id: int) -> date:
        """The day where the person is."""
        return local_date(self.now, self.zones[person_id])


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What planning decides for one person: a digest, or why there is none."""

    state: DigestState
    reason: str = ""
    rendered: Rendered | None = None
    corrections: tuple[Correction, ...] = ()


class Planner:
    """Plans digests. Keeps the last book of comparisons, since a whole site's Monday shares one."""

    def __init__(self, database: Database, clock: Clock, settings: Settings, team_id: str) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._team_id = team_id
        self._renderer: WeekRenderer | None = None
        self._made_from: tuple[IsoWeek, tuple[int, ...]] | None = None
        # A renderer's layers hold one picture at a time: two rounds at once would draw into each other's.
        self._alone = threading.Lock()

    def tick(self) -> int:
        """Do what is due: schedule newcomers, follow changed time zones, plan. Returns digests planned.

        A tick that comes while another round is under way does nothing: what is due is still due.
        """
        if not self._alone.acquire(blocking=False):
            return 0
        try:
            return self._tick()
        finally:
            self._alone.release()

    def _tick(self) -> int:
        self._schedule()
        now = self._clock.now()
        with self._database.read() as session:
            due = due_people(session, now, BATCH)
            zones = self._zones(session, [preference.person_id for preference in due])
        by_week: dict[IsoWeek, dict[int, datetime]] = {}
        for preference in due:
            assert preference.next_due is not None
            # A digest that is late is about the last whole week, not about the one it was due for.
            week = IsoWeek.before(local_date(now, zones[preference.person_id]))
            by_week.setdefault(week, {})[preference.person_id] = preference.next_due
        return sum(self._plan(week, now, people).planned for week, people in sorted(by_week.items()))

    def plan_week(self, week: IsoWeek, emails: Collection[str] | None = None) -> PlanReport:
        """Plan a week for everybody (or some) now, whatever their day and time; again is harmless."""
        with self._alone:
            self._schedule()
            return self._plan(week, self._clock.now(), None, emails)

    def renderer(self, week: IsoWeek) -> WeekRenderer:
        """The renderer of a week, kept until the data or the week changes."""
        with self._database.read() as session:
            made_from = (week, data_version(session))
            renderer = self._renderer
            if renderer is None or made_from != self._made_from:
                book = open_book(session, week.sunday, windows(self._settings), written_on=week.written_on)
                renderer = WeekRenderer(book, week, self._settings.rounds_purpose, self._settings.language)
                self._renderer, self._made_from = renderer, made_from
        return renderer

    def _schedule(self) -> None:
        """Give newcomers their first due time, and move due times along with a changed time zone."""
        now = self._clock.now()
        today = local_date(now, self._settings.zone)
        with self._database.read() as session:
            newcomers = without_preference(session, today)
            people = recipients(session, today, self._team_id)
            zones = self._zones(session, [*newcomers, *(row.person_id for row in people)])
        # What is due already is planned in this round, and gets its next time in the new zone then.
        stale = [
            row.person_id
            for row in people
            if row.preference.next_due is None
            or (row.preference.next_due > now and row.preference.due_zone != zones[row.person_id].key)
        ]
        wanted = [*newcomers, *stale]
        # In small transactions: commands wait for the same lock.
        for some in (wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)):
            with self._database.write() as session:
                for person_id in some:
                    add_preference(session, person_id)
                    preference = session.get_one(DigestPreference, person_id)
                    # In the new zone the moment may have passed: then it is due now, and not in a week.
                    before = preference.next_due - timedelta(days=7) if preference.next_due else now
                    set_next_due(preference, min(now, before), zones[person_id], self._settings)

    def _zones(self, session: Session, people: Collection[int]) -> dict[int, ZoneInfo]:
        names = zone_names(session, self._team_id)
        return {person_id: zone_or(names.get(person_id), self._settings.zone) for person_id in people}

    def _plan(
        self,
        week: IsoWeek,
        now: datetime,
        due: Mapping[int, datetime] | None,
        emails: Collection[str] | None = None,
    ) -> PlanReport:
        with self._database.read() as session:
            site_today = local_date(now, self._settings.zone)
            people = recipients(session, site_today, self._team_id, emails=emails, ids=due)
            ids = [row.person_id for row in people]
            offers = talk_gather.offers(session, site_today, now, self._team_id)
            told_why = varied(session, site_today)
            occasion = _Occasion(week, now, self._zones(session, {*ids, *(due or ())}), due, offers, told_why)
            away = absences(session, site_today - timedelta(days=1), site_today + timedelta(days=1))
            told = told_digests(session, ids, str(week))
            settled = settled_people(session, str(week), ids)
            keys = measure_keys(session)
        planned, already = 0, 0
        reasons: dict[str, list[str]] = {}
        for row in people:
            outcome: _Outcome | None = None
            if row.person_id not in settled:
                past = past_digests(told.get(row.person_id, []), keys)
                outcome = self._keep(row, occasion, self._decide(row, occasion, away, past))
            if outcome is None:
                already += 1
                self._move_on([row.person_id], occasion)
            elif outcome.state is DigestState.PLANNED:
                planned += 1
            else:
                reasons.setdefault(outcome.reason, []).append(row.code)
        # Due, but without a code by now: asked again at their next time.
        self._move_on(set(due or ()) - set(ids), occasion)
        return PlanReport(planned, already, reasons)

    def _decide(
        self,
        row: Recipient,
        occasion: _Occasion,
        away: Mapping[int, Sequence[Absence]],
        past: Sequence[PastDigest],
    ) -> _Outcome:
        """The digest of one person, or the first reason why there is none."""
        preference, today = row.preference, occasion.today(row.person_id)
        if preference.opted_out_at is not None:
            return _Outcome(DigestState.SKIPPED, ENDED)
        if preference.paused_until is not None and today < preference.paused_until:
            return _Outcome(DigestState.SKIPPED, PAUSED)
        if any(absence.starts <= today <= absence.ends for absence in away.get(row.person_id, ())):
            return _Outcome(DigestState.SKIPPED, AWAY)
        was_due = (occasion.due or {}).get(row.person_id)
        late = timedelta(hours=self._settings.rounds_late_after_hours)
        if was_due is not None and occasion.now - was_due > late:
            return _Outcome(DigestState.SKIPPED, NOT_RUNNING)
        if row.account is None:
            return _Outcome(DigestState.HELD, NO_ACCOUNT)
        renderer = self.renderer(occasion.week)
        corrections = corrections_for(row.person_id, renderer.book, occasion.week, past)
        every_week = preference.frequency is Frequency.EVERY_WEEK
        rendered = renderer.render(
            row.person_id,
            past,
            corrections,
            every_week=every_week,
            offers=occasion.offers,
            varied=occasion.varied.keys_for(row.person_id),
        )
        if isinstance(rendered, Quiet):
            return _Outcome(DigestState.QUIET, rendered.reason)
        return _Outcome(DigestState.PLANNED, "", rendered, corrections)

    def _keep(self, row: Recipient, occasion: _Occasion, outcome: _Outcome) -> _Outcome | None:
        """Keep the outcome, the message and the next due time in one transaction; None if it was there."""
        digest = Digest(
            person_id=row.person_id,
            week=str(occasion.week),
            state=outcome.state,
            reason=outcome.reason,
            planned_at=occasion.now,
        )
        with self._database.write() as session:
            asks_about = None
            if outcome.rendered is not None:
                asks_about = self._question(session, row.person_id, occasion, outcome.rendered)
                if asks_about is not None:
                    asked = with_question(outcome.rendered.message, asks_about, self._settings.language)
                    outcome = replace(outcome, rendered=replace(outcome.rendered, message=asked))
                assert outcome.rendered is not None
                fill(digest, outcome.rendered, outcome.corrections, measure_ids(session))
            if not claim_digest(session, digest):
                return None
            if asks_about is not None:
                note_asked(session, row.person_id, asks_about, occasion.now)
            preference = session.get_one(DigestPreference, row.person_id)
            if outcome.rendered is not None:
                first = preference.welcomed_at is None
                session.get_one(Digest, digest.id).outbox_id = put_digest(
                    session,
                    row.person_id,
                    outcome.rendered,
                    occasion.now,
                    self._context(occasion.week),
                    first=first,
                )
            if occasion.due is not None:
                set_next_due(preference, occasion.now, occasion.zones[row.person_id], self._settings)
        return outcome

    def _question(
        self, session: Session, person_id: int, occasion: _Occasion, rendered: Rendered
    ) -> int | None:
        """The peer group about whose names this digest asks; None for most of them."""
        group = rendered.choice.view.group
        return question_for(session, person_id, group, occasion.today(person_id), self._settings)

    def _context(self, week: IsoWeek) -> WritingContext:
        return WritingContext(
            week=week,
            reference=str(week),
            purpose=self._settings.rounds_purpose,
            language=self._settings.language,
        )

    def _move_on(self, people: Collection[int], occasion: _Occasion) -> None:
        """Give people whose digest was due, and is there or cannot be, their next due time."""
        if occasion.due is None or not people:
            return
        with self._database.write() as session:
            for person_id in people:
                preference = session.get_one(DigestPreference, person_id)
                set_next_due(preference, occasion.now, occasion.zones[person_id], self._settings)


def wanted_time(preference: DigestPreference, settings: Settings) -> tuple[Weekday, time]:
    """The weekday and time of a person's digest: their own, or the site's."""
    at = settings.rounds_digest_time if preference.at is None else preference.at
    return preference.weekday or settings.rounds_digest_weekday, at


def set_next_due(preference: DigestPreference, after: datetime, zone: ZoneInfo, settings: Settings) -> None:
    """Write down the first moment after `after` (aware) that is the person's weekday and time."""
    weekday, at = wanted_time(preference, settings)
    preference.next_due = next_due(after, weekday, at, zone)
    preference.due_zone = zone.key


def windows(settings: Settings, periods: int | None = None) -> Windows:
    """How much is compared together: `periods`, or what the settings say."""
    return Windows(
        weeks=periods or settings.rounds_window_weeks,
        months=periods or settings.rounds_window_months,
        small_count=settings.rounds_small_count,
    )


def still_wanted(session: Session, person_id: int, today: date) -> str | None:
    """Asked again just before a digest is posted: why it is no longer wanted, or None."""
    preference = session.get(DigestPreference, person_id)
    if preference is not None and preference.opted_out_at is not None:
        return ENDED
    if preference is not None and preference.paused_until is not None and today < preference.paused_until:
        return PAUSED
    if away_on(session, [person_id], today):
        return AWAY
    return None
