"""From storage to the facts of asking: which question is in turn, who asked already, where it can go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.clock import local_date
from bot.ideas import channels, leading
from bot.ideas.doing import Doing
from bot.leading.asking.choose import LESSON_EVERY, in_turn, is_lesson_week, monday_of, others
from bot.leading.asking.facts import Asked, Asking, Draft, FormFacts, Place, PostFacts
from bot.leading.asking.questions import Question, shipped
from bot.settings import Settings
from storage import idea_rows, post_rows
from storage.leading import ChannelPost
from storage.people import Person, Unit
from storage.terms import Posted

_LESSONS_REST: Final = timedelta(weeks=LESSON_EVERY)


def asking_of(
    session: Session, person_id: int, unit_ids: Collection[int], day: date, now: datetime, settings: Settings
) -> Asking | None:
    """What stands in a leader's week that holds `day`, and on their Home; None where no unit has a channel.

    Of several units that comes first in which nobody has asked yet.
    """
    units = post_rows.units_with_a_channel(session, unit_ids)
    if not units:
        return None
    monday = monday_of(day)
    asked = asked_in_week(session, units, monday, settings, person_id)
    first = next((unit for unit in units if unit.id not in asked), units[0])
    assert first.id is not None
    return Asking(
        unit_id=first.id,
        unit=first.name,
        question=turn_of(session, first.id, monday, settings)[0],
        today=local_date(now, settings.zone),
        units=len(units),
        asked=asked.get(first.id, ()),
        lesson=_lesson_is_due(session, person_id, monday, settings),
    )


def home_asking(session: Session, doing: Doing) -> Asking | None:
    """The same for somebody's own Home."""
    person = leading.known(doing.actor)
    if person is None:
        return None
    return asking_of(session, person, doing.actor.leads, doing.today, doing.now, doing.settings)


def turn_of(session: Session, unit_id: int, monday: date, settings: Settings) -> tuple[Question, ...]:
    """The shipped questions as they are in turn for a unit in the week of that Monday."""
    asked = [(local_date(at, settings.zone), key) for at, key in post_rows.questions_asked(session, unit_id)]
    return in_turn(shipped(), unit_id, monday, asked)


def asked_in_week(
    session: Session, units: Collection[Unit], monday: date, settings: Settings, person_id: int | None
) -> Mapping[int, tuple[Asked, ...]]:
    """Who put a question to which of these units in the week of that Monday."""
    named = {unit.id: unit.name for unit in units if unit.id is not None}
    posts = _posts_of_week(session, named, monday, settings.zone)
    people = idea_rows.people(session, {post.person_id for post in posts})
    found: dict[int, tuple[Asked, ...]] = {}
    for post in posts:
        who = people.get(post.person_id) if post.person_id is not None else None
        one = Asked(
            leading.name_of(who),
            local_date(post.posted_at, settings.zone),
            named[post.unit_id],
            me=post.person_id is not None and post.person_id == person_id,
        )
        found[post.unit_id] = (*found.get(post.unit_id, ()), one)
    return found


def latest_question(session: Session, unit_ids: Collection[int], doing: Doing) -> int:
    """The id of the latest question of this week in any of these units; 0 for none."""
    posts = _posts_of_week(session, unit_ids, monday_of(doing.today), doing.settings.zone)
    return max((post.id or 0 for post in posts), default=0)


def places_of(session: Session, doing: Doing) -> tuple[Place, ...]:
    """Where somebody can put a question or a lesson: the units that they lead and that have a channel."""
    found = []
    for unit in post_rows.units_with_a_channel(session, doing.actor.leads):
        assert unit.id is not None
        channel = channels.key_of(unit.channel)
        problem = channels.channel_problem(session, channel, doing.now)
        said = problem if isinstance(problem, str) else ""
        found.append(Place(unit.id, unit.name, f"#{channel}", said))
    return tuple(found)


def first_draft(session: Session, doing: Doing, kind: Posted, unit_id: int) -> tuple[Draft, FormFacts]:
    """A new form: with this week's question in it, or empty for a lesson. `unit_id` 0: any of theirs."""
    places = places_of(session, doing)
    chosen = next((one for one in places if one.unit_id == unit_id), places[0] if places else None)
    draft = Draft(kind, unit_id=chosen.unit_id if chosen is not None else None)
    if chosen is not None and kind is Posted.QUESTION:
        offered = turn_of(session, chosen.unit_id, monday_of(doing.today), doing.settings)[0]
        draft = replace(
            draft,
            words=offered.words,
            key=offered.key,
            seen=latest_question(session, [one.unit_id for one in places], doing),
        )
    return draft, form_facts(session, doing, draft, places)


def form_facts(
    session: Session, doing: Doing, draft: Draft, places: tuple[Place, ...] | None = None
) -> FormFacts:
    """What the form is drawn from, as it is now."""
    places = places_of(session, doing) if places is None else places
    if draft.kind is not Posted.QUESTION or draft.unit_id is None:
        return FormFacts(places, doing.today)
    monday = monday_of(doing.today)
    turn = turn_of(session, draft.unit_id, monday, doing.settings)
    shown = [turn[0], *others(turn)]
    units = [unit for place in places if (unit := session.get(Unit, place.unit_id)) is not None]
    asked = asked_in_week(session, units, monday, doing.settings, leading.known(doing.actor))
    return FormFacts(
        places,
        doing.today,
        tuple(one for one in shown if one.key != draft.key),
        tuple(one for place in places for one in asked.get(place.unit_id, ())),
    )


def post_facts(session: Session, post: ChannelPost) -> PostFacts:
    """A post as it stands in the channel."""
    assert post.id is not None
    person = None if post.person_id is None else session.get(Person, post.person_id)
    return PostFacts(post.id, post.kind, leading.name_of(person), post.words)


def _posts_of_week(
    session: Session, unit_ids: Collection[int], monday: date, zone: ZoneInfo
) -> list[ChannelPost]:
    first, after = (datetime.combine(day, time(), zone) for day in (monday, monday + timedelta(weeks=1)))
    return [one for one in post_rows.questions_since(session, unit_ids, first) if one.posted_at < after]


def _lesson_is_due(session: Session, person_id: int, monday: date, settings: Settings) -> bool:
    """Not in a leader's first week, and not where they shared one lately."""
    if not is_lesson_week(person_id, monday) or not post_rows.had_a_week_before(session, person_id, monday):
        return False
    until = datetime.combine(monday, time(), settings.zone)
    return not post_rows.shared_between(session, person_id, until - _LESSONS_REST, until)
