"""What every listener does: it hears what was pressed or sent, does one short transaction, and answers.

The capabilities beside this one say only which button opens which page, which one does what, and what the
forms hold. Nothing is acknowledged before it is kept. Who may, the pages and the acts ask of `bot.access`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from sqlmodel import Session

from bot.digests.facts import Picture
from bot.digests.requests import notice_view
from bot.home.choice import BoardChoice
from bot.home.letters import put_home
from bot.home.settings_form import Mistakes
from bot.ideas.anonymous import hidden
from bot.ideas.doing import Doing, Done, Newcomer, Outcome, Refused
from bot.ideas.names import anywhere, form_of
from bot.ideas.words.phrases import clock_time, long_day
from bot.slack_blocks import View
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.screen import Press, becomes, closed, command_of, press_of, redraw, say_beside, say_each
from storage.engine import DatabaseBusy
from storage.seen import first_time

log = structlog.stdlib.get_logger()

# A look before a change: together they have to answer within Slack's three seconds.
LOOK = PATIENCE / 2

Listener = Callable[..., None]
Act = Callable[[Session, Doing], Outcome]
# What a button opens, and what it does, by what it carries.
Page = Callable[[Session, Doing, str], View]
Deed = Callable[[Session, Doing, str], Outcome]
# What follows on the screen once it is done.
Then = Callable[[Press, Done], None]
# What a form asks for, or what is wrong with it.
Read = Callable[[View], Act | Mistakes]


def add_pages(app: App, deps: Deps, pages: Mapping[str, Page], *, turns: bool = False) -> None:
    """Add buttons that open a page, by action_id; or that turn the one that is open."""
    register_each(app, {action: opens(deps, action, page, turns=turns) for action, page in pages.items()})


def add_deeds(app: App, deps: Deps, deeds: Mapping[str, Deed], then: Then | None = None) -> None:
    """Add buttons that do something at once, by action_id, and what follows on the screen."""
    register_each(app, {action: presses(deps, action, deed, then) for action, deed in deeds.items()})


def add_forms(app: App, deps: Deps, forms: Mapping[str, tuple[Read, str]]) -> None:
    """Add forms, by the action_id of their button, each with the block that a refusal stands beside."""
    for action, (read, beside) in forms.items():
        app.view(form_of(action))(submits(deps, read, beside))


def register_each(app: App, listeners: Mapping[str, Listener]) -> None:
    """Register buttons by action_id: alone, and beside one of several things in a list."""
    for action_id, listener in listeners.items():
        app.action(anywhere(action_id))(listener)


# -- who acts, and once ----


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


def once(
    deps: Deps,
    user_id: str,
    key: str,
    act: Act,
    *,
    newcomer: Newcomer | None = None,
    choice: BoardChoice | None = None,
) -> Outcome | None:
    """Do something once, in one transaction that keeps nothing where it is refused.

    The person's Home follows, with what is chosen on it. None: it was done before. Raises DatabaseBusy.
    """
    with deps.database.write(patience=PATIENCE) as session:
        if not first_time(session, key, deps.clock.now()):
            return None
        doing = doing_of(deps, session, user_id, newcomer)
        outcome = act(session, doing)
        if isinstance(outcome, Refused):
            session.rollback()
        else:
            _home_follows(session, doing, outcome, choice)
    return outcome


def _home_follows(session: Session, doing: Doing, done: Done, choice: BoardChoice | None) -> None:
    """Have the person's own Home show what they just did; never for what they did without their name."""
    person_id = doing.actor.person_id
    if person_id is None or done.appears_on is not None:
        return
    if done.idea_id is not None and hidden.is_mine(session, doing, done.idea_id):
        return
    put_home(session, person_id, doing.now, choice)


def unless_busy(name: str, make: Callable[[], View]) -> View:
    """A page, or the one that says that the database did not answer."""
    try:
        return make()
    except DatabaseBusy:
        log.warning("database_busy", listener=name)
        return notice_view(NOT_SAVED)


# -- buttons ----


def on_press(name: str, hear: Callable[[Press], None]) -> Listener:
    """Hear a press out, then acknowledge it. That the database is busy is what comes up instead."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        press = press_of(client, body, action)
        try:
            hear(press)
        except DatabaseBusy:
            log.warning("database_busy", listener=name)
            press.say_busy()
        ack()

    return listener


def opens(deps: Deps, name: str, page: Page, *, turns: bool = False) -> Listener:
    """A button that opens a page; where it `turns` pages, in the place of the one that is open."""

    def hear(press: Press) -> None:
        with deps.database.read(patience=PATIENCE) as session:
            view = page(session, doing_of(deps, session, press.user_id), press.value)
        if turns:
            press.turn_to(view)
        else:
            press.show(view)

    return on_press(name, hear)


def opens_on_record(deps: Deps, name: str, page: Page) -> Listener:
    """A button whose page comes up after something is written: who looks (D4), or what is on its way."""

    def hear(press: Press) -> None:
        with deps.database.write(patience=PATIENCE) as session:
            if not first_time(session, press.key, deps.clock.now()):
                return
            view = page(session, doing_of(deps, session, press.user_id), press.value)
        press.show(view)

    return on_press(name, hear)


def open_first(deps: Deps, name: str, press: Press, waiting: View, make: Callable[[], View]) -> None:
    """Bring up a page at once; what it takes longer to make takes its place."""
    opened = press.open(waiting)
    if opened is not None:
        deps.later(name, lambda: redraw(press.client, opened, unless_busy(name, make)))


def presses(deps: Deps, name: str, deed: Deed, then: Then | None = None) -> Listener:
    """A button that does something at once: the message or the Home shows it, and only a refusal is said."""

    def hear(press: Press) -> None:
        outcome = once(
            deps, press.user_id, press.key, lambda session, doing: deed(session, doing, press.value)
        )
        if isinstance(outcome, Refused):
            press.show(notice_view(outcome.reason))
        elif outcome is not None and then is not None:
            then(press, outcome)

    return on_press(name, hear)


def by_id(act: Callable[[Session, Doing, int], Outcome]) -> Deed:
    """What a button does to the one thing that it carries the id of."""
    return lambda session, doing, value: act(session, doing, id_of(value))


def says(press: Press, done: Done) -> None:
    """What there is to say to whoever pressed, to them alone."""
    if done.note:
        press.show(notice_view(done.note))


def in_place(text: str = "") -> Then:
    """A page would go on showing what was before: this, or the note, takes its place."""

    def then(press: Press, done: Done) -> None:
        if press.in_modal:
            press.replace(notice_view(text or done.note))

    return then


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that somebody asks for: how it is drawn, and what puts it into the outbox."""

    draw: Callable[[], Picture]
    put: Callable[[Session, Picture], None]


def sends_picture(
    deps: Deps, name: str, find: Callable[[Session, Doing, str], Drawing | None], *, coming: str, nothing: str
) -> Listener:
    """A button that brings a picture into the person's own conversation.

    Drawn between two short transactions: nobody waits for a lock that is held by a drawing hand.
    """

    def hear(press: Press) -> None:
        with deps.database.read(patience=PATIENCE) as session:
            drawing = find(session, doing_of(deps, session, press.user_id), press.value)
        if drawing is None:
            press.show(notice_view(nothing))
            return
        picture = drawing.draw()
        with deps.database.write(patience=PATIENCE) as session:
            if not first_time(session, press.key, deps.clock.now()):
                return
            drawing.put(session, picture)
        press.show(notice_view(coming))

    return on_press(name, hear)


def id_of(value: Any) -> int:
    """The id that a button or a form carries; 0, which nothing has, for anything else."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


# -- commands ----


def on_command(name: str, answer: Callable[[Press], dict[str, Any]]) -> Listener:
    """A command: what there is to say stands beneath it, for whoever ran it alone."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        try:
            said = answer(command_of(client, body))
        except DatabaseBusy:
            log.warning("database_busy", listener=name)
            said = {"text": NOT_SAVED}
        ack(**said)

    return listener


# -- forms ----


def on_form(answer: Callable[[str, View], dict[str, Any]], *beside: str) -> Listener:
    """A form comes back. While the database is busy it stays open, with everything that was filled in."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            said = answer(body["user"]["id"], view)
        except DatabaseBusy:
            log.warning("database_busy", listener=view["callback_id"])
            said = say_beside(view, NOT_SAVED, *beside)
        ack(**said)

    return listener


def submits(deps: Deps, read: Read, beside: str) -> Listener:
    """A form that does something: what is wrong stands beside its field, a refusal beside the one named."""

    def answer(user_id: str, view: View) -> dict[str, Any]:
        act = read(view)
        if isinstance(act, Mistakes):
            return say_each(view, act.errors)
        outcome = once(deps, user_id, view["id"], act)
        if isinstance(outcome, Refused):
            return say_beside(view, outcome.reason, beside)
        return closed() if outcome is None else after(outcome, deps)

    return on_form(answer, beside)


def after(done: Done, deps: Deps) -> dict[str, Any]:
    """The answer to a form that was kept: it closes, or says what there is to say."""
    said = [appears(done, deps)] if done.appears_on is not None else []
    said += [done.note] if done.note else []
    return becomes(notice_view(" ".join(said))) if said else closed()


def appears(done: Done, deps: Deps) -> str:
    """When what the sender of an anonymous idea did appears."""
    assert done.appears_on is not None
    day = long_day(done.appears_on, deps.today())
    at = clock_time(deps.settings.rounds_anonymous_time)
    return (
        f"Received. It appears on {day} at {at}, together with others', so that its time does not give you "
        "away. News about it will be on your Rounds Home."
    )
