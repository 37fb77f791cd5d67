"""What leaders and approvers answer: acknowledge, decide, ask, assign, merge, move, approve, open again."""

from __future__ import annotations

from datetime import date

from slack_bolt import App

from bot.digests.requests import notice_view
from bot.home.settings_form import Mistakes
from bot.ideas import acts, gather, leading, names
from bot.ideas.finding.similar import similar
from bot.ideas.words import asks
from bot.slack_blocks import View
from handlers.deps import PATIENCE, Deps
from handlers.exchange import doing_of, on_press, register_each
from handlers.ideas.common import (
    GONE,
    Button,
    Opening,
    Reader,
    Submission,
    facts_of,
    register_forms,
    with_words,
)
from handlers.screen import Press
from storage.ideas import Idea

LEADERS = (
    "Ideas are answered by the leaders of the unit, their deputy and whoever stands in for one of them. {who}"
)
APPROVERS = "This is for an approver: medicines, devices and clinical pathways need one."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of answering."""
    register_forms(app, deps, BUTTONS, READERS)
    register_each(app, {names.CHOICE: on_press(names.CHOICE, lambda press: _choice_made(deps, press))})


# -- the buttons ----


def _approves(opening: Opening) -> bool:
    idea = opening.session.get_one(Idea, opening.facts.number)
    return opening.facts.waits_for_approval and leading.approves(opening.doing.actor, idea)


def _merge(opening: Opening) -> View:
    others = [
        one
        for one in similar(opening.session, opening.facts.text, limit=6, settings=opening.doing.settings)
        if one.number != opening.facts.number
    ]
    return asks.merge_form(opening.facts, others)


def _move(opening: Opening) -> View:
    units = gather.form_facts(opening.session, opening.doing).units
    return asks.move_form(opening.facts, [unit for unit in units if unit.name != opening.facts.unit])


BUTTONS = (
    Button(names.ACKNOWLEDGE, LEADERS, lambda o: o.may.acknowledge, lambda o: asks.acknowledge_form(o.facts)),
    Button(names.DECIDE, LEADERS, lambda o: o.may.decide, lambda o: asks.decide_form(o.facts)),
    Button(names.ASK, LEADERS, lambda o: o.may.ask, lambda o: asks.ask_form(o.facts)),
    Button(names.ASSIGN, LEADERS, lambda o: o.may.assign, lambda o: asks.assign_form(o.facts)),
    Button(names.MERGE, LEADERS, lambda o: o.may.merge, _merge),
    Button(names.MOVE, LEADERS, lambda o: o.may.move, _move),
    Button(names.REOPEN, LEADERS, lambda o: o.may.reopen, lambda o: asks.reopen_form(o.facts)),
    Button(names.APPROVE, APPROVERS, _approves, lambda o: asks.approve_form(o.facts, o.seq)),
    Button(names.SEND_BACK, APPROVERS, _approves, lambda o: asks.send_back_form(o.facts, o.seq)),
)


# -- the forms ----


def _acknowledge(view: View, target: asks.Target, _today: date) -> Submission | Mistakes:
    words = asks.read_words(view)
    return Submission(
        (words,),
        lambda session, doing: acts.acknowledge(session, doing, target.idea, words, target.version),
    )


def _decide(view: View, target: asks.Target, today: date) -> Submission | Mistakes:
    decision = asks.read_decision(view, today)
    if isinstance(decision, Mistakes):
        return decision
    return Submission(
        (decision.words, decision.more),
        lambda session, doing: acts.decide(session, doing, target.idea, decision),
    )


def _assign(view: View, target: asks.Target, _today: date) -> Submission | Mistakes:
    whom = asks.read_whom(view)
    if not whom:
        return Mistakes({names.WHOM: asks.NO_PERSON})
    return Submission((), lambda session, doing: acts.assign(session, doing, target.idea, whom))


def _merge_into(view: View, target: asks.Target, _today: date) -> Submission | Mistakes:
    into = asks.read_merge(view)
    if isinstance(into, Mistakes):
        return into
    return Submission((), lambda session, doing: acts.merge(session, doing, target.idea, into))


def _move_to(view: View, target: asks.Target, _today: date) -> Submission | Mistakes:
    unit_id = asks.read_unit(view)
    if isinstance(unit_id, Mistakes):
        return unit_id
    return Submission((), lambda session, doing: acts.move(session, doing, target.idea, unit_id))


def _approve(view: View, target: asks.Target, _today: date) -> Submission | Mistakes:
    words = asks.read_words(view)
    return Submission(
        (words,), lambda session, doing: acts.approve(session, doing, target.idea, target.seq, words)
    )


def _send_back(view: View, target: asks.Target, _today: date) -> Submission | Mistakes:
    words = asks.read_words(view)
    return Submission(
        (words,), lambda session, doing: acts.send_back(session, doing, target.idea, target.seq, words)
    )


READERS: dict[str, Reader] = {
    names.ACKNOWLEDGE: _acknowledge,
    names.DECIDE: _decide,
    names.ASK: with_words(acts.ask),
    names.ASSIGN: _assign,
    names.MERGE: _merge_into,
    names.MOVE: _move_to,
    names.REOPEN: with_words(acts.reopen),
    names.APPROVE: _approve,
    names.SEND_BACK: _send_back,
}


def _choice_made(deps: Deps, press: Press) -> None:
    """What is decided was chosen: the form shows the fields that belong to it, and keeps what was typed."""
    target = asks.read_target(press.under)
    with deps.database.read(patience=PATIENCE) as session:
        facts = facts_of(session, doing_of(deps, session, press.user_id), target.idea)
    if facts is None:
        press.replace(notice_view(GONE))
        return
    drawn = asks.decide_form(facts, asks.read_choice(press.under))
    # The version that was first seen: what happened meanwhile is not to be decided over.
    drawn["private_metadata"] = press.under["private_metadata"]
    press.replace(drawn)
