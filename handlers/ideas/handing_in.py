"""Handing in: `/idea`, the global shortcut, the button, the form, and "Me too" beside a similar idea."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import structlog
from slack_bolt import App
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
from bot.slack_blocks import View, section
from bot.slack_text import inert
from handlers.deps import PATIENCE, Deps
from handlers.exchange import (
    LOOK,
    Listener,
    after,
    doing_of,
    id_of,
    on_command,
    on_form,
    on_press,
    once,
    register_each,
)
from handlers.ideas.common import facts_of
from handlers.screen import Press, becomes, block_of, redraw, say_beside
from storage.engine import DatabaseBusy
from storage.seen import was_seen

log = structlog.stdlib.get_logger()

NOT_OPENED = "Slack did not open the form in time. Nothing was saved; please run `/idea` again."
TOO_LONG = "An idea has 3,000 characters at most. Nothing was saved; please shorten it."
ALREADY = "This idea has been handed in already. `/ideas mine` shows where it is."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of handing in."""
    app.command("/idea")(idea_command(deps))
    opens = on_press(names.NEW, lambda press: open_form(deps, press, Draft()))
    app.shortcut(names.GLOBAL_SHORTCUT)(opens)
    register_each(
        app,
        {
            names.NEW: opens,
            names.UNFOLD: on_press(names.UNFOLD, lambda press: _draw_again(deps, press, unfolded=True)),
            names.UNIT: on_press(names.UNIT, lambda press: _draw_again(deps, press)),
            names.FORM_ME_TOO: on_press(names.FORM_ME_TOO, lambda press: _me_too_instead(deps, press)),
        },
    )
    app.view(names.FORM)(form_submitted(deps))
    # The page about a concern has the words in it, to change and to send.
    app.view(names.CONCERN)(form_submitted(deps))


def idea_command(deps: Deps) -> Listener:
    """`/idea [text]`: the form, with the text in it."""

    def answer(press: Press) -> dict[str, Any]:
        problem = TOO_LONG if len(press.value) > LONGEST_IDEA else None
        if problem is None:
            try:
                open_form(deps, press, Draft(text=press.value))
            except (SlackApiError, OSError) as error:
                # The words are given back: whoever typed them has no other copy.
                log.warning("form_not_opened", error=type(error).__name__)
                problem = NOT_OPENED
        if problem is None:
            return {}
        return {"text": f"{problem}\n>{inert(press.value)}" if press.value else problem}

    return on_command("/idea", answer)


def open_form(deps: Deps, press: Press, draft: Draft) -> None:
    """Open the form before anything is asked of the database; what it needs to know follows."""
    opened = press.open(idea_form(draft, None))
    if opened is not None:
        deps.later("idea_form", lambda: fill_in(deps, press, opened, draft))


def fill_in(deps: Deps, press: Press, opened: Mapping[str, Any], draft: Draft) -> None:
    """Bring an open form up to date with who fills it in, and with ideas that are much like theirs."""
    try:
        with deps.database.read(patience=PATIENCE) as session:
            doing = doing_of(deps, session, press.user_id)
            facts = gather.form_facts(session, doing)
            found = alike(session, doing, draft)
    except DatabaseBusy:
        # The form works without: whatever it lacks is asked for when it is sent.
        log.warning("database_busy", listener="idea_form")
        return
    newcomer = as_slack_knows(press.client, press.user_id) if doing.actor.person_id is None else None
    draft = replace(draft, seen_similar=bool(found))
    # One that was changed meanwhile has been filled in by that change.
    redraw(press.client, opened, with_newcomer(idea_form(draft, facts, found), newcomer))


def alike(session: Session, doing: Doing, draft: Draft) -> Sequence[Similar]:
    """At most three ideas that are much like what is typed."""
    return similar(session, draft.text, settings=doing.settings) if draft.text.strip() else ()


def _draw_again(deps: Deps, press: Press, *, unfolded: bool = False) -> None:
    """ "More choices", or a choice on which the rest of the form depends: it is drawn again as it stands."""
    draft = read_form(press.under)
    draft = replace(draft, unfolded=draft.unfolded or unfolded)
    facts, found = form_parts(deps, press.user_id, draft)
    press.replace(with_newcomer(idea_form(draft, facts, found), newcomer_of(press.under)))


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

    def answer(user_id: str, view: View) -> dict[str, Any]:
        return first_looked_at(deps, user_id, view) or handed_in(deps, user_id, view)

    return on_form(answer, names.TEXT)


def first_looked_at(deps: Deps, user_id: str, view: View) -> dict[str, Any] | None:
    """What stands between the form and handing in, in this order; None: nothing does."""
    draft, newcomer = read_form(view), newcomer_of(view)
    with deps.database.read(patience=LOOK) as session:
        doing = doing_of(deps, session, user_id)
        facts = gather.form_facts(session, doing)
        draft = with_unit(draft, facts)
        if was_seen(session, view["id"]):
            # The same once more: its own idea would be the one that is most like it.
            return becomes(notice_view(ALREADY))
        if not draft.seen_concern and checks.raises_concern(draft.text):
            # Before the names in it: who is worried about a person needs the way to speak up first.
            return becomes(with_newcomer(concern_page(draft, deps.settings.rounds_speak_up), newcomer))
        if wrong := checks.refuse_text(session, draft.text):
            return say_beside(view, wrong, names.TEXT)
        if mistakes := form_errors(draft, facts):
            return _beside_or_again(view, mistakes, draft, facts)
        found = () if draft.seen_similar else alike(session, doing, draft)
    return becomes(with_newcomer(idea_form(draft, facts, found), newcomer)) if found else None


def _beside_or_again(view: View, mistakes: dict[str, str], draft: Draft, facts: FormFacts) -> dict[str, Any]:
    """What is wrong, beside its fields; or the whole form, where this page has not got them all."""
    if all(block_of(view, block) == block for block in mistakes):
        return {"response_action": "errors", "errors": mistakes}
    drawn = idea_form(replace(draft, unfolded=True), facts)
    drawn["blocks"] = [*(section(said) for said in mistakes.values()), *drawn["blocks"]]
    return becomes(with_newcomer(drawn, newcomer_of(view)))


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

    outcome = once(deps, user_id, view["id"], act, newcomer=newcomer)
    if outcome is None:
        return becomes(notice_view(ALREADY))
    if isinstance(outcome, Refused):
        return say_beside(view, outcome.reason, names.TEXT)
    if outcome.receipt is None:
        return after(outcome, deps)
    at = FormFacts(anonymous_time=deps.settings.rounds_anonymous_time)
    return becomes(received_page(outcome.receipt, at))


def _me_too_instead(deps: Deps, press: Press) -> None:
    """ "Me too" beside a similar idea: that one has one more supporter, and nothing is handed in."""
    number, found = id_of(press.value), list[Similar]()

    def act(session: Session, doing: Doing) -> Outcome:
        outcome = acts.support(session, doing, number)
        session.flush()
        facts = facts_of(session, doing, number)
        if facts is not None:
            found.append(Similar(facts.number, facts.text, facts.state, facts.unit, facts.supporters))
        return outcome

    outcome = once(deps, press.user_id, press.key, act)
    if isinstance(outcome, Refused):
        press.show(notice_view(outcome.reason))
    elif found:
        press.replace(me_too_page(found[0]))


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
