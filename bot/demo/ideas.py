"""Half a year of ideas at Northmere, done through the same acts as anybody's, under a clock that is moved.

So every history is one that can happen. What was written to people at the time is not sent any more: of the
letters only those stay that belong to today.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.access import Actor, identify, with_duties
from bot.clock import ManualClock, local_date
from bot.demo import world
from bot.demo.generate import DemoWorld
from bot.demo.idea_stories import LEADER, MANAGER, Adoption, Step, Stories, Story, read_stories
from bot.demo.leading import BEFORE, Happening
from bot.goals.names import ASK_UPDATE
from bot.ideas import acts, due, telling
from bot.ideas.anonymous.batch import NEWS
from bot.ideas.anonymous.sealing import sealer_of
from bot.ideas.decisions import Decision, Implementation, Study
from bot.ideas.doing import Doing, Outcome, Refused
from bot.ideas.facts import Draft
from bot.ideas.figures.metrics import month_before
from bot.ideas.figures.monthly import plan_month
from bot.ideas.lifecycle import DECISIONS, ENDED
from bot.ideas.working import is_free
from bot.ideas.working_on import STUDIES
from bot.leading.names import LEADER_UPDATE
from bot.settings import Settings
from bot.unit_month.due import KIND as UNIT_MONTH
from storage import idea_rows
from storage.engine import Database
from storage.idea_figures import remember_month
from storage.ideas import Idea, IdeaEvent, IdeaMessage
from storage.measures import Measure
from storage.outbox import OutboxRow
from storage.people import Person, SlackAccount, Unit
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaMessageKind as Message
from storage.terms import IdeaState, Op, OutboxState

SEED = 7
# What was told in the last days is still to be read.
_FRESH = timedelta(days=3)
_SHOWN_ANEW = (LEADER_UPDATE, ASK_UPDATE)  # what was sent shows what became of it since
_IN_WORDS: Mapping[str, Callable[[Session, Doing, int, str], Outcome]] = {
    "acknowledge": acts.acknowledge,
    "ask": acts.ask,
    "note": acts.note,
    "dispute": acts.dispute,
    "withdraw": acts.withdraw,
}
_TO_A_LINE: Mapping[str, tuple[Callable[[Session, Doing, int, int, str], Outcome], Event]] = {
    "answer": (acts.answer, Event.ASKED),
    "approve": (acts.approve, Event.APPROVAL_ASKED),
}
_BY_SENDER = frozenset({"answer", "verify", "dispute", "withdraw"})


def plant_ideas(
    database: Database,
    demo: DemoWorld,
    settings: Settings,
    now: datetime,
    team_id: str,
    *,
    seed: int = SEED,
    meanwhile: Iterable[Happening] = (),
) -> int:
    """Let the half year before `now` happen to an empty list of ideas. Returns how many there are.

    The people of `demo` must be in the database with their Slack accounts. The same arguments give the same
    ideas with the same histories. `meanwhile` is what else happened, each in its place. Last month's messages
    to the channels wait to be sent, and so does each current card. Raises ValueError where there are ideas
    already, an account is missing or no secret key is set; RuntimeError where a story cannot happen.
    """
    if sealer_of(settings) is None:
        raise ValueError("some of the demo's ideas are anonymous: ROUNDS_SECRET_KEY must be set")
    del demo  # its people are those of `bot.demo.world`
    stories = read_stories()
    with database.read() as session:
        if session.exec(select(Idea.id).limit(1)).first() is not None:
            raise ValueError("there are ideas already")
        cast = _cast(session, team_id, stories)
    _Half(database, settings, now, team_id, stories, cast, random.Random(seed)).happen(meanwhile)
    first = month_before(local_date(now, settings.zone).replace(day=1), 1)
    _forget_letters(database, now)
    with database.write() as session:
        remember_month(session, _key(month_before(first, 1)))
    plan_month(database, first, now, settings)
    with database.read() as session:
        return len(session.exec(select(Idea.id)).all())


@dataclass(frozen=True, slots=True)
class _Cast:
    """Slack users by name; units and measures by name and key."""

    users: Mapping[str, str]
    units: Mapping[str, int]
    measures: Mapping[str, int]


def _cast(session: Session, team_id: str, stories: Stories) -> _Cast:
    accounts = session.exec(
        select(Person.name, SlackAccount.user_id)
        .join(SlackAccount, col(SlackAccount.person_id) == Person.id)
        .where(SlackAccount.team_id == team_id)
    )
    users = dict(accounts.all())
    missing = {story.sender for story in stories.ideas} - users.keys()
    if missing:
        raise ValueError(f"no Slack account is known for {', '.join(sorted(missing))}")
    units = {unit.name: unit.id for unit in session.exec(select(Unit)) if unit.id is not None}
    measures = {
        measure.key: measure.id for measure in session.exec(select(Measure)) if measure.id is not None
    }
    return _Cast(users, units, measures)


class _Half:
    """The half year as it happens."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        now: datetime,
        team_id: str,
        stories: Stories,
        cast: _Cast,
        chance: random.Random,
    ) -> None:
        self._database, self._settings, self._team_id = database, settings, team_id
        self._now, self._stories, self._cast, self._chance = now, stories, cast, chance
        self._numbers: dict[int, int] = {}  # of each story, by its place among them
        self._actors: dict[str, Actor] = {}
        self._hidden = False  # whether something waits for a batch
        self._by_key = {story.key: place for place, story in enumerate(self._stories.ideas) if story.key}

    def happen(self, meanwhile: Iterable[Happening]) -> None:
        """Do everything in the order in which it happened."""
        things = sorted([*self._things(), *meanwhile], key=lambda thing: thing[0])
        with self._database.write() as session:
            # No message about the months before: they would all come at once.
            remember_month(session, _key(self._now.date()))
        for _, thing in things:
            thing()

    def _things(self) -> Iterator[tuple[datetime, Callable[[], None]]]:
        first = self._now
        for place, story in enumerate(self._stories.ideas):
            at = self._moment(story.days_ago, 0.0)
            first = min(first, at)
            yield at, self._handing_in(place, story, at)
            later = at + timedelta(minutes=1)
            for step in story.steps:
                later = max(self._moment(story.days_ago, step.after), later + timedelta(minutes=20))
                if later < self._now:
                    yield later, self._doing_step(place, story, step, later)
            for user in self._supporters(story):
                said = self._moment(story.days_ago, 1.0 + self._chance.random())
                if said < self._now:
                    yield max(said, at + timedelta(days=1)), self._supporting(place, user, said)
            for index, taken in enumerate(self._stories.adoptions):
                if taken.key == story.key:
                    adopted = self._after(later, taken.after)
                    yield from self._taken_up(place, len(self._stories.ideas) + index, taken, adopted)
        yield from self._ticks(local_date(first, self._settings.zone))

    def _taken_up(
        self, original: int, place: int, taken: Adoption, at: datetime
    ) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """An idea becomes one of another unit's own."""
        if at >= self._now:
            return
        yield at, self._adopting(original, place, taken, at)
        story = Story(taken.unit, taken.who, 0, "", taken.steps)
        for step in taken.steps:
            later = self._after(at, step.after)
            if later < self._now:
                yield later, self._doing_step(place, story, step, later)

    def _after(self, start: datetime, days: float) -> datetime:
        """That long after something, on a working day."""
        day = self._working(local_date(start, self._settings.zone) + timedelta(days=int(days)))
        minutes = 60 + round((days - int(days)) * 480)
        return datetime.combine(day, time(9, 10), self._settings.zone) + timedelta(minutes=minutes)

    def _moment(self, back: float, after: float) -> datetime:
        """When something happens: on working days, in the daytime; the part of a day after nine o'clock."""
        days = int(after)
        day = self._working(local_date(self._now, self._settings.zone) - timedelta(days=int(back)))
        if days:
            day = self._working(day + timedelta(days=days))
        # What somebody hands in comes in the middle of the day, what follows at a time of its own.
        minutes = 60 + round((after - days) * 480) if after else 30 + int(back) % 7 * 40
        return datetime.combine(day, time(9, 10), self._settings.zone) + timedelta(minutes=minutes)

    def _working(self, day: date) -> date:
        while is_free(self._settings.rounds_holidays, day):
            day += timedelta(days=1)
        return day

    def _ticks(self, first: date) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """What Rounds does by itself: each Monday, and with the batch where something waits for it."""
        day = first
        while True:
            at = datetime.combine(day, self._settings.rounds_anonymous_time, self._settings.zone)
            if at >= self._now:
                return
            if not is_free(self._settings.rounds_holidays, day):
                yield at, self._ticking(at)
            day += timedelta(days=1)

    # -- each thing ----

    def _ticking(self, at: datetime) -> Callable[[], None]:
        def tick() -> None:
            if not self._hidden and at.weekday() != 0:
                return
            self._hidden = False
            due.tick(self._database, ManualClock(at), self._settings, self._team_id)
            self._find_hidden()

        return tick

    def _handing_in(self, place: int, story: Story, at: datetime) -> Callable[[], None]:
        draft = Draft(
            text=story.text,
            unit_id=self._cast.units[story.unit],
            anonymous=story.anonymous,
            measure_id=self._cast.measures.get(story.measure),
            from_patient="from_patient" in story.flags,
            own_control="own_control" in story.flags,
            wants_to_lead="wants_to_lead" in story.flags,
        )

        def hand_in() -> None:
            number = self._do(story.sender, at, lambda session, doing: acts.hand_in(session, doing, draft))
            if number is not None:
                self._numbers[place] = number

        return hand_in

    def _find_hidden(self) -> None:
        """The numbers of anonymous ideas that have appeared."""
        hidden = {
            story.text: place
            for place, story in enumerate(self._stories.ideas)
            if story.anonymous and place not in self._numbers
        }
        with self._database.read() as session:
            found = session.exec(select(Idea.text, Idea.id).where(col(Idea.text).in_(hidden))).all()
        self._numbers |= {hidden[text]: number for text, number in found if number is not None}

    def _supporting(self, place: int, name: str, at: datetime) -> Callable[[], None]:
        def support() -> None:
            # An anonymous idea that has not appeared yet has nobody to support it.
            if place in self._numbers:
                with self._database.write() as session:
                    # Straight into its row: it leaves no line of history and no letter that would be kept.
                    person = self._actor(session, name).person_id
                    assert person is not None
                    idea_rows.add_support(session, self._numbers[place], person, at)

        return support

    def _adopting(self, original: int, place: int, taken: Adoption, at: datetime) -> Callable[[], None]:
        def adopt() -> None:
            number, unit_id = self._numbers[original], self._cast.units[taken.unit]
            adopted = self._do(
                taken.who, at, lambda session, doing: acts.adopt(session, doing, number, unit_id)
            )
            assert adopted is not None
            self._numbers[place] = adopted

        return adopt

    def _doing_step(self, place: int, story: Story, step: Step, at: datetime) -> Callable[[], None]:
        who = story.sender if step.act in _BY_SENDER else self._who(step, story)

        def do() -> None:
            number = self._numbers[place]
            self._do(who, at, lambda session, doing: self._act(session, doing, number, step))

        return do

    def _act(self, session: Session, doing: Doing, number: int, step: Step) -> Outcome:
        on = doing.today + timedelta(days=step.on) if step.on else None
        if step.act in DECISIONS:
            owner = self._cast.users.get(step.whom, "")
            decision = Decision(Event(step.act), step.words, step.more, on, owner, touches_care=step.care)
            return acts.decide(session, doing, number, decision)
        if step.act in STUDIES:
            return acts.study(session, doing, number, Study(Event(step.act), step.words, step.more, on))
        if step.act in _IN_WORDS:
            return _IN_WORDS[step.act](session, doing, number, step.words)
        if step.act in _TO_A_LINE:
            act, kind = _TO_A_LINE[step.act]
            return act(session, doing, number, _last(session, number, kind), step.words)
        match step.act:
            case "implement":
                done = Implementation(step.words, step.more, doing.today)
                return acts.implement(session, doing, number, done)
            case "verify":
                return acts.verify(session, doing, number, share=True)
            case "merge":
                return acts.merge(session, doing, number, self._numbers[self._by_key[step.whom]])
            case "move":
                return acts.move(session, doing, number, self._cast.units[step.whom])
        raise RuntimeError(f"the demo knows no act {step.act!r}")

    def _do(self, name: str, at: datetime, act: Callable[[Session, Doing], Outcome]) -> int | None:
        """Let somebody do something at that time. Returns the idea's number, if it has one by now."""
        with self._database.write() as session:
            actor = self._actor(session, name)
            doing = Doing(actor, self._cast.users[name], self._team_id, at, self._settings)
            outcome = act(session, doing)
        if isinstance(outcome, Refused):
            raise RuntimeError(f"{name} could not do it on {doing.today.isoformat()}: {outcome.reason}")
        self._hidden = self._hidden or outcome.appears_on is not None
        return outcome.idea_id

    def _actor(self, session: Session, name: str) -> Actor:
        """Somebody with their duties, which are the same all the time."""
        if name not in self._actors:
            actor = identify(session, self._team_id, self._cast.users[name])
            today = local_date(self._now, self._settings.zone)
            self._actors[name] = with_duties(session, actor, self._settings, today)
        return self._actors[name]

    def _who(self, step: Step, story: Story) -> str:
        unit = next(unit for unit in world.UNITS if unit.name == story.unit)
        return {LEADER: unit.leader, MANAGER: unit.manager}.get(step.who, step.who)

    def _supporters(self, story: Story) -> list[str]:
        colleagues = [
            person.name
            for person in world.everybody()
            if person.unit == story.unit and person.name != story.sender and person.name in self._cast.users
        ]
        return self._chance.sample(colleagues, min(story.me_too, len(colleagues)))


def _last(session: Session, number: int, kind: Event) -> int:
    query = select(IdeaEvent.seq).where(IdeaEvent.idea_id == number, IdeaEvent.kind == kind)
    return session.exec(query.order_by(col(IdeaEvent.seq).desc())).first() or 0


def _key(day: date) -> str:
    return f"{day.year}-{day.month:02d}"


# -- letters of the past --------------------------------------------------------------------------------


def _forget_letters(database: Database, now: datetime) -> None:
    """Finish what would have been sent long ago; the current cards, and what is still news, stay.

    A card is written when it is sent, so each shows its idea as it is today. Those of merged and withdrawn
    ideas are not sent: nothing can happen to them any more.
    """
    with database.write() as session:
        query = (
            select(OutboxRow, IdeaMessage, Idea)
            .join(IdeaMessage, col(IdeaMessage.outbox_id) == OutboxRow.id, isouter=True)
            .join(Idea, col(Idea.id) == IdeaMessage.idea_id, isouter=True)
            .where(OutboxRow.state == OutboxState.WAITING, OutboxRow.created_at <= now)
            .order_by(col(OutboxRow.id).desc())
        )
        past = []
        for row, message, idea in session.exec(query).all():
            if row.kind == NEWS:
                session.delete(row)
            elif row.kind == UNIT_MONTH:
                # However long ago it was: it is the latest.
                row.expires_at = None
            elif row.kind not in _SHOWN_ANEW and not _is_kept(row, message, idea, now):
                past.append(row.id)
        told = {"state": OutboxState.EXPIRED, "outcome": BEFORE, "finished_at": now}
        session.execute(update(OutboxRow).where(col(OutboxRow.id).in_(past)).values(told))


def _is_kept(row: OutboxRow, message: IdeaMessage | None, idea: Idea | None, now: datetime) -> bool:
    if message is None or idea is None or row.op is Op.UPDATE or idea.state in ENDED:
        return False
    if message.kind is Message.CARD:
        return message.current
    if row.created_at >= now - _FRESH:
        return True
    # Whoever is asked whether it is in place can still answer in the message.
    return row.kind == telling.TO_SUBMITTER and _is_waiting(idea) and row.created_at == idea.implemented_at


def _is_waiting(idea: Idea) -> bool:
    return idea.state is IdeaState.IMPLEMENTED and idea.unverified_at is None
