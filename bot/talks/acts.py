"""Offering a talk, asking for one, answering, taking back: each in the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlmodel import Session

from bot.access import may_ask_for_talk, may_offer_to_listen, may_offer_to_tell, may_settle_talk
from bot.home.letters import put_home
from bot.ideas.checking.checks import refuse_text
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.leading import known
from bot.talks import gather
from bot.talks.letters import put_answer, put_request, refresh_request
from bot.talks.rules import OFFER_LASTS, REQUEST_LASTS, has_lapsed, is_overdue
from storage import talk_rows
from storage.engine import Database
from storage.talks import Offer, Talk
from storage.terms import TalkState

LONGEST_WORDS: Final = 300
# How many requests one transaction ends: listeners wait for the same lock.
_AT_ONCE: Final = 50

UNSURE = (
    "Rounds is not sure that this account is yours, so nothing was changed. Please ask whoever runs Rounds."
)
NOT_A_COACH = "Offering to listen is for coaches. Whoever runs Rounds can make you one."
TOO_LONG = f"Please keep it to {LONGEST_WORDS} characters. Your text is still in the form."
LISTENING = "You offer to listen already. Your Home shows it."
TELLING = "You offer to tell how already. Your Home shows it."
NOT_REACHED = (
    "By your latest digest you are not among those whose figures set what can be reached on this measure, so "
    "nothing was offered."
)
NOT_THERE = "This colleague does not offer it at the moment. Please choose somebody else."
NOBODY = "No colleague offers to tell how at the moment."
ASKED = "You have asked already, and there is no answer yet. Your Home shows it."
ENDED = "This offer has ended already."
SETTLED = "This request does not wait for an answer any more."
LAPSED = (
    "This request is more than two weeks old and has lapsed; your colleague was told that it did. You are "
    "welcome to write to them yourself."
)
OFFERED = "Thank you. You can end your offer on your Home whenever you like."
SENT = "Your colleague is asked in their working hours. The answer comes to your messages with Rounds."


# -- offering ----


def offer_to_listen(session: Session, doing: Doing, words: str) -> Outcome:
    """A coach offers to listen, with a line about themselves or none."""
    person, words = known(doing.actor), " ".join(words.split())
    if person is None or not may_offer_to_listen(doing.actor):
        return Refused(NOT_A_COACH)
    wrong = TOO_LONG if len(words) > LONGEST_WORDS else refuse_text(session, words)
    if wrong is not None:
        return Refused(wrong)
    talk_rows.lock_person(session, person)
    if any(offer.measure_id is None for offer in talk_rows.own_offers(session, person)):
        return Refused(LISTENING)
    session.add(Offer(person_id=person, words=words, offered_at=doing.now))
    session.flush()
    return Done(note=OFFERED)


def offer_to_tell(session: Session, doing: Doing, key: str) -> Outcome:
    """Somebody in the benchmark set of a measure offers to tell how. An older offer begins anew."""
    person = known(doing.actor)
    if person is None:
        return Refused(UNSURE)
    peer = gather.standing(session, person, key)
    measure_id = talk_rows.measure_of_key(session, key)
    if measure_id is None or not may_offer_to_tell(
        doing.actor, person, reached=peer is not None and peer.reached
    ):
        return Refused(NOT_REACHED)
    talk_rows.lock_person(session, person)
    mine = [offer for offer in talk_rows.own_offers(session, person) if offer.measure_id == measure_id]
    if any(offer.offered_at > doing.now - OFFER_LASTS for offer in mine):
        return Refused(TELLING)
    talk_rows.end_offers(session, person, measure_id, doing.now)
    session.add(Offer(person_id=person, measure_id=measure_id, offered_at=doing.now))
    session.flush()
    return Done(note=OFFERED)


def end_offer(session: Session, doing: Doing, offer_id: int) -> Outcome:
    """End an offer of one's own. Who waits for an answer to it hears that there is none just now."""
    offer = session.get(Offer, offer_id)
    if offer is None or offer.ended_at is not None or not may_settle_talk(doing.actor, offer.person_id):
        return Refused(ENDED)
    ended = talk_rows.end_offers(session, offer.person_id, offer.measure_id, doing.now)
    for talk_id in talk_rows.waiting_for(session, ended):
        _settle(session, talk_id, TalkState.DECLINED, doing.now)
    return Done()


# -- asking ----


def ask_coach(session: Session, doing: Doing, offer_id: int) -> Outcome:
    """Ask one of the coaches who listen to the asker for a talk."""
    person = known(doing.actor)
    if person is None:
        return Refused(UNSURE)
    there = gather.listeners(session, person, doing.today, doing.now, doing.team_id)
    if offer_id not in {one.offer_id for one in there}:
        return Refused(NOT_THERE)
    return _ask(session, doing, person, offer_id)


def ask_colleague(session: Session, doing: Doing, key: str) -> Outcome:
    """Ask a colleague of the same peer group who has reached it to tell how: Rounds chooses whom."""
    person = known(doing.actor)
    if person is None:
        return Refused(UNSURE)
    measure_id = talk_rows.measure_of_key(session, key)
    if any(offer.measure_id == measure_id for _, offer in talk_rows.waiting_by(session, person)):
        return Refused(ASKED)
    offer_id = gather.teller_for(session, person, key, doing.today, doing.now, doing.team_id)
    return Refused(NOBODY) if offer_id is None else _ask(session, doing, person, offer_id)


def _ask(session: Session, doing: Doing, person: int, offer_id: int) -> Outcome:
    offer = session.get_one(Offer, offer_id)
    if not may_ask_for_talk(doing.actor, offer.person_id):
        return Refused(NOT_THERE)
    talk_id = talk_rows.claim_talk(session, Talk(asker_id=person, offer_id=offer_id, asked_at=doing.now))
    if talk_id is None:
        return Refused(ASKED)
    put_request(session, talk_id, offer.person_id, doing.now)
    return Done(note=SENT)


# -- answering ----


def answer(session: Session, doing: Doing, talk_id: int, *, gladly: bool) -> Outcome:
    """Whoever is asked says "Gladly" or "Not now"; the asker hears."""
    talk = session.get(Talk, talk_id)
    offer = None if talk is None else session.get_one(Offer, talk.offer_id)
    if talk is None or offer is None or not may_settle_talk(doing.actor, offer.person_id):
        return Refused(SETTLED)
    lapsed = has_lapsed(talk.state, talk.asked_at, talk.answered_at)
    if lapsed or (talk.state is TalkState.ASKED and is_overdue(talk.asked_at, doing.now)):
        return Refused(LAPSED)
    state = TalkState.ACCEPTED if gladly else TalkState.DECLINED
    return Done() if _settle(session, talk_id, state, doing.now) else Refused(SETTLED)


def take_back(session: Session, doing: Doing, talk_id: int) -> Outcome:
    """Whoever asked takes it back before there is an answer."""
    talk = session.get(Talk, talk_id)
    if talk is None or not may_settle_talk(doing.actor, talk.asker_id):
        return Refused(SETTLED)
    if is_overdue(talk.asked_at, doing.now):
        return Refused(SETTLED)
    return Done() if _settle(session, talk_id, TalkState.WITHDRAWN, doing.now) else Refused(SETTLED)


def tick(database: Database, now: datetime) -> int:
    """End requests that nobody has answered in two weeks; the askers hear. Returns how many."""
    with database.read() as session:
        old = talk_rows.overdue(session, now - REQUEST_LASTS, _AT_ONCE)
    if not old:
        return 0
    with database.write() as session:
        return sum(_settle(session, talk_id, TalkState.WITHDRAWN, now, lapsed=True) for talk_id in old)


def _settle(session: Session, talk_id: int, state: TalkState, now: datetime, *, lapsed: bool = False) -> bool:
    """End a request that waits: its message shows it, and the asker hears of what they did not do."""
    if not talk_rows.settle(session, talk_id, state, now):
        return False
    talk = session.get_one(Talk, talk_id)
    refresh_request(session, talk_id, now)
    if lapsed or state is not TalkState.WITHDRAWN:
        put_answer(session, talk_id, talk.asker_id, now)
    put_home(session, talk.asker_id, now)
    return True
