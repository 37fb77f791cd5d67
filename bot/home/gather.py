"""From storage to what a Home shows: a few rows by key, nothing computed, so that it opens at once."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.access import Actor, may_run_rounds, may_see_figures
from bot.answers.facts import AnswersAtHome
from bot.answers.gather import at_home as answers_at_home
from bot.clock import local_date
from bot.digests.chart_small import alt_text
from bot.digests.due import zone_or
from bot.digests.looks import looks_at
from bot.digests.own_measures import from_json as own_measures
from bot.digests.trends import OwnTrend, from_json
from bot.digests.weeks import IsoWeek
from bot.goals.gather import goals_at_home
from bot.home.choice import BoardChoice
from bot.home.facts import HomeFacts, IdeasAtHome, LatestDigest, LookedAt
from bot.home.measures import measure_lines
from bot.home.view import LOOKS_ON_HOME
from bot.home.wishes import settings_of
from bot.ideas import delegating
from bot.ideas.doing import Doing
from bot.ideas.figures.metrics import gather_figures
from bot.ideas.finding import find
from bot.leading.aim import home_aims
from bot.leading.asking.gather import home_asking
from bot.leading.effects_figures import figures
from bot.names.facts import NamesAtHome
from bot.names.gather import names_at_home
from bot.people.accounts import Ok, judge
from bot.settings import Settings
from bot.sharing.facts import SharingAtHome
from bot.sharing.gather import sharing_at_home
from bot.talks import gather as talk_gather
from bot.talks.facts import TalksAtHome
from storage.digest_queries import last_led, latest_digest
from storage.digests import Digest
from storage.home_queries import at_home, count_looks, shown_picture, unit_names
from storage.terms import RoleName

# The letter that brings the picture of all trends.
TRENDS_KIND = "trends"


def gather_home(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    team_id: str,
    settings: Settings,
    user_id: str = "",
    looks: int = LOOKS_ON_HOME,
    choice: BoardChoice | None = None,
) -> HomeFacts:
    """What is on the actor's own Home; nobody else's is ever gathered.

    `user_id` is their account; `looks`: how many of them to tell; `choice`: what they chose of the board,
    None for a page that shows no ideas.
    """
    admins = tuple(sorted(settings.admin_emails))
    today = local_date(now, settings.zone)
    ideas = IdeasAtHome()
    doing = Doing(actor=actor, user_id=user_id, team_id=team_id, now=now, settings=settings)
    if choice is not None:
        ideas = gather_ideas(session, doing, choice)
    found = None if actor.person_id is None else at_home(session, actor.person_id, team_id, today)
    if found is None or actor.person_id is None:
        return HomeFacts(settings.zone, purpose=settings.rounds_purpose, admins=admins, ideas=ideas)
    person_id, account = actor.person_id, found.account
    unsure = account is None or not isinstance(judge(account, found.person), Ok)
    if account is None or unsure or not may_see_figures(actor, person_id):
        # As with a digest: the account may have passed to somebody else.
        return HomeFacts(settings.zone, held=True, purpose=settings.rounds_purpose, admins=admins)
    zone = zone_or(account.timezone, settings.zone)
    latest = _latest(session, person_id)
    wants = found.code is not None or latest is not None
    return HomeFacts(
        zone=zone,
        name=found.person.name or found.person.email,
        settings=settings_of(session, person_id, found.preference, now=now, zone=zone, settings=settings)
        if wants
        else None,
        latest=latest,
        looks=tuple(
            LookedAt(look.looked_at, look.looker, look.what, look.reason)
            for look in looks_at(session, person_id, looks)
        ),
        looks_in_all=count_looks(session, person_id),
        leads=tuple(unit_names(session, actor.leads)),
        runs_rounds=may_run_rounds(actor) or any(role is RoleName.ANALYST for role, _ in actor.roles),
        purpose=settings.rounds_purpose,
        admins=admins,
        ideas=ideas,
        reminders=figures(session) if choice is not None and may_run_rounds(actor) else (),
        goals=goals_at_home(session, person_id, actor.leads, today, settings) if choice is not None else None,
        answers=AnswersAtHome() if choice is None else answers_at_home(session, doing),
        talks=TalksAtHome()
        if choice is None
        else talk_gather.at_home(session, actor, now, settings, team_id),
        names=NamesAtHome() if choice is None else names_at_home(session, actor, today, settings),
        sharing=SharingAtHome() if choice is None else sharing_at_home(session, doing),
    )


def gather_ideas(session: Session, doing: Doing, choice: BoardChoice) -> IdeasAtHome:
    """Ideas on somebody's Home. Where the account may not be theirs any more, only what everybody sees."""
    finder = find.finder(session, doing)
    board = find.board_of(session, finder, unit_id=choice.unit_id, column=choice.column, first=choice.first)
    leads = doing.actor.leads if board is not None else frozenset()
    return IdeasAtHome(
        mine=find.mine_of(session, finder),
        month=find.unit_month_of(session, finder),
        board=board,
        figures=gather_figures(session, doing.now, doing.settings, units=sorted(leads)) if leads else None,
        stand_ins=delegating.stand_ins(session, doing),
        may_ask=bool(leads) and delegating.may_delegate(session, doing),
        aims=home_aims(session, doing.actor, doing.today),
        asking=home_asking(session, doing) if leads else None,
    )


def stored_trends(digest: Digest) -> tuple[OwnTrend, ...]:
    """The trends that were kept with a digest; none with one from before they were."""
    message = digest.message or {}
    return tuple(from_json(stored) for stored in message.get("trends", ()))


def _latest(session: Session, person_id: int) -> LatestDigest | None:
    found = latest_digest(session, person_id)
    if found is None or found[0].message is None:
        return None
    digest, _ = found
    assert digest.message is not None
    picture = shown_picture(session, person_id, TRENDS_KIND, digest.planned_at)
    measures, trends = own_measures(digest.message.get("measures", ())), stored_trends(digest)
    return LatestDigest(
        week=IsoWeek.parse(digest.week),
        headline=str(digest.message.get("headline", "")),
        trends=len(trends),
        measures=len(measures),
        picture=picture,
        alt_text=alt_text(trends) if picture is not None else "",
        lines=measure_lines(measures, trends, last_led(session, person_id)) if measures else (),
    )
