"""The clinician's answer to a figure, colleagues' reasons, and the analyst's queue."""

from __future__ import annotations

import json

from slack_bolt import App
from sqlmodel import Session

from bot.access import may_answer_figures
from bot.answers import acts, gather, names, queue, words
from bot.digests.requests import notice_view
from bot.home.settings_form import Mistakes
from bot.ideas.doing import Doing, Refused
from bot.ideas.leading import known
from bot.slack_blocks import View, value_of
from bot.talks.gather import title_of
from bot.talks.names import read_measure
from handlers.deps import PATIENCE, Deps
from handlers.exchange import (
    Act,
    Page,
    add_deeds,
    add_forms,
    add_pages,
    by_id,
    doing_of,
    id_of,
    in_place,
    on_press,
    once,
    opens_on_record,
    register_each,
)
from handlers.screen import Press
from storage import answer_rows
from storage.case_queries import count_person_cases
from storage.terms import AnswerKind

CHOOSE = "Please choose one."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of answers."""
    pages: dict[str, Page] = {
        names.WARRANTED: _warranted_page,
        names.WRONG: _wrong_page,
        names.OTHERS: _others_page,
        names.VARIED: _varied_page,
    }
    add_pages(app, deps, pages)
    # From the Home they come up; "Further" and "Back" turn the page that is open.
    add_pages(app, deps, {names.MINE: _mine_page, names.QUEUE: _queue_page}, turns=True)
    add_deeds(app, deps, {names.WITHDRAW: by_id(acts.withdraw)}, in_place())
    register_each(
        app,
        {
            names.LOOK: opens_on_record(deps, names.LOOK, _item_page),
            names.SECOND: on_press(names.SECOND, lambda press: _second(deps, press)),
        },
    )
    forms = {names.WARRANTED: _read_warranted, names.WRONG: _read_wrong, names.LOOK: _read_verdict}
    add_forms(app, deps, {action: (read, names.WORDS) for action, read in forms.items()})


def _second(deps: Deps, press: Press) -> None:
    """ "I would have done the same": the page goes on without that button."""
    number, key = read_measure(press.value)
    outcome = once(
        deps, press.user_id, press.key, lambda session, doing: acts.second(session, doing, key, id_of(number))
    )
    if isinstance(outcome, Refused):
        press.replace(notice_view(outcome.reason))
        return
    with deps.database.read(patience=PATIENCE) as session:
        press.replace(_varied_page(session, doing_of(deps, session, press.user_id), key))


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


def _item_page(session: Session, doing: Doing, value: str) -> View:
    """One answer with its figures; the look is on record before they are on the screen (D4)."""
    item = queue.look(session, doing, id_of(value))
    return notice_view(queue.GONE) if item is None else words.item_form(item)


# -- forms ----


def _read_warranted(view: View) -> Act | Mistakes:
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


def _read_wrong(view: View) -> Act | Mistakes:
    week, key = words.read_week(view["private_metadata"])
    values = view["state"]["values"]
    key = key or str(value_of(values, names.MEASURE, names.MEASURE, "selected_option", "value") or "")
    kind = value_of(values, names.KIND, names.KIND, "selected_option", "value")
    if not key:
        return Mistakes({names.MEASURE: CHOOSE})
    if not kind:
        return Mistakes({names.KIND: CHOOSE})
    typed = _typed(view)
    return lambda session, doing: acts.report(session, doing, week, key, AnswerKind(kind), typed)


def _read_verdict(view: View) -> Act | Mistakes:
    number = int(json.loads(view["private_metadata"])["answer"])
    verdict = value_of(view, "state", "values", names.VERDICT, names.VERDICT, "selected_option", "value")
    if not verdict:
        return Mistakes({names.VERDICT: CHOOSE})
    typed, agreed = _typed(view), verdict == names.AGREE
    return lambda session, doing: queue.close(session, doing, number, typed, agreed=agreed)


def _typed(view: View) -> str:
    return str(value_of(view, "state", "values", names.WORDS, names.WORDS, "value") or "")
