"""What a Home shows, as plain facts: nothing here knows storage or Slack."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.answers.facts import AnswersAtHome
from bot.digests.weeks import IsoWeek
from bot.goals.facts import GoalsAtHome
from bot.ideas.facts import Board, Page, StandIn, UnitMonth
from bot.ideas.figures.metrics import Figures
from bot.leading.aim import UnitAim
from bot.leading.asking.facts import Asking
from bot.leading.effects_figures import RungFigures
from bot.names.facts import NamesAtHome
from bot.sharing.facts import SharingAtHome
from bot.talks.facts import TalksAtHome
from storage.terms import Frequency, Weekday


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """When somebody's digest comes. `next_at` (aware) is None where none comes until they say so."""

    weekday: Weekday
    at: time
    frequency: Frequency
    zone: ZoneInfo
    paused_until: date | None = None
    stopped: bool = False
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One measure as the Home lists it, all mrkdwn: "" where there is nothing to say.

    `figures` are one's own, with what colleagues have reached and the group's goal; `led` is the last digest
    that it led.
    """

    title: str
    figures: str
    trend: str = ""
    why: str = ""
    led: str = ""


@dataclass(frozen=True, slots=True)
class LatestDigest:
    """The last digest that was sent: `headline` is mrkdwn as it was sent ("" where it was not kept).

    `trends` is how many measures its small pictures show, `measures` how many it tells of; `picture` the
    file of the pictures, once the person's own conversation holds it; `alt_text` says what it shows. `lines`
    are the measures, as many as are listed.
    """

    week: IsoWeek
    headline: str
    trends: int = 0
    measures: int = 0
    picture: str | None = None
    alt_text: str = ""
    lines: tuple[MeasureLine, ...] = ()


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One look at somebody's figures: when, on whose account, at what and why."""

    at: datetime
    looker: str
    what: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IdeasAtHome:
    """Ideas on somebody's Home: their own, their unit's month; of a leader the board and how it is going.

    `may_ask`: they lead a unit themselves, so they can ask somebody to stand in. `aims`: of the units that
    they lead, and of those in which they work. `asking`: what they can put to the team.
    """

    mine: Page = field(default_factory=lambda: Page((), 0))
    month: UnitMonth | None = None
    board: Board | None = None
    figures: Figures | None = None
    stand_ins: tuple[StandIn, ...] = ()
    may_ask: bool = False
    aims: tuple[UnitAim, ...] = ()
    asking: Asking | None = None


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """Everything on one person's Home.

    `name` is "" for somebody whom Rounds does not know; `held` where it does, but the account's email is not
    the one that it knows. `settings` is None for people without figures.
    `looks` are the latest of `looks_in_all`, told in `zone`. `leads` are names of units; `runs_rounds` is for
    analysts and administrators; `admins` are the addresses to ask. `reminders`: what each kind of reminder to
    leaders came to, for administrators.
    """

    zone: ZoneInfo
    name: str = ""
    held: bool = False
    settings: DigestSettings | None = None
    latest: LatestDigest | None = None
    looks: tuple[LookedAt, ...] = ()
    looks_in_all: int = 0
    leads: tuple[str, ...] = ()
    runs_rounds: bool = False
    purpose: str = ""
    admins: tuple[str, ...] = ()
    ideas: IdeasAtHome = field(default_factory=IdeasAtHome)
    talks: TalksAtHome = field(default_factory=TalksAtHome)
    answers: AnswersAtHome = field(default_factory=AnswersAtHome)
    goals: GoalsAtHome | None = None
    reminders: tuple[RungFigures, ...] = ()
    names: NamesAtHome = field(default_factory=NamesAtHome)
    sharing: SharingAtHome = field(default_factory=SharingAtHome)
