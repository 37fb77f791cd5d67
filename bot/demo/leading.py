"""How Northmere is led: aims, goals of the peers, offers of a talk, a question, the leaders' mornings.

Done through the same acts as anybody's, on days of the past, like the ideas of `bot.demo.ideas`. What stands
in digests comes before they are written; the rest happens among the ideas, in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Final, TypeVar

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.access import identify, with_duties
from bot.clock import local_date
from bot.demo.world import COACH, PHYSICIANS, SECOND_COACH, TOP_UNIT, clinicians
from bot.digests.due import instant, next_due
from bot.goals import acts as goals
from bot.ideas.doing import Doing, Refused
from bot.ideas.working import is_free
from bot.leading import aim
from bot.leading.asking import acts as asking
from bot.leading.asking.choose import monday_of
from bot.leading.asking.facts import Draft
from bot.leading.asking.questions import question_of
from bot.leading.plan import AFTER_START
from bot.settings import Settings
from bot.talks import acts as talks
from bot.unit_month import due as unit_month
from storage import aim_rows, goal_rows
from storage.engine import Database
from storage.goals import Goal
from storage.measures import Measure
from storage.outbox import OutboxRow
from storage.people import Person, SlackAccount, Unit
from storage.talks import Offer
from storage.terms import GoalState, OutboxState, Posted, Vote

BEFORE: Final = "it was told before the demo began"
_MINUTE: Final = timedelta(minutes=1)
_FRIDAY: Final = 4

# unit, who set it, how many days ago, the words
AIMS: Final = (
    (TOP_UNIT, "Ruth Adeyemi", 210, "Every patient goes home knowing what comes next."),
    ("Ash Ward", "David Llewellyn", 160, "Nobody waits for us before ten in the morning."),
    ("Ash Ward", "Blessing Afolabi", 46, "Nobody on Ash Ward waits because of us."),
)
COACHES: Final = (
    (
        COACH,
        60,
        "I have coached teams for nine years. Half an hour over tea, and what you say stays with me.",
    ),
    (SECOND_COACH, 25, "Pharmacist and coach. I like to start with what already goes well."),
)
# who offers to tell how they got there, and about which measure: they are among those who set its benchmark
TELLERS: Final = (("Priya Nair", "antibiotic-review", 18),)

# measure, value, days ago, by whom, their words; all were adopted, each in place of the one before
ADOPTED: Final = (
    ("discharge-letter", 0.7, 330, "Samuel Adeniyi", "The practice calls us when there is no letter."),
    ("discharge-letter", 0.85, 62, "Amara Okafor", "With a letter in hand, nobody has to ring us."),
)
# The measure's own suggestion: the peers were heard, and the leaders may adopt it.
JUDGED: Final = ("clot-risk", 0.95, 20, "Ruth Adeyemi", "")

# The goal that the physicians are asked about, whose it is, and what the first of them say.
ASKED: Final = (
    "antibiotic-review",
    0.8,
    "Kwame Boateng",
    "On three of our wards it is done at the second round.",
)
SAID: Final = (
    ("Kwame Boateng", Vote.ATTAINABLE),
    ("Priya Nair", Vote.ATTAINABLE),
    ("Hannah Goldberg", Vote.STRETCH),
    ("Mateusz Nowak", Vote.ATTAINABLE),
    ("Daniel Osei", Vote.STRETCH),
    ("Gareth Bevan", Vote.ATTAINABLE),
)
LEADER: Final = "Ruth Adeyemi"
# unit, who asks, which of the questions; and who answers what in the thread
QUESTION: Final = ("Ash Ward", "David Llewellyn", "waited-for")
REPLIES: Final = (
    ("Maria Santos", "The linen comes at nine, when we are washing people at eight."),
    ("Lewis Armstrong", "Two frames for the whole corridor. I spend the morning looking for one."),
    ("Chloe Sanderson", "Ringing pharmacy for each discharge. One list a day would do."),
)

T = TypeVar("T")
Happening = tuple[datetime, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Past:
    """Where, and until when, all of it happened."""

    database: Database
    settings: Settings
    now: datetime
    team_id: str
    _known: dict[str, Doing] = field(default_factory=dict)

    def day_of(self, moment: datetime) -> date:
        """The day of a moment at the site."""
        return local_date(moment, self.settings.zone)

    def at(self, days_ago: int, hour: int = 10) -> datetime:
        """That hour so many days ago, or on the Monday after where that was a weekend."""
        day = self.day_of(self.now) - timedelta(days=days_ago)
        if day.weekday() > _FRIDAY:
            day = monday_of(day) + timedelta(days=7)
        return instant(day, time(hour, 10), self.settings.zone)

    def is_free(self, day: date) -> bool:
        """Whether nobody works at the site on a day."""
        return is_free(self.settings.rounds_holidays, day)

    def doing(self, session: Session, name: str, at: datetime) -> Doing:
        """Somebody who does something at that time, with the duties that they have today."""
        if name not in self._known:
            query = (
                select(SlackAccount.user_id)
                .join(Person, col(Person.id) == SlackAccount.person_id)
                .where(Person.name == name, SlackAccount.team_id == self.team_id)
            )
            user_id = session.exec(query).one()
            actor = identify(session, self.team_id, user_id)
            actor = with_duties(session, actor, self.settings, self.day_of(self.now))
            self._known[name] = Doing(actor, user_id, self.team_id, at, self.settings)
        return replace(self._known[name], now=at)


def done(outcome: T | Refused) -> T:
    """What came of it. Raises RuntimeError where it was refused: the demo's own data is wrong then."""
    if isinstance(outcome, Refused):
        raise RuntimeError(f"something of the demo could not happen: {outcome.reason}")
    return outcome


# -- what stands in digests ----


def plant_leading(past: Past) -> None:
    """Aims, offers and goals, as they are when the week's digests are written.

    The people must be in the database with their Slack accounts, and nothing that is still to be told in the
    outbox. Raises RuntimeError where something of it cannot happen.
    """
    with past.database.write() as session:
        for unit, who, days_ago, words in AIMS:
            _set_aim(session, past.doing(session, who, past.at(days_ago)), unit, words)
        for who, days_ago, words in COACHES:
            done(talks.offer_to_listen(session, past.doing(session, who, past.at(days_ago)), words))
        for who, key, days_ago in TELLERS:
            person_id = past.doing(session, who, past.now).actor.person_id
            assert person_id is not None
            # Straight into its row: the act looks into their latest digest, which is not written yet.
            offer = Offer(
                person_id=person_id, measure_id=_measure(session, key), offered_at=past.at(days_ago)
            )
            session.add(offer)
        for adopted in ADOPTED:
            _adopted(past, session, *adopted)
        _judged(past, session, *JUDGED, said=(11, 4, 1))
        key, value, who, words = ASKED
        proposed = asked_at(past) - timedelta(days=4, hours=-3)
        _propose(session, past.doing(session, who, proposed), key, value, words)
        session.flush()
        # What anybody was told of it is long read.
        told = {"state": OutboxState.EXPIRED, "outcome": BEFORE, "finished_at": past.now}
        session.execute(update(OutboxRow).where(col(OutboxRow.state) == OutboxState.WAITING).values(told))


def _set_aim(session: Session, doing: Doing, unit: str, words: str) -> None:
    unit_id = _unit(session, unit)
    before = aim_rows.current_aims(session, [unit_id]).get(unit_id)
    seen = 0 if before is None else before.id or 0
    done(aim.set_aim(session, doing, aim.Target(unit_id, seen), words))


def _propose(session: Session, doing: Doing, key: str, value: float, words: str) -> int:
    """Put a goal to the physicians; one without words is the measure's own suggestion. Returns its id."""
    group_id = goal_rows.all_groups(session)[PHYSICIANS]
    proposal = goals.Proposal(group_id, _measure(session, key), value, words)
    if words:
        goal = done(goals.propose(session, doing, proposal))
    else:
        goal = goals.put_to_group(session, proposal, doing.now, doing.today, proposed_by=None)
    assert isinstance(goal, Goal)
    assert goal.id is not None
    return goal.id


def _judged(
    past: Past,
    session: Session,
    key: str,
    value: float,
    days_ago: int,
    who: str,
    words: str,
    *,
    said: tuple[int, int, int] = (6, 3, 0),
) -> int:
    """A goal that its peers were heard on; `said`: how many call it attainable, a stretch, not attainable."""
    at = past.at(days_ago)
    goal_id = _propose(session, past.doing(session, who, at), key, value, words)
    votes = [vote for vote, count in zip(Vote, said, strict=True) for _ in range(count)]
    asked = {vote.person_id for vote in goal_rows.votes_of(session, goal_id)}
    peers = [past.doing(session, person.name, at) for person in clinicians()]
    peers = [doing for doing in peers if doing.actor.person_id in asked]
    for place, (peer, vote) in enumerate(zip(peers, votes, strict=False)):
        voted = replace(peer, now=at + timedelta(days=4, minutes=21 * place))
        done(goals.vote(session, voted, goal_id, vote))
    goal = session.get_one(Goal, goal_id)
    over = instant(goal.votes_until + timedelta(days=1), time(0, 5), past.settings.zone)
    goals.close_if_over(session, goal, over, past.day_of(over))
    return goal_id


def _adopted(
    past: Past, session: Session, key: str, value: float, days_ago: int, who: str, words: str
) -> None:
    goal_id = _judged(past, session, key, value, days_ago, who, words)
    leader = past.doing(session, LEADER, past.at(days_ago - 21, 15))
    done(goals.adopt(session, leader, goal_id))


# -- what happens among the ideas ----


def asked_at(past: Past) -> datetime:
    """When the physicians are asked about the goal under vote: at the time of their latest digest."""
    settings = past.settings
    due = next_due(
        past.now - timedelta(days=7) - _MINUTE,
        settings.rounds_digest_weekday,
        settings.rounds_digest_time,
        settings.zone,
    )
    return due + _MINUTE


def votes(past: Past) -> list[Happening]:
    """The first of them say what they think, until now."""

    def saying(name: str, vote: Vote, at: datetime) -> Callable[[], None]:
        def say() -> None:
            with past.database.write() as session:
                measure_id = _measure(session, ASKED[0])
                (row,) = goal_rows.goal_rows(session, states=[GoalState.PROPOSED], measure_id=measure_id)
                done(goals.vote(session, past.doing(session, name, at), row.id, vote))

        return say

    moments = [asked_at(past) + timedelta(minutes=12 + 31 * place) for place in range(len(SAID))]
    return [
        (at, saying(name, vote, at)) for (name, vote), at in zip(SAID, moments, strict=True) if at < past.now
    ]


def question(past: Past) -> Happening:
    """A leader asks the team, in the week before the first of the leader's weeks that are told."""
    unit, who, key = QUESTION
    wednesday = monday_of(past.day_of(mornings(past)[0])) - timedelta(days=5)
    at = instant(wednesday, time(11, 40), past.settings.zone)

    def ask() -> None:
        chosen = question_of(key)
        assert chosen is not None
        with past.database.write() as session:
            draft = Draft(Posted.QUESTION, chosen.words, _unit(session, unit), key=key)
            done(asking.put_to_channel(session, past.doing(session, who, at), draft))

    return at, ask


def mornings(past: Past) -> list[datetime]:
    """When leaders had their latest messages, oldest first: their week, and that of a day later in it.

    On the first day of a week this one is of the week before, and the new week comes after it.
    """
    found: list[datetime] = []
    day = past.day_of(past.now)
    while True:
        if not past.is_free(day) and (at := _morning(past, day)) <= past.now:
            found.append(at)
            first = monday_of(day)
            while past.is_free(first):
                first += timedelta(days=1)
            if first != day:
                return sorted([*found, _morning(past, first)])
        day -= timedelta(days=1)


def month_told(past: Past) -> Happening:
    """The latest summary of a month's care is put to the units' channels; it waits there in its place."""
    at = _month_told_at(past)
    return at, lambda: unit_month.tick(past.database, at, past.settings)


def _month_told_at(past: Past) -> datetime:
    day = past.day_of(past.now)
    while True:
        first = day.replace(day=unit_month.FROM_DAY)
        while past.is_free(first):
            first += timedelta(days=1)
        at = instant(first, unit_month.FROM, past.settings.zone) + _MINUTE
        if at < past.now:
            return at
        day = day.replace(day=1) - timedelta(days=1)


def _morning(past: Past, day: date) -> datetime:
    return instant(day, past.settings.rounds_work_starts, past.settings.zone) + AFTER_START + _MINUTE


def _unit(session: Session, name: str) -> int:
    found = session.exec(select(Unit.id).where(Unit.name == name)).one()
    assert found is not None
    return found


def _measure(session: Session, key: str) -> int:
    found = session.exec(select(Measure.id).where(Measure.key == key)).one()
    assert found is not None
    return found
