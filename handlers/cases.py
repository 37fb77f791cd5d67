"""The cases behind one's own figure: the list, setting some aside, one's own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from sqlmodel import Session

from bot.answers import acts as answers
from bot.answers.gather import readers
from bot.answers.words import who_reads
from bot.cases import acts, gather, names, pages
from bot.cases.facts import CasesPage
from bot.digests.requests import notice_view
from bot.ideas.doing import Doing, Outcome, Refused
from bot.ideas.leading import known
from bot.ideas.names import anywhere, form_of
from bot.slack_blocks import View, value_of
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import Act, Listener, after, do, doing_of, say_beside, show
from storage.engine import DatabaseBusy
from storage.terms import AnswerKind

log = structlog.stdlib.get_logger()

GONE = "This list is no longer kept. `/digest` shows your latest digest."
CHOOSE_CASES = "Choose at least one case."
CHOOSE_WHY = "Choose why."

Make = Callable[[Session, Doing, CasesPage], View]


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    app.action(names.SHOW)(_opens(deps, names.SHOW, _list))
    app.action(names.TELL)(_opens(deps, names.TELL, lambda _session, _doing, page: pages.story_view(page)))
    app.action(names.ASIDE)(_opens(deps, names.ASIDE, _aside))
    app.action(anywhere(names.PAGE))(_turns(deps))
    app.view(form_of(names.TELL))(_submitted(deps, _read_story, names.WORDS))
    app.view(form_of(names.ASIDE))(_submitted(deps, _read_aside, names.CASES))


def _opens(deps: Deps, listener_name: str, make: Make) -> Listener:
    """A button that opens a page of the presser's own digest, whatever it carries."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        show(client, body, _view(deps, body, action, listener_name, make))
        ack()

    return listener


def _turns(deps: Deps) -> Listener:
    """An older or newer page takes the place of the one that is open."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        view = _view(deps, body, action, names.PAGE, _list)
        client.views_update(view_id=body["view"]["id"], view=view)
        ack()

    return listener


def _view(deps: Deps, body: dict[str, Any], action: dict[str, Any], listener_name: str, make: Make) -> View:
    week, offset = names.read_value(str(action.get("value", "")))
    try:
        with deps.database.read(patience=PATIENCE) as session:
            doing = doing_of(deps, session, body["user"]["id"])
            page = gather.cases_page(session, doing.actor, week, offset, deps.settings.case_link)
            return notice_view(GONE) if page is None else make(session, doing, page)
    except DatabaseBusy:
        log.warning("database_busy", listener=listener_name)
        return notice_view(NOT_SAVED)


def _list(_session: Session, _doing: Doing, page: CasesPage) -> View:
    return pages.cases_view(page)


def _aside(session: Session, doing: Doing, page: CasesPage) -> View:
    person = known(doing.actor)
    if person is None:
        return notice_view(GONE)
    return pages.aside_view(page, who_reads(readers(session, person, doing.today)))


def _submitted(deps: Deps, read: Callable[[View], Act | str], block: str) -> Listener:
    """A form comes back: what is wrong stands beside its field, the rest is kept and said."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        act = read(view)
        if isinstance(act, str):
            ack(**say_beside(view, act, block))
            return
        try:
            outcome: Outcome | None = do(deps, body["user"]["id"], view["id"], act)
        except DatabaseBusy:
            log.warning("database_busy", listener=view["callback_id"])
            # The form stays open with everything that was typed.
            outcome = Refused(NOT_SAVED)
        if outcome is None:
            ack(response_action="clear")
        elif isinstance(outcome, Refused):
            ack(**say_beside(view, outcome.reason, names.WORDS))
        else:
            ack(**after(outcome, deps))

    return listener


def _read_story(view: View) -> Act | str:
    week = str(json.loads(view["private_metadata"])["week"])
    words = str(_value(view, names.WORDS, "value") or "")
    return lambda session, doing: acts.keep_story(session, doing, week, words)


def _read_aside(view: View) -> Act | str:
    week = str(json.loads(view["private_metadata"])["week"])
    refs = [str(one["value"]) for one in _value(view, names.CASES, "selected_options") or ()]
    kind = _value(view, names.KIND, "selected_option", "value")
    words = str(_value(view, names.WORDS, "value") or "")
    shown = bool(_value(view, names.SHOWN, "selected_options"))
    if not refs:
        return CHOOSE_CASES
    if kind not in {one.value for one, _ in pages.ASIDE_KINDS}:
        return CHOOSE_WHY

    def act(session: Session, doing: Doing) -> Outcome:
        digest = gather.own_digest(session, doing.actor, week)
        if digest is None or digest.measure_id is None:
            return Refused(acts.GONE)
        return answers.set_aside_cases(
            session, doing, digest.measure_id, refs, AnswerKind(kind), words, shown=shown
        )

    return act


def _value(view: View, block: str, *path: str) -> Any:
    return value_of(view, "state", "values", block, block, *path)
