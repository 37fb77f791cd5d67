"""From a decision to "yes, it is in place": support, progress, tests, proof, and the sender's own word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import structlog
from slack_bolt import Ack, App
from sqlmodel import Session

from bot.digests.requests import notice_view
from bot.home.settings_form import Mistakes
from bot.ideas import acts, gather, names
from bot.ideas.doing import Doing, Done, Outcome
from bot.ideas.effects import effect
from bot.ideas.words import asks
from bot.slack_blocks import View
from handlers.deps import Deps
from handlers.exchange import Deed, Listener, add_deeds, appears, doing_of
from handlers.ideas.common import (
    Button,
    Opening,
    Reader,
    Submission,
    page_view,
    read_value,
    register_forms,
    submitted,
    with_words,
)
from handlers.screen import Press, redraw
from storage.idea_search import wipe_leftovers
from storage.ideas import Idea

log = structlog.stdlib.get_logger()

DOERS = "This is for whoever looks after the idea, and for the unit's leaders. {who}"
SENDERS = "Only whoever handed the idea in can do this."
REMOVERS = (
    "Patient details are taken out by the unit's leaders, by whoever handed the idea in, or by those who "
    "look after Rounds. {who} Please tell one of them."
)
ADOPTERS = "An idea is adopted for another unit, by whoever works in that unit or leads it."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of doing."""
    register_forms(app, deps, BUTTONS, READERS)
    at_once = {names.ME_TOO: _to_idea(acts.support), names.CHART: _to_idea(effect.put_effect)}
    add_deeds(app, deps, at_once, partial(_say_or_draw, deps))
    app.view(names.form_of(names.REMOVE))(details_removed(deps))


def details_removed(deps: Deps) -> Listener:
    """Patient details are taken out, and then out of what the database's files still hold of them."""
    take_out = submitted(deps, _remove)

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        take_out(ack, body, view)
        deps.later("wipe_leftovers", lambda: wipe(deps))

    return listener


def wipe(deps: Deps) -> None:
    """Do it while nobody waits. What is read just now stays until the housekeeping comes."""
    if not wipe_leftovers(deps.database):
        log.warning("leftovers_stay", until="the next housekeeping")


def _to_idea(act: Callable[[Session, Doing, int], Outcome]) -> Deed:
    return lambda session, doing, value: act(session, doing, read_value(value)[0])


def _say_or_draw(deps: Deps, press: Press, done: Done) -> None:
    """What there is to say is said to whoever pressed, alone; else the page that is open shows it."""
    if done.note:
        press.show(notice_view(done.note))
    elif done.appears_on is not None:
        press.show(notice_view(appears(done, deps)))
    elif press.in_modal:
        deps.later("idea_page", lambda: _draw_again(deps, press))


def _draw_again(deps: Deps, press: Press) -> None:
    number, _ = read_value(press.value)
    with deps.database.read() as session:
        drawn = page_view(session, doing_of(deps, session, press.user_id), number)
    redraw(press.client, press.under, drawn)


# -- the buttons ----


def _adopt(opening: Opening) -> View:
    units = gather.form_facts(opening.session, opening.doing).units
    theirs = _units_to_adopt_in(opening)
    return asks.adopt_form(opening.facts, [unit for unit in units if unit.id in theirs])


def _units_to_adopt_in(opening: Opening) -> list[int]:
    idea = opening.session.get_one(Idea, opening.facts.number)
    return gather.adopting_units(opening.session, opening.doing, idea)


BUTTONS = (
    Button(names.NOTE, DOERS, lambda o: o.may.note, lambda o: asks.note_form(o.facts)),
    Button(names.STUDY, DOERS, lambda o: o.may.study, lambda o: asks.study_form(o.facts)),
    Button(names.IMPLEMENT, DOERS, lambda o: o.may.implement, lambda o: asks.implement_form(o.facts)),
    Button(names.ANSWER, SENDERS, lambda o: o.may.answer, lambda o: asks.answer_form(o.facts, o.seq)),
    Button(names.ADD_DETAIL, SENDERS, lambda o: o.may.add_detail, lambda o: asks.detail_form(o.facts)),
    Button(names.WITHDRAW, SENDERS, lambda o: o.may.withdraw, lambda o: asks.withdraw_form(o.facts)),
    Button(names.VERIFY, SENDERS, lambda o: o.may.verify, lambda o: asks.verify_form(o.facts)),
    Button(names.DISPUTE, SENDERS, lambda o: o.may.dispute, lambda o: asks.dispute_form(o.facts)),
    Button(names.REMOVE, REMOVERS, lambda o: o.may.remove_details, lambda o: asks.remove_form(o.facts)),
    # Whoever has another unit sees the form; whether it can be adopted there is said when it comes back.
    Button(names.ADOPT, ADOPTERS, lambda o: bool(_units_to_adopt_in(o)), _adopt),
)


# -- the forms ----


def _answer(view: View, target: asks.Target, _today: date) -> Submission | Mistakes:
    words = asks.read_words(view)
    return Submission(
        (words,), lambda session, doing: acts.answer(session, doing, target.idea, target.seq, words)
    )


def _study(view: View, target: asks.Target, today: date) -> Submission | Mistakes:
    study = asks.read_study(view, today)
    if isinstance(study, Mistakes):
        return study
    return Submission(
        (study.learned, study.data), lambda session, doing: acts.study(session, doing, target.idea, study)
    )


def _implement(view: View, target: asks.Target, today: date) -> Submission | Mistakes:
    what = asks.read_implementation(view, today)
    if isinstance(what, Mistakes):
        return what
    return Submission(
        (what.done, what.proof), lambda session, doing: acts.implement(session, doing, target.idea, what)
    )


def _verify(view: View, target: asks.Target, _today: date) -> Submission | Mistakes:
    share = asks.read_share(view)
    return Submission((), lambda session, doing: acts.verify(session, doing, target.idea, share))


def _remove(_view: View, target: asks.Target, _today: date) -> Submission | Mistakes:
    return Submission((), lambda session, doing: acts.remove_details(session, doing, target.idea))


def _adopt_into(view: View, target: asks.Target, _today: date) -> Submission | Mistakes:
    unit_id = asks.read_unit(view)
    if isinstance(unit_id, Mistakes):
        return unit_id
    return Submission((), lambda session, doing: acts.adopt(session, doing, target.idea, unit_id))


READERS: dict[str, Reader] = {
    names.NOTE: with_words(acts.note),
    names.STUDY: _study,
    names.IMPLEMENT: _implement,
    names.ANSWER: _answer,
    names.ADD_DETAIL: with_words(acts.add_detail),
    names.WITHDRAW: with_words(acts.withdraw),
    names.VERIFY: _verify,
    names.DISPUTE: with_words(acts.dispute),
    names.ADOPT: _adopt_into,
}
