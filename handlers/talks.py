"""Talks: offering to listen or to tell how, asking for one, answering, taking back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from sqlmodel import Session

from bot.access import may_offer_to_listen, may_offer_to_tell, may_see_figures
from bot.clock import local_date
from bot.digests.requests import notice_view
from bot.ideas.doing import Doing, Outcome, Refused
from bot.ideas.leading import known
from bot.ideas.names import form_of
from bot.slack_blocks import View, value_of
from bot.talks import acts, gather, names, words
from bot.talks.rules import OFFER_LASTS
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import Act, Listener, after, do, doing_of, register_each, say_beside, show
from storage import talk_rows
from storage.digest_queries import digest_of
from storage.engine import DatabaseBusy

log = structlog.stdlib.get_logger()

CHOOSE = "Choose somebody."

Page = Callable[[Session, Doing, str], View]
Read = Callable[[View], Act | str]


def register(app: App, deps: Deps) -> None:
    """Add the listeners of talks."""
    pages: dict[str, Page] = {
        names.TALK: _talk_page,
        names.ASK: _ask_page,
        names.TELL: _tell_page,
        names.LISTEN: _listen_page,
    }
    register_each(app, {action: _opens(deps, action, page) for action, page in pages.items()})
    presses: dict[str, Callable[[int], Act]] = {
        names.END: lambda number: lambda session, doing: acts.end_offer(session, doing, number),
        names.TAKE_BACK: lambda number: lambda session, doing: acts.take_back(session, doing, number),
        names.GLADLY: lambda number: lambda session, doing: acts.answer(session, doing, number, gladly=True),
        names.NOT_NOW: lambda number: (
            lambda session, doing: acts.answer(session, doing, number, gladly=False)
        ),
    }
    register_each(app, {action: _pressed(deps, action, act) for action, act in presses.items()})
    forms: dict[str, tuple[Read, str]] = {
        names.TALK: (_read_coach, names.WHO),
        names.ASK: (_read_measure(acts.ask_colleague), ""),
        names.TELL: (_read_measure(acts.offer_to_tell), ""),
        names.LISTEN: (_read_words, names.WORDS),
    }
    for action, (read, block) in forms.items():
        app.view(form_of(action))(_submitted(deps, read, block))


def _opens(deps: Deps, listener_name: str, page: Page) -> Listener:
    """A button that opens a page, for whoever presses it."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.read(patience=PATIENCE) as session:
                doing = doing_of(deps, session, body["user"]["id"])
                view = page(session, doing, str(action.get("value", "")))
        except DatabaseBusy:
            log.warning("database_busy", listener=listener_name)
            view = notice_view(NOT_SAVED)
        show(client, body, view)
        ack()

    return listener


def _pressed(deps: Deps, listener_name: str, act: Callable[[int], Act]) -> Listener:
    """A button that does something at once: the message or the Home shows it, only a refusal is said."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        try:
            outcome = do(deps, body["user"]["id"], body["trigger_id"], act(int(action["value"])))
        except DatabaseBusy:
            log.warning("database_busy", listener=listener_name)
            outcome = Refused(NOT_SAVED)
        if isinstance(outcome, Refused):
            show(client, body, notice_view(outcome.reason))
        elif (body.get("view") or {}).get("type") == "modal":
            # Its page would go on showing what has just been taken back.
            client.views_update(view_id=body["view"]["id"], view=notice_view("It is taken back."))
        ack()

    return listener


def _submitted(deps: Deps, read: Read, block: str) -> Listener:
    """A form comes back: what is wrong stands beside its field, or takes the page's place."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        act = read(view)
        if isinstance(act, str):
            ack(**say_beside(view, act, block))
            return
        try:
            outcome = do(deps, body["user"]["id"], view["id"], act)
        except DatabaseBusy:
            log.warning("database_busy", listener=view["callback_id"])
            # The form stays open with everything that was filled in.
            outcome = Refused(NOT_SAVED)
        if outcome is None:
            ack(response_action="clear")
        elif isinstance(outcome, Refused):
            ack(**say_beside(view, outcome.reason, block))
        else:
            ack(**after(outcome, deps))

    return listener


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


def _read_coach(view: View) -> Act | str:
    chosen = value_of(view, "state", "values", names.WHO, names.WHO, "selected_option", "value")
    if not chosen or not str(chosen).isdecimal():
        return CHOOSE
    return lambda session, doing: acts.ask_coach(session, doing, int(chosen))


def _read_words(view: View) -> Act | str:
    typed = value_of(view, "state", "values", names.WORDS, names.WORDS, "value") or ""
    return lambda session, doing: acts.offer_to_listen(session, doing, str(typed))


def _read_measure(act: Callable[[Session, Doing, str], Outcome]) -> Read:
    def read(view: View) -> Act | str:
        key = str(json.loads(view["private_metadata"])["measure"])
        return lambda session, doing: act(session, doing, key)

    return read
