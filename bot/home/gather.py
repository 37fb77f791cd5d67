"""From storage to what a Home shows: a few rows by key, nothing computed, so that it opens at once."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.access import Actor, may_see_figures
from bot.clock import local_date
from bot.digests.chart_small import alt_text
from bot.digests.due import zone_or
from bot.digests.looks import looks_at
from bot.digests.trends import OwnTrend, from_json
from bot.digests.weeks import IsoWeek
from bot.home.facts import HomeFacts, LatestDigest, LookedAt
from bot.home.view import LOOKS_ON_HOME
from bot.home.wishes import settings_of
from bot.people.accounts import Ok, judge
from bot.settings import Settings
from storage.digest_queries import latest_digest
from storage.digests import Digest
from storage.home_queries import at_home, count_looks, shown_picture, unit_names
from storage.terms import RoleName

# The letter that brings the picture of all trends.
TRENDS_KIND = "trends"
_RUN_ROUNDS = (RoleName.ANALYST, RoleName.ADMINISTRATOR)


def gather_home(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    team_id: str,
    settings: Settings,
    looks: int = LOOKS_ON_HOME,
) -> HomeFacts:
    """What is on the actor's own Home; nobody else's is ever gathered. `looks`: how many of them to tell."""
    admins = tuple(sorted(settings.admin_emails))
    today = local_date(now, settings.zone)
    found = None if actor.person_id is None else at_home(session, actor.person_id, team_id, today)
    if found is None or actor.person_id is None:
        return HomeFacts(settings.zone, purpose=settings.rounds_purpose, admins=admins)
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
        runs_rounds=any(role in _RUN_ROUNDS for role, _ in actor.roles),
        purpose=settings.rounds_purpose,
        admins=admins,
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
    return LatestDigest(
        week=IsoWeek.parse(digest.week),
        headline=str(digest.message.get("headline", "")),
        trends=len(digest.message.get("trends", ())),
        picture=picture,
        alt_text=alt_text(stored_trends(digest)) if picture is not None else "",
    )
