"""Talks: offering to listen or to tell how, asking for one, answering, taking back."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from slack_bolt import App
from sqlmodel import Session

from bot.access import may_offer_to_listen, may_offer_to_tell, may_see_figures
from bot.clock import local_date
from bot.digests.requests import notice_view
from bot.home.settings_form import Mistakes
from bot.ideas.doing import Doing, Outcome
from bot.ideas.leading import known
from bot.slack_blocks import View, value_of
from bot.talks import acts, gather, names, words
from bot.talks.rules import OFFER_LASTS
from handlers.deps import Deps
from handlers.exchange import Act, Page, Read, add_deeds, add_forms, add_pages, by_id, in_place
from storage import talk_rows
from storage.digest_queries import digest_of

CHOOSE = "Choose somebody."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of talks."""
    pages: dict[str, Page] = {
        names.TALK: _talk_page,
        names.ASK: _ask_page,
        names.TELL: _tell_page,
        names.LISTEN: _listen_page,
    }
    deeds = {
        names.END: by_id(acts.end_offer),
        names.TAKE_BACK: by_id(acts.take_back),
        names.GLADLY: by_id(partial(acts.answer, gladly=True)),
        names.NOT_NOW: by_id(partial(acts.answer, gladly=False)),
    }
    forms: dict[str, tuple[Read, str]] = {
        names.TALK: (_read_coach, names.WHO),
        names.ASK: (_read_measure(acts.ask_colleague), ""),
        names.TELL: (_read_measure(acts.offer_to_tell), ""),
        names.LISTEN: (_read_words, names.WORDS),
    }
    add_pages(app, deps, pages)
    add_deeds(app, deps, deeds, in_place("It is taken back."))
    add_forms(app, deps, forms)


# -- pages ----


def _talk_page(session: Session, doing: Doing, _value: str) -> View:
    person = known(doing.actor)
    if person is None:
        return notice_view(acts.UNSURE)
    there = gather.listeners(session, person, doing.today, doing.now, doing.team_id)
    return words.talk_page(there, gather.waiting_by(session, person))


def _ask_page(session: Session, doing: Doing, value: str) -> View:
    person, key = known(doing.actor), _key_of(session, doing, value)
    if person is None:
        return notice_view(acts.UNSURE)
    if key is None or gather.teller_for(session, person, key, doing.today, doing.now, doing.team_id) is None:
        return notice_view(words.NO_TELLERS)
    return words.ask_page(gather.title_of(session, key), key)


def _tell_page(session: Session, doing: Doing, value: str) -> View:
    person, key = known(doing.actor), _key_of(session, doing, value)
    peer = None if person is None or key is None else gather.standing(session, person, key)
    reached = peer is not None and peer.reached
    if person is None or key is None or not may_offer_to_tell(doing.actor, person, reached=reached):
        return notice_view(acts.NOT_REACHED)
    until = local_date(doing.now + OFFER_LASTS, doing.settings.zone)
    return words.tell_page(gather.title_of(session, key), key, until)


def _listen_page(_session: Session, doing: Doing, _value: str) -> View:
    if not may_offer_to_listen(doing.actor):
        return notice_view(acts.NOT_A_COACH)
    return words.listen_page(acts.LONGEST_WORDS)


def _key_of(session: Session, doing: Doing, value: str) -> str | None:
    """The measure that a button is about: its own, or the one that leads the presser's digest of a week."""
    week, key = names.read_measure(value)
    if key:
        return key
    person = doing.actor.person_id
    digest = None if person is None else digest_of(session, person, week)
    if digest is None or digest.measure_id is None or not may_see_figures(doing.actor, digest.person_id):
        return None
    return talk_rows.key_of_measure(session, digest.measure_id)


# -- forms ----


def _read_coach(view: View) -> Act | Mistakes:
    chosen = value_of(view, "state", "values", names.WHO, names.WHO, "selected_option", "value")
    if not chosen or not str(chosen).isdecimal():
        return Mistakes({names.WHO: CHOOSE})
    return lambda session, doing: acts.ask_coach(session, doing, int(chosen))


def _read_words(view: View) -> Act | Mistakes:
    typed = value_of(view, "state", "values", names.WORDS, names.WORDS, "value") or ""
    return lambda session, doing: acts.offer_to_listen(session, doing, str(typed))


def _read_measure(act: Callable[[Session, Doing, str], Outcome]) -> Read:
    def read(view: View) -> Act | Mistakes:
        key = str(json.loads(view["private_metadata"])["measure"])
        return lambda session, doing: act(session, doing, key)

    return read
