"""The clinician's answer to a figure, colleagues' reasons, and the analyst's queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from sqlmodel import Session

from bot.access import may_answer_figures
from bot.answers import acts, gather, names, queue, words
from bot.digests.requests import notice_view
from bot.ideas.doing import Doing, Refused
from bot.ideas.leading import known
from bot.ideas.names import form_of
from bot.slack_blocks import View, value_of
from bot.talks.gather import title_of
from bot.talks.names import read_measure
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import Act, Listener, after, do, doing_of, register_each, say_beside, show
from storage import answer_rows
from storage.case_queries import count_person_cases
from storage.engine import DatabaseBusy
from storage.seen import first_time
from storage.terms import AnswerKind

log = structlog.stdlib.get_logger()

CHOOSE = "Please choose one."

Page = Callable[[Session, Doing, str], View]
Read = Callable[[View], Act | tuple[str, str]]


def register(app: App, deps: Deps) -> None:
    """Add the listeners of answers."""
    pages: dict[str, Page] = {
        names.WARRANTED: _warranted_page,
        names.WRONG: _wrong_page,
        names.OTHERS: _others_page,
        names.VARIED: _varied_page,
        names.MINE: _mine_page,
        names.QUEUE: _queue_page,
    }
    register_each(app, {action: _opens(deps, action, page) for action, page in pages.items()})
    register_each(
        app,
        {
            names.LOOK: _looks(deps),
            names.SECOND: _seconds(deps),
            names.WITHDRAW: _withdraws(deps),
        },
    )
    forms: dict[str, Read] = {
        names.WARRANTED: _read_warranted,
        names.WRONG: _read_wrong,
        names.LOOK: _read_verdict,
    }
    for action, read in forms.items():
        app.view(form_of(action))(_submitted(deps, read))


def _opens(deps: Deps, listener_name: str, page: Page) -> Listener:
    """A button that opens a page, for whoever presses it; "Further" and "Back" turn the page that is open."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.read(patience=PATIENCE) as session:
                doing = doing_of(deps, session, body["user"]["id"])
                view = page(session, doing, str(action.get("value", "")))
        except DatabaseBusy:
            log.warning("database_busy", listener=listener_name)
            view = notice_view(NOT_SAVED)
        under = body.get("view") or {}
        if under.get("type") == "modal" and listener_name in (names.MINE, names.QUEUE):
            client.views_update(view_id=under["id"], view=view)
        else:
            show(client, body, view)
        ack()

    return listener


def _looks(deps: Deps) -> Listener:
    """An analyst opens an answer: the look is on record before its figures are on the screen (D4)."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.write(patience=PATIENCE) as session:
                if not first_time(session, body["trigger_id"], deps.clock.now()):
                    ack()
                    return
                doing = doing_of(deps, session, body["user"]["id"])
                item = queue.look(session, doing, int(action["value"]))
                view = notice_view(queue.GONE) if item is None else words.item_form(item)
        except DatabaseBusy:
            log.warning("database_busy", listener=names.LOOK)
            view = notice_view(NOT_SAVED)
        show(client, body, view)
        ack()

    return listener


def _seconds(deps: Deps) -> Listener:
    """ "I would have done the same": the page goes on without that button."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        number, key = read_measure(str(action.get("value", "")))
        user = body["user"]["id"]
        view = notice_view(NOT_SAVED)
        try:
            outcome = do(
                deps, user, body["trigger_id"], lambda s, doing: acts.second(s, doing, key, int(number))
            )
            with deps.database.read(patience=PATIENCE) as session:
                view = _varied_page(session, doing_of(deps, session, user), key)
            if isinstance(outcome, Refused):
                view = notice_view(outcome.reason)
        except DatabaseBusy:
            log.warning("database_busy", listener=names.SECOND)
        client.views_update(view_id=body["view"]["id"], view=view)
        ack()

    return listener


def _withdraws(deps: Deps) -> Listener:
    """What was said is taken back: the Home or the page shows it."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        user, number = body["user"]["id"], int(action["value"])
        try:
            outcome = do(deps, user, body["trigger_id"], lambda s, doing: acts.withdraw(s, doing, number))
        except DatabaseBusy:
            log.warning("database_busy", listener=names.WITHDRAW)
            outcome = Refused(NOT_SAVED)
        under = body.get("view") or {}
        if isinstance(outcome, Refused):
            show(client, body, notice_view(outcome.reason))
        elif outcome is not None and under.get("type") == "modal":
            # Its page would go on showing what has just been withdrawn.
            client.views_update(view_id=under["id"], view=notice_view(outcome.note))
        ack()

    return listener


def _submitted(deps: Deps, read: Read) -> Listener:
    """A form comes back: what is wrong stands beside its field, or takes the page's place."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        act = read(view)
        if isinstance(act, tuple):
            block, wrong = act
            ack(**say_beside(view, wrong, block))
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
            ack(**say_beside(view, outcome.reason, names.WORDS))
        else:
            ack(**after(outcome, deps))

    return listener


# -- pages ----


def _warranted_page(session: Session, doing: Doing, value: str) -> View:
    person, (week, key) = known(doing.actor), read_measure(value)
    found = None if person is None else gather.window(session, person, week, key, doing.settings)
    if person is None or found is None or not may_answer_figures(doing.actor, person):
        return notice_view(words.GONE)
    cases = count_person_cases(session, person, found.measure_id, found.first_day, found.last_day)
    readers = gather.readers(session, person, doing.today)
    return words.warranted_form(found, readers, cases=bool(cases))


def _wrong_page(session: Session, doing: Doing, value: str) -> View:
    person, (week, key) = known(doing.actor), read_measure(value)
    found = None if person is None else gather.window(session, person, week, key, doing.settings)
    if person is None or found is None or not may_answer_figures(doing.actor, person):
        return notice_view(words.GONE)
    return words.wrong_form(week, (), gather.readers(session, person, doing.today), found)


def _others_page(session: Session, doing: Doing, value: str) -> View:
    person = known(doing.actor)
    measures = [] if person is None else gather.measures_of(session, person, value)
    if person is None or not measures or not may_answer_figures(doing.actor, person):
        return notice_view(words.GONE)
    return words.wrong_form(value, measures, gather.readers(session, person, doing.today), None)


def _varied_page(session: Session, doing: Doing, value: str) -> View:
    reasons = gather.reasons_for(session, doing.actor, value, doing.today)
    return words.varied_page(title_of(session, value) if reasons else "", value, reasons)


def _mine_page(session: Session, doing: Doing, value: str) -> View:
    person, first = known(doing.actor), int(value)
    if person is None:
        return notice_view(acts.UNSURE)
    mine = gather.own_answers(session, person, doing.settings, offset=first, limit=gather.ON_PAGE)
    return words.mine_page(mine, first, answer_rows.count_own(session, person))


def _queue_page(session: Session, doing: Doing, value: str) -> View:
    found = gather.waiting(session, doing, offset=int(value))
    if found is None:
        return notice_view(queue.GONE)
    return words.queue_page(found[0], int(value), found[1])


# -- forms ----


def _read_warranted(view: View) -> Act | tuple[str, str]:
    week, key = words.read_week(view["private_metadata"])
    values = view["state"]["values"]
    starts = {
        str(one["value"])
        for block, fields in values.items()
        if block.startswith(names.PERIODS)
        for one in value_of(fields, block, "selected_options") or ()
    }
    shown = bool(value_of(values, names.SHOWN, names.SHOWN, "selected_options"))
    typed = _typed(view)
    return lambda session, doing: acts.warrant(session, doing, week, key, starts, typed, shown=shown)


def _read_wrong(view: View) -> Act | tuple[str, str]:
    week, key = words.read_week(view["private_metadata"])
    values = view["state"]["values"]
    key = key or str(value_of(values, names.MEASURE, names.MEASURE, "selected_option", "value") or "")
    kind = value_of(values, names.KIND, names.KIND, "selected_option", "value")
    if not key:
        return names.MEASURE, CHOOSE
    if not kind:
        return names.KIND, CHOOSE
    typed = _typed(view)
    return lambda session, doing: acts.report(session, doing, week, key, AnswerKind(kind), typed)


def _read_verdict(view: View) -> Act | tuple[str, str]:
    number = int(json.loads(view["private_metadata"])["answer"])
    verdict = value_of(view, "state", "values", names.VERDICT, names.VERDICT, "selected_option", "value")
    if not verdict:
        return names.VERDICT, CHOOSE
    typed, agreed = _typed(view), verdict == names.AGREE
    return lambda session, doing: queue.close(session, doing, number, typed, agreed=agreed)


def _typed(view: View) -> str:
    return str(value_of(view, "state", "values", names.WORDS, names.WORDS, "value") or "")
