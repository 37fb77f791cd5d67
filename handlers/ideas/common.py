"""What the listeners about ideas have in common: who acts, which page comes up, what is said after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlmodel import Session

from bot.digests.requests import notice_view
from bot.home.letters import put_home
from bot.home.settings_form import Mistakes
from bot.ideas import gather, leading, names
from bot.ideas.anonymous import hidden
from bot.ideas.checking import checks
from bot.ideas.doing import Doing, Done, Newcomer, Outcome, Refused
from bot.ideas.facts import IdeaFacts, May
from bot.ideas.words import asks
from bot.ideas.words.page import idea_page
from bot.ideas.words.phrases import clock_time, listed, long_day, paragraphs
from bot.slack_blocks import actions, button, section
from bot.slack_text import inert
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from storage.engine import DatabaseBusy
from storage.ideas import Idea
from storage.seen import first_time

log = structlog.stdlib.get_logger()

View = dict[str, Any]
Listener = Callable[..., None]
Act = Callable[[Session, Doing], Outcome]

GONE = "This idea is not there any more, or it is not shown to everybody."
# Slack's words for a trigger that was used, or that came too late.
USED = ("exchanged_trigger_id", "trigger_exchanged")
OVER = (*USED, "expired_trigger_id", "trigger_expired")
# A look before a change: together they have to answer within Slack's three seconds.
LOOK = PATIENCE / 2


@dataclass(frozen=True, slots=True)
class Opening:
    """What the form behind a button is made from. `seq`: the line of the history that it is about, or 0."""

    session: Session
    doing: Doing
    facts: IdeaFacts
    may: May
    seq: int


@dataclass(frozen=True, slots=True)
class Button:
    """A button that opens a form: who may use it, what the others are told, and the form.

    `{who}` in what they are told is who answers the idea.
    """

    action: str
    what: str
    allowed: Callable[[Opening], bool]
    form: Callable[[Opening], View]


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that comes back, once it is read: what is typed in it, and what to do.

    `words` are all that somebody typed, for the check and to be given back.
    """

    words: tuple[str, ...]
    act: Act


# What a form holds, or what is wrong with it. The day is the site's.
Reader = Callable[[View, asks.Target, date], Submission | Mistakes]


def register_each(app: Any, listeners: Mapping[str, Listener]) -> None:
    """Register buttons by action_id: alone, and beside an idea in a list."""
    for action_id, listener in listeners.items():
        app.action(names.anywhere(action_id))(listener)


def doing_of(deps: Deps, session: Session, user_id: str, newcomer: Newcomer | None = None) -> Doing:
    """Who acts, with all that they are here, and when."""
    actor = deps.actor_with_duties(session, user_id)
    return Doing(
        actor=actor,
        user_id=user_id,
        team_id=deps.team_id,
        now=deps.clock.now(),
        settings=deps.settings,
        newcomer=newcomer if actor.person_id is None else None,
    )


def read_value(action: Mapping[str, Any]) -> tuple[int, int]:
    """The idea that a button stands for, and the line of its history (0: none): "number" or "number:seq"."""
    number, _, seq = str(action.get("value", "")).partition(":")
    return int(number), int(seq or 0)


def id_of(value: Any) -> int:
    """The id that a button or a form carries; 0, which nothing has, for anything else."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def open_page(client: WebClient, body: Mapping[str, Any], view: View) -> Mapping[str, Any] | None:
    """Open a page that is brought up to date afterwards; the view as Slack has it, with its id and hash.

    None where the same came before, and has opened it. Raises SlackApiError.
    """
    under = body.get("view") or {}
    try:
        if under.get("type") == "modal":
            answer = client.views_push(trigger_id=body["trigger_id"], view=view)
        else:
            answer = client.views_open(trigger_id=body["trigger_id"], view=view)
    except SlackApiError as refused:
        if refused.response["error"] in USED:
            return None
        raise
    opened: Mapping[str, Any] = answer["view"]
    return opened


def show(client: WebClient, body: Mapping[str, Any], view: View) -> None:
    """Bring up a page: on top of the modal that the press came from, or by itself.

    Slack holds three; on the topmost of these the new page takes the place of the one that was pressed in.
    """
    under = body.get("view") or {}
    try:
        if under.get("type") != "modal":
            client.views_open(trigger_id=body["trigger_id"], view=view)
        elif _is_third(under):
            client.views_update(view_id=under["id"], view=view)
        else:
            client.views_push(trigger_id=body["trigger_id"], view=view)
    except SlackApiError as refused:
        if refused.response["error"] not in OVER:
            raise
        # The same press once more, or one that Slack gave up on: there is nobody to show anything to.
        log.info("trigger_over")


def _is_third(view: Mapping[str, Any]) -> bool:
    previous = view.get("previous_view_id")
    return bool(previous) and previous != view.get("root_view_id")


def page_view(deps: Deps, session: Session, user_id: str, idea_id: int) -> View:
    """An idea's own page as this person may see it."""
    doing = doing_of(deps, session, user_id)
    facts = facts_of(session, doing, idea_id)
    if facts is None:
        return notice_view(GONE)
    return page_of(session, doing, facts)


def page_of(session: Session, doing: Doing, facts: IdeaFacts) -> View:
    """An idea's own page."""
    may = gather.may(session, doing, facts.number)
    return idea_page(facts, may, may.submitter)


def facts_of(session: Session, doing: Doing, idea_id: int) -> IdeaFacts | None:
    """An idea as whoever asks may see it; None where they may not, or there is none."""
    if not gather.may_see(session, doing, idea_id):
        return None
    return gather.idea_facts(session, idea_id, doing.settings, doing.now, doing.team_id)


def not_theirs(opening: Opening, what: str) -> View:
    """Why a button does nothing for whoever pressed it: who can, or how the idea is now."""
    session, doing, facts = opening.session, opening.doing, opening.facts
    idea = session.get_one(Idea, facts.number)
    if (
        opening.may.submitter
        or leading.leads(session, doing.actor, idea)
        or leading.approves(doing.actor, idea)
    ):
        # One of its own people, on a card from before: the page has what can be done now.
        return page_of(session, doing, facts)
    return notice_view(what.replace("{who}", who_can(facts)))


def who_can(facts: IdeaFacts) -> str:
    """Who answers an idea, in a sentence."""
    if not facts.leaders:
        return f"This is for the leaders of {inert(facts.answering_unit)}."
    leaders = listed([inert(name) for name in facts.leaders])
    return f"For {inert(facts.answering_unit)} that is {leaders}."


def block_of(view: Mapping[str, Any], *wanted: str) -> str | None:
    """The block of a form that a sentence can stand beside: the first of these that it has, or any."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    for name in wanted:
        for block in inputs:
            if name in (block["block_id"], block["element"]["action_id"]):
                return str(block["block_id"])
    return str(inputs[0]["block_id"]) if inputs else None


def say_beside(view: Mapping[str, Any], text: str, *wanted: str) -> dict[str, Any]:
    """The answer to a submission that keeps the form open: a sentence beside a field, or else a page."""
    block = block_of(view, *wanted)
    if block is None:
        return {"response_action": "update", "view": notice_view(text)}
    return {"response_action": "errors", "errors": {block: text}}


def refused_view(idea_id: int, reason: str, *words: str) -> View:
    """A refusal, with what was typed for it, so that it can be copied."""
    view = notice_view(reason)
    typed = [one for one in words if one.strip()]
    if typed:
        view["blocks"].append(section("Nothing was saved. Your words, to copy:"))
        view["blocks"] += [section(part) for one in typed for part in paragraphs(one)]
    see = button(names.MORE, "See the idea", str(idea_id))
    view["blocks"].append(actions(see))
    return view


def appears(done: Done, deps: Deps) -> str:
    """When what the sender of an anonymous idea did appears."""
    assert done.appears_on is not None
    day = long_day(done.appears_on, deps.today())
    at = clock_time(deps.settings.rounds_anonymous_time)
    return (
        f"Received. It appears on {day} at {at}, together with others', so that its time does not give you "
        "away. News about it will be on your Rounds Home."
    )


def after(done: Done, deps: Deps) -> dict[str, Any]:
    """The answer to a submission that was kept: the form closes, or says what there is to say."""
    said = [appears(done, deps)] if done.appears_on is not None else []
    said += [done.note] if done.note else []
    if said:
        return {"response_action": "update", "view": notice_view(" ".join(said))}
    return {"response_action": "clear"}


def do(deps: Deps, user_id: str, key: str, act: Act, *, newcomer: Newcomer | None = None) -> Outcome | None:
    """Do something once, in one transaction that keeps nothing where it is refused.

    None: it was done before. Raises DatabaseBusy.
    """
    with deps.database.write(patience=PATIENCE) as session:
        if not first_time(session, key, deps.clock.now()):
            return None
        doing = doing_of(deps, session, user_id, newcomer)
        outcome = act(session, doing)
        if isinstance(outcome, Refused):
            session.rollback()
        else:
            _home_follows(session, doing, outcome)
    return outcome


def _home_follows(session: Session, doing: Doing, done: Done) -> None:
    """Have the person's own Home show what they just did; never for what they did without their name."""
    person_id = doing.actor.person_id
    if person_id is None or done.appears_on is not None:
        return
    if done.idea_id is not None and hidden.is_mine(session, doing, done.idea_id):
        return
    put_home(session, person_id, doing.now)


def register_forms(app: App, deps: Deps, buttons: Sequence[Button], readers: Mapping[str, Reader]) -> None:
    """Register buttons, and what becomes of the forms that they open (by the button's action_id)."""
    register_each(app, {one.action: pressed(deps, one) for one in buttons})
    for action, read in readers.items():
        app.view(names.form_of(action))(submitted(deps, read))


def pressed(deps: Deps, button: Button) -> Listener:
    """A button is pressed: its form comes up, or kindly why not."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        number, seq = read_value(action)
        try:
            with deps.database.read(patience=PATIENCE) as session:
                doing = doing_of(deps, session, body["user"]["id"])
                facts = facts_of(session, doing, number)
                if facts is None:
                    view = notice_view(GONE)
                else:
                    opening = Opening(session, doing, facts, gather.may(session, doing, number), seq)
                    allowed = button.allowed(opening)
                    view = button.form(opening) if allowed else not_theirs(opening, button.what)
        except DatabaseBusy:
            log.warning("database_busy", listener=button.action)
            view = notice_view(NOT_SAVED)
        show(client, body, view)
        ack()

    return listener


def submitted(deps: Deps, read: Reader) -> Listener:
    """A form comes back: what is wrong stands beside its field, a refusal gives the words back."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        target = asks.read_target(view)
        submission = read(view, target, deps.today())
        if isinstance(submission, Mistakes):
            ack(**_beside(view, submission.errors))
            return
        try:
            answer = _answer(deps, body["user"]["id"], view, target, submission)
        except DatabaseBusy:
            log.warning("database_busy", listener=view["callback_id"])
            # The form stays open with everything that was typed.
            answer = say_beside(view, NOT_SAVED, names.WORDS)
        ack(**answer)

    return listener


def with_words(act: Callable[[Session, Doing, int, str], Outcome]) -> Reader:
    """A form that has one field for words."""

    def read(view: View, target: asks.Target, _today: date) -> Submission:
        words = asks.read_words(view)
        return Submission((words,), lambda session, doing: act(session, doing, target.idea, words))

    return read


def _answer(
    deps: Deps, user_id: str, view: View, target: asks.Target, submission: Submission
) -> dict[str, Any]:
    with deps.database.read(patience=LOOK) as session:
        for typed in submission.words:
            wrong = checks.refuse_text(session, typed)
            if wrong:
                return say_beside(view, wrong, *_fields_with(view, typed))
    outcome = do(deps, user_id, view["id"], submission.act)
    if outcome is None:
        return {"response_action": "clear"}
    if isinstance(outcome, Refused) and block_of(view, names.WHICH_OTHER) == names.WHICH_OTHER:
        # The form stays open: another number may be the right one.
        return say_beside(view, outcome.reason, names.WHICH_OTHER)
    if isinstance(outcome, Refused):
        refused = refused_view(target.idea, outcome.reason, *submission.words)
        return {"response_action": "update", "view": refused}
    return after(outcome, deps)


def _beside(view: View, errors: Mapping[str, str]) -> dict[str, Any]:
    there = {block: said for block, said in errors.items() if block_of(view, block) == block}
    if there:
        return {"response_action": "errors", "errors": there}
    return say_beside(view, " ".join(errors.values()))


def _fields_with(view: View, typed: str) -> tuple[str, ...]:
    """The blocks in which these words stand."""
    values = view["state"]["values"]
    found = [
        block
        for block, fields in values.items()
        for field in fields.values()
        if (field.get("value") or "").strip() and (field["value"].strip() in typed or typed in field["value"])
    ]
    return tuple(found)
