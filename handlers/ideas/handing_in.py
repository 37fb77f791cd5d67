"""Handing in: `/idea`, the global shortcut, the button, the form, and "Me too" beside a similar idea."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlmodel import Session

from bot.digests.requests import notice_view
from bot.ideas import acts, gather, names
from bot.ideas.checking import checks
from bot.ideas.doing import Doing, Newcomer, Outcome, Refused
from bot.ideas.facts import Draft, FormFacts, Similar
from bot.ideas.finding.similar import similar
from bot.ideas.words.form import concern_page, form_errors, idea_form, me_too_page, read_form, received_page
from bot.ideas.words.phrases import LONGEST_IDEA
from bot.slack_blocks import section
from bot.slack_text import inert
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import (
    LOOK,
    Listener,
    View,
    after,
    block_of,
    do,
    doing_of,
    facts_of,
    open_page,
    register_each,
    say_beside,
    show,
)
from storage.engine import DatabaseBusy
from storage.seen import was_seen

log = structlog.stdlib.get_logger()

NOT_OPENED = "Slack did not open the form in time. Nothing was saved; please run `/idea` again."
TOO_LONG = "An idea has 3,000 characters at most. Nothing was saved; please shorten it."
ALREADY = "This idea has been handed in already. `/ideas mine` shows where it is."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of handing in."""
    app.command("/idea")(idea_command(deps))
    app.shortcut(names.GLOBAL_SHORTCUT)(form_asked_for(deps))
    register_each(app, {names.NEW: form_asked_for(deps), names.FORM_ME_TOO: me_too_instead(deps)})
    for action_id in (names.UNFOLD, names.UNIT):
        app.action(action_id)(form_changed(deps))
    app.view(names.FORM)(form_submitted(deps))
    # The page about a concern has the words in it, to change and to send.
    app.view(names.CONCERN)(form_submitted(deps))


def idea_command(deps: Deps) -> Listener:
    """`/idea [text]`: the form, with the text in it."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        text = body.get("text", "").strip()
        problem = TOO_LONG if len(text) > LONGEST_IDEA else None
        if problem is None:
            try:
                open_form(deps, client, body, Draft(text=text), body["user_id"])
            except (SlackApiError, OSError) as error:
                # The words are given back: whoever typed them has no other copy.
                log.warning("form_not_opened", error=type(error).__name__)
                problem = NOT_OPENED
        if problem is None:
            ack()
        else:
            ack(f"{problem}\n>{inert(text)}" if text else problem)

    return listener


def form_asked_for(deps: Deps) -> Listener:
    """The global shortcut, and "New idea" on the Home and elsewhere."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        open_form(deps, client, body, Draft(), body["user"]["id"])
        ack()

    return listener


def open_form(deps: Deps, client: WebClient, body: Mapping[str, Any], draft: Draft, user_id: str) -> None:
    """Open the form before anything is asked of the database; what it needs to know follows."""
    opened = open_page(client, body, idea_form(draft, None))
    if opened is not None:
        deps.later("idea_form", lambda: fill_in(deps, client, opened, draft, user_id))


def fill_in(deps: Deps, client: WebClient, opened: Mapping[str, Any], draft: Draft, user_id: str) -> None:
    """Bring an open form up to date with who fills it in, and with ideas that are much like theirs."""
    newcomer = None
    try:
        with deps.database.read(patience=PATIENCE) as session:
            doing = doing_of(deps, session, user_id)
            facts = gather.form_facts(session, doing)
            found = alike(session, doing, draft)
    except DatabaseBusy:
        # The form works without: whatever it lacks is asked for when it is sent.
        log.warning("database_busy", listener="idea_form")
        return
    if doing.actor.person_id is None:
        newcomer = as_slack_knows(client, user_id)
    draft = replace(draft, seen_similar=bool(found))
    view = with_newcomer(idea_form(draft, facts, found), newcomer)
    try:
        # With the hash: a form that was changed meanwhile has been filled in by that change.
        client.views_update(view_id=opened["id"], hash=opened["hash"], view=view)
    except SlackApiError as refused:
        if refused.response["error"] not in ("hash_conflict", "not_found"):
            raise


def alike(session: Session, doing: Doing, draft: Draft) -> Sequence[Similar]:
    """At most three ideas that are much like what is typed."""
    return similar(session, draft.text, settings=doing.settings) if draft.text.strip() else ()


def form_changed(deps: Deps) -> Listener:
    """ "More choices", or a choice on which the rest of the form depends: it is drawn again as it stands."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        view = body["view"]
        draft = read_form(view)
        if action["action_id"] == names.UNFOLD:
            draft = replace(draft, unfolded=True)
        facts, found = form_parts(deps, body["user"]["id"], draft)
        drawn = with_newcomer(idea_form(draft, facts, found), newcomer_of(view))
        client.views_update(view_id=view["id"], view=drawn)
        ack()

    return listener


def form_parts(deps: Deps, user_id: str, draft: Draft) -> tuple[FormFacts | None, Sequence[Similar]]:
    """What the form knows; (None, ()) while the database does not answer."""
    try:
        with deps.database.read(patience=PATIENCE) as session:
            doing = doing_of(deps, session, user_id)
            found = alike(session, doing, draft) if draft.seen_similar else ()
            return gather.form_facts(session, doing), found
    except DatabaseBusy:
        log.warning("database_busy", listener="idea_form")
        return None, ()


def form_submitted(deps: Deps) -> Listener:
    """The form comes back: what must be looked at first is shown, and then it is handed in."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            answer = first_looked_at(deps, body["user"]["id"], view) or handed_in(
                deps, body["user"]["id"], view
            )
        except DatabaseBusy:
            log.warning("database_busy", listener=names.FORM)
            # The form stays open with everything that was typed.
            answer = say_beside(view, NOT_SAVED, names.TEXT)
        ack(**answer)

    return listener


def first_looked_at(deps: Deps, user_id: str, view: View) -> dict[str, Any] | None:
    """What stands between the form and handing in, in this order; None: nothing does."""
    draft, newcomer = read_form(view), newcomer_of(view)
    with deps.database.read(patience=LOOK) as session:
        doing = doing_of(deps, session, user_id)
        facts = gather.form_facts(session, doing)
        draft = with_unit(draft, facts)
        if was_seen(session, view["id"]):
            # The same once more: its own idea would be the one that is most like it.
            return _update(notice_view(ALREADY))
        if not draft.seen_concern and checks.raises_concern(draft.text):
            # Before the names in it: who is worried about a person needs the way to speak up first.
            return _update(with_newcomer(concern_page(draft, deps.settings.rounds_speak_up), newcomer))
        if wrong := checks.refuse_text(session, draft.text):
            return say_beside(view, wrong, names.TEXT)
        if mistakes := form_errors(draft, facts):
            return _beside_or_again(view, mistakes, draft, facts)
        found = () if draft.seen_similar else alike(session, doing, draft)
    return _update(with_newcomer(idea_form(draft, facts, found), newcomer)) if found else None


def _beside_or_again(view: View, mistakes: dict[str, str], draft: Draft, facts: FormFacts) -> dict[str, Any]:
    """What is wrong, beside its fields; or the whole form, where this page has not got them all."""
    if all(block_of(view, block) == block for block in mistakes):
        return {"response_action": "errors", "errors": mistakes}
    drawn = idea_form(replace(draft, unfolded=True), facts)
    drawn["blocks"] = [*(section(said) for said in mistakes.values()), *drawn["blocks"]]
    return _update(with_newcomer(drawn, newcomer_of(view)))


def with_unit(draft: Draft, facts: FormFacts) -> Draft:
    """The draft; where its form had no choice of units yet, in the unit of whoever fills it in."""
    return draft if draft.unit_id is not None else replace(draft, unit_id=facts.mine)


def handed_in(deps: Deps, user_id: str, view: View) -> dict[str, Any]:
    """Hand it in; the answer is the last page of the form, or what is wrong beside the field."""
    draft = read_form(view)
    newcomer = None if draft.anonymous else newcomer_of(view)

    def act(session: Session, doing: Doing) -> Outcome:
        if draft.unit_id is not None:
            return acts.hand_in(session, doing, draft)
        return acts.hand_in(session, doing, with_unit(draft, gather.form_facts(session, doing)))

    outcome = do(deps, user_id, view["id"], act, newcomer=newcomer)
    if outcome is None:
        return _update(notice_view(ALREADY))
    if isinstance(outcome, Refused):
        return say_beside(view, outcome.reason, names.TEXT)
    if outcome.receipt is None:
        return after(outcome, deps)
    at = FormFacts(anonymous_time=deps.settings.rounds_anonymous_time)
    return _update(received_page(outcome.receipt, at))


def me_too_instead(deps: Deps) -> Listener:
    """ "Me too" beside a similar idea: that one has one more supporter, and nothing is handed in."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        found: list[Similar] = []

        def act(session: Session, doing: Doing) -> Outcome:
            outcome = acts.support(session, doing, int(action["value"]))
            session.flush()
            facts = facts_of(session, doing, int(action["value"]))
            if facts is not None:
                found.append(Similar(facts.number, facts.text, facts.state, facts.unit, facts.supporters))
            return outcome

        try:
            outcome = do(deps, body["user"]["id"], body["trigger_id"], act)
        except DatabaseBusy:
            log.warning("database_busy", listener=names.FORM_ME_TOO)
            show(client, body, notice_view(NOT_SAVED))
            ack()
            return
        if isinstance(outcome, Refused):
            show(client, body, notice_view(outcome.reason))
        elif found:
            client.views_update(view_id=body["view"]["id"], view=me_too_page(found[0]))
        ack()

    return listener


# -- people who are in no list yet ----


def as_slack_knows(client: WebClient, user_id: str) -> Newcomer | None:
    """Email and name of somebody whom Rounds does not know; None where Slack does not say."""
    try:
        user = client.users_info(user=user_id)["user"]
    except SlackApiError as refused:
        log.warning("newcomer_not_known", error=refused.response["error"])
        return None
    profile = user.get("profile") or {}
    email = str(profile.get("email") or "").strip().lower()
    name = str(user.get("real_name") or profile.get("real_name") or user.get("name") or "").strip()
    return Newcomer(email, name[:200], user.get("tz")) if email else None


def with_newcomer(view: View, newcomer: Newcomer | None) -> View:
    """The form with who fills it in, where Rounds does not know them: nothing is stored before it is sent."""
    if newcomer is None:
        return view
    kept = json.loads(view.get("private_metadata") or "{}")
    return {**view, "private_metadata": json.dumps({**kept, "newcomer": asdict(newcomer)})}


def newcomer_of(view: Mapping[str, Any]) -> Newcomer | None:
    """Who fills in the form, where Rounds does not know them."""
    kept = json.loads(view.get("private_metadata") or "{}").get("newcomer")
    return Newcomer(**kept) if kept else None


def _update(view: View) -> dict[str, Any]:
    return {"response_action": "update", "view": view}
