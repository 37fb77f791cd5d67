"""Goals from the peers: propose one, say what one thinks of it, adopt it or not, and look at all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlmodel import Session

from bot.digests.requests import notice_view
from bot.goals import acts, forms, gather, names
from bot.goals.facts import GoalFacts
from bot.goals.rules import BadValue, look_at_value, read_value
from bot.ideas.checking import checks
from bot.ideas.doing import Doing, Done, Outcome, Refused
from bot.ideas.leading import known
from bot.ideas.names import form_of
from bot.slack_blocks import value_of
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import (
    LOOK,
    Listener,
    View,
    do,
    doing_of,
    open_page,
    register_each,
    say_beside,
    show,
)
from storage import goal_rows
from storage.engine import DatabaseBusy
from storage.goals import Goal
from storage.terms import Vote

log = structlog.stdlib.get_logger()

ALREADY = "This was sent before, and is kept."
Choice = Callable[[Session, Doing, int], Outcome]


def register(app: App, deps: Deps) -> None:
    """Add the listeners of goals."""
    standings = gather.Standings(deps.settings)
    app.action(names.PROPOSE)(propose_asked_for(deps))
    app.view(form_of(names.PROPOSE))(proposed(deps, standings))
    app.action(names.HISTORY)(history_asked_for(deps))
    register_each(app, {action: pressed(deps, _voting(vote)) for vote, action in names.VOTES.items()})
    register_each(app, {names.ADOPT: pressed(deps, acts.adopt), names.WITHDRAW: pressed(deps, acts.withdraw)})
    for action, act in ((names.NOT_NOW, acts.not_now), (names.END, acts.end)):
        register_each(app, {action: reason_asked_for(deps, action)})
        app.view(form_of(action))(reason_given(deps, act))


def propose_asked_for(deps: Deps) -> Listener:
    """ "Propose a goal": the form is open before anything is asked of the database."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        opened = open_page(client, body, forms.opening_view())
        if opened is not None:
            user_id = body["user"]["id"]
            deps.later("goal_form", lambda: _update(client, opened, _form(deps, user_id)))
        ack()

    return listener


def _form(deps: Deps, user_id: str) -> View:
    try:
        with deps.database.read(patience=PATIENCE) as session:
            doing = doing_of(deps, session, user_id)
            person_id = known(doing.actor)
            if person_id is None or not goal_rows.groups_of(session, person_id, doing.today):
                return notice_view(acts.NOT_MEMBER)
            return forms.propose_form(gather.to_propose(session, person_id, doing.today))
    except DatabaseBusy:
        log.warning("database_busy", listener=names.PROPOSE)
        return notice_view(NOT_SAVED)


def _update(client: WebClient, opened: Any, view: View) -> None:
    try:
        client.views_update(view_id=opened["id"], hash=opened["hash"], view=view)
    except SlackApiError as refused:
        if refused.response["error"] not in ("hash_conflict", "not_found"):
            raise


def proposed(deps: Deps, standings: gather.Standings) -> Listener:
    """The form comes back: what is wrong stands beside its field, else the group is asked."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            ack(**_propose(deps, standings, body["user"]["id"], view))
        except DatabaseBusy:
            log.warning("database_busy", listener=view["callback_id"])
            # The form stays open with everything that was typed.
            ack(**say_beside(view, NOT_SAVED, names.WORDS))

    return listener


def _propose(deps: Deps, standings: gather.Standings, user_id: str, view: View) -> dict[str, Any]:
    values = view["state"]["values"]
    chosen = value_of(values, names.MEASURE, names.MEASURE, "selected_option", "value") or ""
    typed = str(value_of(values, names.VALUE, names.VALUE, "value") or "")
    why = " ".join(str(value_of(values, names.WORDS, names.WORDS, "value") or "").split())
    group_text, _, measure_text = str(chosen).partition(":")
    with deps.database.read(patience=LOOK) as session:
        known = group_text.isdecimal() and measure_text.isdecimal()
        measure = gather.current_measure(session, int(measure_text)) if known else None
        if measure is None:
            return say_beside(view, "Please choose a measure.", names.MEASURE)
        value = read_value(measure, typed)
        if isinstance(value, BadValue):
            return say_beside(view, value.reason, names.VALUE)
        if not why:
            return say_beside(view, "Please say why in a sentence.", names.WORDS)
        if wrong := checks.refuse_text(session, why):
            return say_beside(view, wrong, names.WORDS)
        groups = {group_id: name for name, group_id in goal_rows.all_groups(session).items()}
        group = groups.get(int(group_text), "")
        standing, _ = standings.of(session, measure.key, group, deps.clock.now())
    remark = look_at_value(measure, value, standing)
    if isinstance(remark, BadValue):
        return say_beside(view, remark.reason, names.VALUE)
    proposal = acts.Proposal(int(group_text), int(measure_text), value, why)
    kept: list[Goal | acts.First] = []

    def act(session: Session, doing: Doing) -> Outcome:
        found = acts.propose(session, doing, proposal)
        if isinstance(found, Refused):
            return found
        kept.append(found)
        return Done()

    outcome = do(deps, user_id, view["id"], act)
    if isinstance(outcome, Refused):
        return say_beside(view, outcome.reason, names.MEASURE)
    if not kept:
        return {"response_action": "update", "view": notice_view(ALREADY)}
    first = kept[0]
    goal_id = first.goal_id if isinstance(first, acts.First) else first.id
    assert goal_id is not None
    with deps.database.read(patience=LOOK) as session:
        doing = doing_of(deps, session, user_id)
        goal = _facts(session, doing, goal_id)
        votes = goal_rows.votes_of(session, goal_id)
        asked = sum(one.person_id != doing.actor.person_id for one in votes)
    if goal is None:
        return {"response_action": "clear"}
    if isinstance(first, acts.First):
        return {"response_action": "update", "view": forms.already_view(goal)}
    return {"response_action": "update", "view": forms.proposed_view(goal, asked, remark)}


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


def _voting(vote: Vote) -> Choice:
    return lambda session, doing, goal_id: acts.vote(session, doing, goal_id, vote)


def pressed(deps: Deps, act: Choice) -> Listener:
    """A button that does it at once: the message, or the Home, shows it; only a refusal is said."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        goal_id = int(action["value"])
        try:
            outcome = do(
                deps,
                body["user"]["id"],
                body["trigger_id"],
                lambda session, doing: act(session, doing, goal_id),
            )
        except DatabaseBusy:
            log.warning("database_busy", listener="goals")
            outcome = Refused(NOT_SAVED)
        under = body.get("view") or {}
        if isinstance(outcome, Refused):
            show(client, body, notice_view(outcome.reason))
        elif outcome is not None and under.get("type") == "modal":
            client.views_update(view_id=under["id"], view=notice_view("Thank you. It is kept."))
        ack()

    return listener


def reason_asked_for(deps: Deps, action_id: str) -> Listener:
    """ "Not now" and "End this goal": a form for the reason, for those who decide."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.read(patience=PATIENCE) as session:
                goal = _facts(session, doing_of(deps, session, body["user"]["id"]), int(action["value"]))
            if goal is None:
                view = notice_view(acts.GONE)
            elif not goal.may_decide:
                view = notice_view("The leaders of the group's unit decide on its goals.")
            else:
                view = forms.reason_form(goal, action_id)
        except DatabaseBusy:
            log.warning("database_busy", listener=action_id)
            view = notice_view(NOT_SAVED)
        show(client, body, view)
        ack()

    return listener


def reason_given(deps: Deps, act: Callable[[Session, Doing, int, str], Outcome]) -> Listener:
    """The reason comes back: it is looked at like every free text, and kept with the decision."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        goal_id = int(json.loads(view["private_metadata"])["goal"])
        why = str(value_of(view["state"]["values"], names.WORDS, names.WORDS, "value") or "").strip()
        try:
            with deps.database.read(patience=LOOK) as session:
                wrong = checks.refuse_text(session, why) if why else None
            if wrong:
                ack(**say_beside(view, wrong, names.WORDS))
                return
            outcome = do(
                deps, body["user"]["id"], view["id"], lambda session, doing: act(session, doing, goal_id, why)
            )
        except DatabaseBusy:
            log.warning("database_busy", listener=view["callback_id"])
            outcome = Refused(NOT_SAVED)
        if isinstance(outcome, Refused):
            ack(**say_beside(view, outcome.reason, names.WORDS))
        else:
            ack()

    return listener


def history_asked_for(deps: Deps) -> Listener:
    """All goals of somebody's groups, with their days and what came of them."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.read(patience=PATIENCE) as session:
                doing = doing_of(deps, session, body["user"]["id"])
                person_id = known(doing.actor)
                if person_id is None:
                    view = notice_view(acts.NOT_MEMBER)
                else:
                    found = gather.history(session, person_id, doing.actor.leads, doing.today, doing.settings)
                    view = forms.history_view(found)
        except DatabaseBusy:
            log.warning("database_busy", listener=names.HISTORY)
            view = notice_view(NOT_SAVED)
        show(client, body, view)
        ack()

    return listener
