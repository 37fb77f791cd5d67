"""From storage to what is offered, what somebody may ask for, and what one request looks like."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlmodel import Session

from bot.access import Actor, may_offer_to_listen
from bot.clock import local_date
from bot.ideas.leading import known, name_of
from bot.settings import Settings
from bot.talks.facts import Asked, Listener, Offered, Request, TalksAtHome
from bot.talks.rules import (
    OFFER_LASTS,
    RESTS,
    Coach,
    Offers,
    Peer,
    Turn,
    beneath,
    has_lapsed,
    load_peer,
    whose_turn,
)
from storage import idea_rows, leading_rows, talk_rows
from storage.digest_queries import away_on
from storage.talks import Offer, Talk


def offers(session: Session, day: date, now: datetime, team_id: str) -> Offers:
    """What is offered at the moment, for everybody's digest."""
    told: dict[str, set[int]] = {}
    for key, offer in talk_rows.tell_offers(session, now - OFFER_LASTS):
        told.setdefault(key, set()).add(offer.person_id)
    reachable = _reachable(session, {one for people in told.values() for one in people}, team_id)
    tellers = {key: frozenset(people & reachable) for key, people in told.items()}
    found = coaches(session, day, team_id)
    places = talk_rows.places(session, day) if found else {}
    coached = {
        person for person, units in places.items() if any(coach.listens_to(person, units) for coach in found)
    }
    return Offers(frozenset(coached), tellers)


def coaches(session: Session, day: date, team_id: str) -> list[Coach]:
    """Who offers to listen, where, and can be written to; the oldest offer first."""
    rows = talk_rows.coach_offers(session, day)
    if not rows:
        return []
    reachable = _reachable(session, {row.offer.person_id for row in rows}, team_id)
    parents = {unit.id: unit.parent_id for unit in idea_rows.units(session) if unit.id is not None}
    found: dict[int, Coach] = {}
    for row in rows:
        person, offer_id = row.offer.person_id, row.offer.id
        if person not in reachable or offer_id is None:
            continue
        units = None if row.unit_id is None else beneath(row.unit_id, parents)
        before = found.get(person)
        if before is not None:
            units = None if units is None or before.units is None else units | before.units
        found[person] = Coach(person, before.offer_id if before else offer_id, row.offer.words, units)
    return list(found.values())


def listeners(session: Session, person_id: int, day: date, now: datetime, team_id: str) -> list[Listener]:
    """The coaches among whom somebody may choose; not who has just said "Not now" to them, or was asked."""
    places = idea_rows.units_of(session, person_id, day)
    if not places:
        return []
    rested = talk_rows.said_not_now(session, person_id, now - RESTS)
    asked = {offer.person_id for _, offer in talk_rows.waiting_by(session, person_id)}
    found = [
        coach
        for coach in coaches(session, day, team_id)
        if coach.listens_to(person_id, places)
        and (coach.person_id, None) not in rested
        and coach.person_id not in asked
    ]
    people = idea_rows.people(session, [coach.person_id for coach in found])
    named = [Listener(one.offer_id, name_of(people.get(one.person_id)), one.words) for one in found]
    return sorted(named, key=lambda one: (one.name.casefold(), one.offer_id))


def standing(session: Session, person_id: int, key: str) -> Peer | None:
    """Where somebody stands on a measure, as of their latest digest; None where they are not compared."""
    return load_peer(talk_rows.kept_peers(session, person_id), key)


def teller_for(
    session: Session, asker_id: int, key: str, day: date, now: datetime, team_id: str
) -> int | None:
    """The offer of the colleague in the asker's peer group who is asked next; None where nobody is there."""
    peer = standing(session, asker_id, key)
    measure_id = talk_rows.measure_of_key(session, key)
    if peer is None or peer.reached or measure_id is None:
        return None
    rested = talk_rows.said_not_now(session, asker_id, now - RESTS)
    by_person: dict[int, Offer] = {}
    for _, offer in talk_rows.tell_offers(session, now - OFFER_LASTS, key):
        if offer.person_id != asker_id and (offer.person_id, measure_id) not in rested:
            by_person.setdefault(offer.person_id, offer)
    there = _reachable(session, by_person, team_id) & talk_rows.in_group(session, peer.group, by_person, day)
    there -= away_on(session, there, day).keys()
    asked = talk_rows.last_asked(session, there, measure_id)
    return whose_turn(
        Turn(offer.id or 0, offer.offered_at, asked.get(person))
        for person, offer in by_person.items()
        if person in there
    )


def request(session: Session, talk_id: int, team_id: str) -> Request | None:
    """One request; None where either of the two, or the request, is not there any more."""
    talk = session.get(Talk, talk_id)
    offer = None if talk is None else session.get(Offer, talk.offer_id)
    if talk is None or offer is None:
        return None
    people = idea_rows.people(session, [talk.asker_id, offer.person_id])
    asker, offerer = (people.get(one) for one in (talk.asker_id, offer.person_id))
    if asker is None or offerer is None or asker.erased_at is not None or offerer.erased_at is not None:
        return None
    accounts = leading_rows.readers(session, [talk.asker_id, offer.person_id], team_id)
    users = {person: reader.user_id for person, reader in accounts.items()}
    return Request(
        talk_id=talk_id,
        state=talk.state,
        lapsed=has_lapsed(talk.state, talk.asked_at, talk.answered_at),
        asker=name_of(asker),
        offerer=name_of(offerer),
        title=_title(session, offer.measure_id),
        key="" if offer.measure_id is None else talk_rows.key_of_measure(session, offer.measure_id),
        asker_user=users.get(talk.asker_id),
        offerer_user=users.get(offer.person_id),
    )


def at_home(session: Session, actor: Actor, now: datetime, settings: Settings, team_id: str) -> TalksAtHome:
    """What stands on somebody's own Home."""
    person_id = known(actor)
    if person_id is None:
        return TalksAtHome()
    today = local_date(now, settings.zone)
    own = talk_rows.own_offers(session, person_id)
    waiting = waiting_by(session, person_id)
    titles = idea_rows.measure_titles(session) if any(offer.measure_id for offer in own) else {}
    telling = tuple(
        Offered(
            offer.id or 0,
            titles.get(offer.measure_id, "a measure"),
            until=local_date(offer.offered_at + OFFER_LASTS, settings.zone),
        )
        for offer in own
        if offer.measure_id is not None and offer.offered_at > now - OFFER_LASTS
    )
    listening = next((Offered(one.id or 0, words=one.words) for one in own if one.measure_id is None), None)
    return TalksAtHome(
        may_listen=may_offer_to_listen(actor),
        listening=listening,
        telling=telling,
        asked=waiting,
        listeners=bool(listeners(session, person_id, today, now, team_id)),
    )


def waiting_by(session: Session, person_id: int) -> tuple[Asked, ...]:
    """Somebody's own requests that wait. Who was asked how they did it is not named before they say yes."""
    rows = talk_rows.waiting_by(session, person_id)
    people = idea_rows.people(session, [offer.person_id for _, offer in rows if offer.measure_id is None])
    return tuple(
        Asked(talk.id or 0, who=name_of(people.get(offer.person_id)))
        if offer.measure_id is None
        else Asked(talk.id or 0, title=_title(session, offer.measure_id))
        for talk, offer in rows
    )


def title_of(session: Session, key: str) -> str:
    """The title of a measure, by its key; "" where there is none."""
    return _title(session, talk_rows.measure_of_key(session, key))


def _title(session: Session, measure_id: int | None) -> str:
    if measure_id is None:
        return ""
    return idea_rows.measure_titles(session).get(measure_id, "a measure")


def _reachable(session: Session, people: Collection[int], team_id: str) -> set[int]:
    """Those of these people who can be written to for certain."""
    return set(leading_rows.readers(session, list(people), team_id))
