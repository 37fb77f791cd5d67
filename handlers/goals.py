"""Goals from the peers: propose one, say what one thinks of it, adopt it or not, and look at all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from slack_bolt import App
from sqlmodel import Session

from bot.digests.requests import notice_view
from bot.goals import acts, forms, gather, names
from bot.goals.facts import GoalFacts
from bot.goals.rules import BadValue, look_at_value, read_value
from bot.home.settings_form import Mistakes
from bot.ideas.checking import checks
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.leading import known
from bot.ideas.names import form_of
from bot.slack_blocks import View, value_of
from handlers.deps import PATIENCE, Deps
from handlers.exchange import (
    LOOK,
    Page,
    add_deeds,
    add_pages,
    by_id,
    doing_of,
    id_of,
    in_place,
    on_form,
    on_press,
    once,
    open_first,
    register_each,
)
from handlers.screen import Press, becomes, closed, say_beside, say_each
from storage import goal_rows
from storage.goals import Goal

ALREADY = "This was sent before, and is kept."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of goals."""
    standings = gather.Standings(deps.settings)
    register_each(app, {names.PROPOSE: on_press(names.PROPOSE, lambda press: _open_form(deps, press))})
    app.view(form_of(names.PROPOSE))(
        on_form(lambda user_id, view: _propose(deps, standings, user_id, view), names.WORDS)
    )
    votes = {action: by_id(partial(acts.vote, said=vote)) for vote, action in names.VOTES.items()}
    deeds = {**votes, names.ADOPT: by_id(acts.adopt), names.WITHDRAW: by_id(acts.withdraw)}
    add_deeds(app, deps, deeds, in_place("Thank you. It is kept."))
    for action, act in ((names.NOT_NOW, acts.not_now), (names.END, acts.end)):
        add_pages(app, deps, {action: _reason_page(action)})
        app.view(form_of(action))(on_form(_decides(deps, act), names.WORDS))
    add_pages(app, deps, {names.HISTORY: _history})


# -- proposing one ----


def _open_form(deps: Deps, press: Press) -> None:
    """The form is open before anything is asked of the database."""
    open_first(deps, names.PROPOSE, press, forms.opening_view(), lambda: _form(deps, press.user_id))


def _form(deps: Deps, user_id: str) -> View:
    with deps.database.read(patience=PATIENCE) as session:
        doing = doing_of(deps, session, user_id)
        person_id = known(doing.actor)
        if person_id is None or not goal_rows.groups_of(session, person_id, doing.today):
            return notice_view(acts.NOT_MEMBER)
        return forms.propose_form(gather.to_propose(session, person_id, doing.today))


def _propose(deps: Deps, standings: gather.Standings, user_id: str, view: View) -> dict[str, Any]:
    """What is wrong stands beside its field, else the group is asked."""
    looked = _look_at(deps, standings, view)
    if isinstance(looked, Mistakes):
        return say_each(view, looked.errors)
    proposal, remark = looked
    kept: list[Goal | acts.First] = []

    def act(session: Session, doing: Doing) -> Outcome:
        found = acts.propose(session, doing, proposal)
        if isinstance(found, Refused):
            return found
        kept.append(found)
        return Done()

    outcome = once(deps, user_id, view["id"], act)
    if isinstance(outcome, Refused):
        return say_beside(view, outcome.reason, names.MEASURE)
    if not kept:
        return becomes(notice_view(ALREADY))
    first = kept[0]
    goal_id = first.goal_id if isinstance(first, acts.First) else first.id
    assert goal_id is not None
    with deps.database.read(patience=LOOK) as session:
        doing = doing_of(deps, session, user_id)
        goal = _facts(session, doing, goal_id)
        votes = goal_rows.votes_of(session, goal_id)
        asked = sum(one.person_id != doing.actor.person_id for one in votes)
    if goal is None:
        return closed()
    if isinstance(first, acts.First):
        return becomes(forms.already_view(goal))
    return becomes(forms.proposed_view(goal, asked, remark))


def _look_at(deps: Deps, standings: gather.Standings, view: View) -> tuple[acts.Proposal, str] | Mistakes:
    """What the form proposes, with a remark on its value, or what is wrong with it."""
    values = view["state"]["values"]
    chosen = value_of(values, names.MEASURE, names.MEASURE, "selected_option", "value") or ""
    typed = str(value_of(values, names.VALUE, names.VALUE, "value") or "")
    why = " ".join(str(value_of(values, names.WORDS, names.WORDS, "value") or "").split())
    group_id, _, measure_id = (id_of(part) for part in str(chosen).partition(":"))
    with deps.database.read(patience=LOOK) as session:
        measure = gather.current_measure(session, measure_id) if group_id else None
        if measure is None:
            return Mistakes({names.MEASURE: "Please choose a measure."})
        value = read_value(measure, typed)
        if isinstance(value, BadValue):
            return Mistakes({names.VALUE: value.reason})
        if not why:
            return Mistakes({names.WORDS: "Please say why in a sentence."})
        if wrong := checks.refuse_text(session, why):
            return Mistakes({names.WORDS: wrong})
        groups = {number: name for name, number in goal_rows.all_groups(session).items()}
        standing, _ = standings.of(session, measure.key, groups.get(group_id, ""), deps.clock.now())
    remark = look_at_value(measure, value, standing)
    if isinstance(remark, BadValue):
        return Mistakes({names.VALUE: remark.reason})
    return acts.Proposal(group_id, measure_id, value, why), remark


# -- deciding on one ----


def _reason_page(action: str) -> Page:
    """ "Not now" and "End this goal": a form for the reason, for those who decide."""

    def page(session: Session, doing: Doing, value: str) -> View:
        goal = _facts(session, doing, id_of(value))
        if goal is None:
            return notice_view(acts.GONE)
        if not goal.may_decide:
            return notice_view("The leaders of the group's unit decide on its goals.")
        return forms.reason_form(goal, action)

    return page


def _decides(
    deps: Deps, act: Callable[[Session, Doing, int, str], Outcome]
) -> Callable[[str, View], dict[str, Any]]:
    """The reason comes back: it is looked at like every free text, and kept with the decision."""

    def answer(user_id: str, view: View) -> dict[str, Any]:
        goal_id = int(json.loads(view["private_metadata"])["goal"])
        why = str(value_of(view, "state", "values", names.WORDS, names.WORDS, "value") or "").strip()
        with deps.database.read(patience=LOOK) as session:
            wrong = checks.refuse_text(session, why) if why else None
        if wrong:
            return say_beside(view, wrong, names.WORDS)
        outcome = once(deps, user_id, view["id"], lambda session, doing: act(session, doing, goal_id, why))
        return say_beside(view, outcome.reason, names.WORDS) if isinstance(outcome, Refused) else {}

    return answer


def _history(session: Session, doing: Doing, _value: str) -> View:
    """All goals of somebody's groups, with their days and what came of them."""
    person_id = known(doing.actor)
    if person_id is None:
        return notice_view(acts.NOT_MEMBER)
    return forms.history_view(
        gather.history(session, person_id, doing.actor.leads, doing.today, doing.settings)
    )


def _facts(session: Session, doing: Doing, goal_id: int) -> GoalFacts | None:
    row = goal_rows.goal_row(session, goal_id)
    if row is None:
        return None
    found = gather.goal_facts(
        session,
        [row],
        doing.settings,
        person_id=known(doing.actor),
        leads=doing.actor.leads if doing.actor.confirmed else (),
        today=doing.today,
    )
    return found[0] if found else None
