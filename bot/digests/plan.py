"""Who gets a digest when, and what becomes of it: due rows in, digest and outbox rows out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlmodel import Session

from bot.clock import Clock, local_date
from bot.courier.letters import Letter, put
from bot.digests.due import next_due, zone_or
from bot.digests.facts import Correction, PastDigest
from bot.digests.gather import Windows, open_book
from bot.digests.history import (
    FIRST_DAY,
    LAST_DAY,
    corrections_for,
    facts_of_corrections,
    past_digests,
)
from bot.digests.render import Rendered, WeekRenderer, as_payload
from bot.digests.select import Quiet
from bot.digests.trends import as_json
from bot.digests.weeks import IsoWeek
from bot.digests.write import WritingContext, welcome
from bot.settings import Settings
from storage.digest_queries import (
    SETTLED,
    Recipient,
    add_preference,
    away_on,
    claim_digest,
    data_version,
    digest_of,
    digest_of_outbox,
    due_people,
    measure_ids,
    recipients,
    release_period,
    told_digests,
    without_preference,
    zone_names,
)
from storage.digests import Digest
from storage.engine import Database
from storage.figures import measure_keys
from storage.outbox import OutboxRow
from storage.people import DigestPreference
from storage.terms import DigestState, Frequency, OutboxState, Priority, Weekday

log = structlog.stdlib.get_logger()

KIND = "digest"
WELCOME = "welcome"
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


class Planner:
    """Plans digests. Keeps the last book of comparisons, since a whole site's Monday shares one."""

    def __init__(self, database: Database, clock: Clock, settings: Settings, team_id: str) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._team_id = team_id
        self._renderer: WeekRenderer | None = None
        self._made_from: tuple[IsoWeek, tuple[int, int]] | None = None

    def tick(self) -> int:
        """Do what is due: schedule newcomers, follow changed time zones, plan. Returns digests planned."""
        self._schedule()
        now = self._clock.now()
        with self._database.read() as session:
            due = due_people(session, now, BATCH)
            zones = zone_names(session, self._team_id)
        by_week: dict[IsoWeek, list[DigestPreference]] = {}
        for preference in due:
            assert preference.next_due is not None
            zone = zone_or(zones.get(preference.person_id), self._settings.zone)
            # A digest that is late is about the last whole week, not about the one it was due for.
            by_week.setdefault(IsoWeek.before(local_date(now, zone)), []).append(preference)
        planned = 0
        for week, preferences in sorted(by_week.items()):
            report = self._plan(week, {preference.person_id: preference for preference in preferences})
            planned += report.planned
        return planned

    def plan_week(self, week: IsoWeek, emails: Collection[str] | None = None) -> PlanReport:
        """Plan a week for everybody (or some) now, whatever their day and time; again is harmless."""
        self._schedule()
        return self._plan(week, None, emails=emails)

    def renderer(self, week: IsoWeek) -> WeekRenderer:
        """The renderer of a week, kept until the data or the week changes."""
        with self._database.read() as session:
            made_from = (week, data_version(session))
            if self._renderer is None or made_from != self._made_from:
                book = open_book(session, week.sunday, windows(self._settings), written_on=week.written_on)
                self._renderer = WeekRenderer(book, week, self._settings.rounds_purpose)
                self._made_from = made_from
        return self._renderer

    def _schedule(self) -> None:
        """Give newcomers their first due time, and move due times along with a changed time zone."""
        now = self._clock.now()
        today = local_date(now, self._settings.zone)
        with self._database.read() as session:
            newcomers = without_preference(session, today)
            zones = zone_names(session, self._team_id)
            stale = [
                row
                for row in recipients(session, today, self._team_id)
                if row.preference.next_due is None
                or row.preference.due_zone != self._zone(zones, row.person_id).key
            ]
        if not newcomers and not stale:
            return
        with self._database.write() as session:
            for person_id in newcomers:
                add_preference(session, person_id)
            for person_id in [*newcomers, *(row.person_id for row in stale)]:
                preference = session.get(DigestPreference, person_id)
                if preference is not None:
                    self._set_next_due(preference, now, zones)

    def _zone(self, zones: dict[int, str | None], person_id: int) -> Any:
        return zone_or(zones.get(person_id), self._settings.zone)

    def _set_next_due(
        self, preference: DigestPreference, after: datetime, zones: dict[int, str | None]
    ) -> None:
        set_next_due(preference, after, self._zone(zones, preference.person_id), self._settings)

    def _plan(
        self,
        week: IsoWeek,
        due: dict[int, DigestPreference] | None,
        emails: Collection[str] | None = None,
    ) -> PlanReport:
        now = self._clock.now()
        with self._database.read() as session:
            today = local_date(now, self._settings.zone)
            people = recipients(session, today, self._team_id, emails=emails, ids=due)
            ids = [row.person_id for row in people]
            away = away_on(session, ids, today)
            told = told_digests(session, ids, str(week))
            keys = measure_keys(session)
            zones = zone_names(session, self._team_id)
        planned = already = 0
        reasons: dict[str, list[str]] = {}
        for row in people:
            with self._database.read() as session:
                existing = digest_of(session, row.person_id, str(week))
            if existing is not None and existing.state in SETTLED:
                already += 1
                self._move_on(row.person_id, now, zones, due)
                continue
            reason = self._not_now(row, now, today, row.person_id in away, due)
            past = past_digests(told.get(row.person_id, []), keys)
            state = self._write(row, week, now, reason, past, zones, due)
            if state is None:
                already += 1
            elif state[0] is DigestState.PLANNED:
                planned += 1
            else:
                reasons.setdefault(state[1], []).append(row.code)
        if due:
            gone = set(due) - set(ids)
            for person_id in gone:
                self._move_on(person_id, now, zones, due)
        return PlanReport(planned, already, reasons)

    def _not_now(
        self, row: Recipient, now: datetime, today: date, away: bool, due: dict[int, DigestPreference] | None
    ) -> tuple[DigestState, str] | None:
        """Why this person gets no digest now; None if they do."""
        preference = row.preference
        if preference.opted_out_at is not None:
            return DigestState.SKIPPED, "They ended their digest."
        if preference.paused_until is not None and today < preference.paused_until:
            return DigestState.SKIPPED, "They paused their digest."
        if away:
            return DigestState.SKIPPED, "They are away."
        late = timedelta(hours=self._settings.rounds_late_after_hours)
        was_due = due[row.person_id].next_due if due is not None and row.person_id in due else None
        if was_due is not None and now - was_due > late:
            return DigestState.SKIPPED, "Rounds was not running when it was due."
        if row.account is None:
            return DigestState.HELD, "Nobody in Slack has this email address."
        return None

    def _write(
        self,
        row: Recipient,
        week: IsoWeek,
        now: datetime,
        reason: tuple[DigestState, str] | None,
        past: Sequence[PastDigest],
        zones: dict[int, str | None],
        due: dict[int, DigestPreference] | None,
    ) -> tuple[DigestState, str] | None:
        """Render one digest and keep it, with its message, in one transaction; None if it was there."""
        rendered: Rendered | None = None
        corrections: tuple[Correction, ...] = ()
        if reason is None:
            renderer = self.renderer(week)
            corrections = corrections_for(row.person_id, renderer.book, week, past)
            every_week = row.preference.frequency is Frequency.EVERY_WEEK
            outcome = renderer.render(row.person_id, past, corrections, every_week=every_week)
            if isinstance(outcome, Quiet):
                reason = DigestState.QUIET, outcome.reason
            else:
                rendered = outcome
        state, why = reason or (DigestState.PLANNED, "")
        with self._database.write() as session:
            digest = Digest(person_id=row.person_id, week=str(week), state=state, reason=why, planned_at=now)
            if rendered is not None:
                _fill(digest, rendered, corrections, measure_ids(session))
            claimed = claim_digest(session, digest)
            if claimed and rendered is not None:
                first = row.preference.welcomed_at is None
                digest_row = session.get(Digest, digest.id)
                assert digest_row is not None
                digest_row.outbox_id = self._post(session, row, week, rendered, now, first=first)
            preference = session.get(DigestPreference, row.person_id)
            if preference is not None:
                if claimed and rendered is not None and preference.welcomed_at is None:
                    preference.welcomed_at = now
                if due is not None:
                    self._set_next_due(preference, now, zones)
        return (state, why) if claimed else None

    def _post(
        self,
        session: Session,
        row: Recipient,
        week: IsoWeek,
        rendered: Rendered,
        now: datetime,
        *,
        first: bool,
    ) -> int | None:
        lane = f"person:{row.person_id}"
        welcome_id = self._welcome(session, row, week, now) if first else None
        release_period(session, KIND, lane, str(week))
        return put(
            session,
            Letter(
                kind=KIND,
                lane=lane,
                recipient_id=row.person_id,
                payload=as_payload(rendered.message),
                picture=rendered.picture,
                period=str(week),
                priority=Priority.BULK,
                # The next week's digest takes its place.
                expires_at=now + timedelta(days=7),
                guard={"name": "digest", "person_id": row.person_id},
                depends_on=welcome_id,
            ),
            now=now,
        )

    def _welcome(self, session: Session, row: Recipient, week: IsoWeek, now: datetime) -> int | None:
        context = WritingContext(
            week=week, reference=str(week), alt_text=None, purpose=self._settings.rounds_purpose
        )
        return put(
            session,
            Letter(
                kind=WELCOME,
                lane=f"person:{row.person_id}",
                recipient_id=row.person_id,
                payload=as_payload(welcome(context)),
                period="once",
                priority=Priority.BULK,
            ),
            now=now,
        )

    def _move_on(
        self,
        person_id: int,
        now: datetime,
        zones: dict[int, str | None],
        due: dict[int, DigestPreference] | None,
    ) -> None:
        if due is None:
            return
        with self._database.write() as session:
            preference = session.get(DigestPreference, person_id)
            if preference is not None:
                self._set_next_due(preference, now, zones)


def wanted_time(preference: DigestPreference, settings: Settings) -> tuple[Weekday, time]:
    """The weekday and time of a person's digest: their own, or the site's."""
    at = settings.rounds_digest_time if preference.at is None else preference.at
    return preference.weekday or settings.rounds_digest_weekday, at


def set_next_due(preference: DigestPreference, after: datetime, zone: ZoneInfo, settings: Settings) -> None:
    """Write down the first moment after `after` (aware) that is the person's weekday and time."""
    weekday, at = wanted_time(preference, settings)
    preference.next_due = next_due(after, weekday, at, zone)
    preference.due_zone = zone.key


def windows(settings: Settings) -> Windows:
    """How much is compared together, by the settings."""
    return Windows(
        weeks=settings.rounds_window_weeks,
        months=settings.rounds_window_months,
        small_count=settings.rounds_small_count,
    )


def still_wanted(session: Session, person_id: int, today: date) -> str | None:
    """Asked again just before a digest is posted: why it is no longer wanted, or None."""
    preference = session.get(DigestPreference, person_id)
    if preference is not None and preference.opted_out_at is not None:
        return "They ended their digest."
    if preference is not None and preference.paused_until is not None and today < preference.paused_until:
        return "They paused their digest."
    if away_on(session, [person_id], today):
        return "They are away."
    return None


def digest_finished(session: Session, row: OutboxRow) -> None:
    """Called in the courier's transaction when a message is finished: the digest's state follows it."""
    if row.kind != KIND or row.id is None:
        return
    digest = digest_of_outbox(session, row.id)
    if digest is None:
        return
    states = {
        OutboxState.SENT: DigestState.SENT,
        OutboxState.CANCELLED: DigestState.HELD,
        OutboxState.EXPIRED: DigestState.SKIPPED,
        OutboxState.FAILED: DigestState.FAILED,
    }
    digest.state = states.get(row.state, digest.state)
    digest.reason = "" if row.state is OutboxState.SENT else row.outcome


def _fill(digest: Digest, rendered: Rendered, corrections: Sequence[Correction], ids: dict[str, int]) -> None:
    choice = rendered.choice
    digest.measure_id = ids[choice.view.measure.key]
    digest.message_type = choice.message_type.value
    digest.facts = {
        **rendered.message.facts,
        **facts_of_corrections(corrections),
        FIRST_DAY: float(choice.view.first_day.toordinal()),
        LAST_DAY: float(choice.view.last_day.toordinal()),
    }
    # What the Home shows is kept as it was compared: opening it computes nothing.
    digest.message = {
        **as_payload(rendered.message),
        "views": rendered.views,
        "headline": rendered.message.headline,
        "trends": [as_json(trend) for trend in rendered.trends],
    }
