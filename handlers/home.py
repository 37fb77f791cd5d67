"""The App Home with its buttons, the form of `/digest settings`, `/rounds`, and who joins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlmodel import Session

from bot.access import Actor
from bot.clock import local_date
from bot.digests.pages import who_view
from bot.digests.requests import NO_TRENDS, TRENDS_COMING, Asking, answer_command, notice_view
from bot.digests.weeks import IsoWeek
from bot.digests.write import WritingContext
from bot.home import view as home
from bot.home.choice import BoardChoice, from_metadata, paged, to_metadata
from bot.home.facts import HomeFacts
from bot.home.gather import gather_home
from bot.home.letters import own_trends_of, put_home, put_trends, trends_picture
from bot.home.onboarding import greet_newcomer
from bot.home.settings_form import CALLBACK, WEEKDAY, Mistakes, read_form, saved_view, settings_form
from bot.home.wishes import resume_digest, save_wishes, stop_digest
from bot.home.words import no_digest, rounds_help
from bot.ideas import delegating, names
from bot.ideas.doing import Doing, Refused
from bot.slack_blocks import View
from handlers.deps import PATIENCE, Deps
from handlers.exchange import (
    Drawing,
    Listener,
    add_pages,
    doing_of,
    id_of,
    on_command,
    on_form,
    on_press,
    once,
    opens_on_record,
    register_each,
    sends_picture,
)
from handlers.screen import Press, becomes, say_each
from storage.engine import DatabaseBusy
from storage.seen import first_time

log = structlog.stdlib.get_logger()

# What "Pause" fills in; the person sees it and can change it before anything is saved.
USUAL_PAUSE = timedelta(weeks=4)


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    app.event("app_home_opened")(home_opened(deps))
    app.event("team_join")(somebody_joined(deps))
    app.command("/rounds")(on_command("/rounds", partial(_help, deps)))
    paused = partial(settings_page, pause=True)
    add_pages(app, deps, {home.SETTINGS: settings_page, home.PAUSE: paused, home.LOOKS: _looks})
    trends = sends_picture(deps, home.TRENDS, _trends, coming=TRENDS_COMING, nothing=NO_TRENDS)
    register_each(
        app,
        {
            home.AGAIN: opens_on_record(deps, home.AGAIN, partial(_again, deps)),
            home.TRENDS: trends,
            home.WHO: on_press(home.WHO, lambda press: _show_who(deps, press)),
            home.RESUME: _changes(deps, home.RESUME, lambda s, doing: resume_digest(s, doing.actor)),
            home.STOP: _changes(deps, home.STOP, lambda s, doing: stop_digest(s, doing.actor, doing.now)),
            names.BOARD_FILTER: _looks_at_board(deps, chosen_column),
            names.BOARD_UNIT: _looks_at_board(deps, chosen_unit),
            delegating.OPEN: on_press(delegating.OPEN, lambda press: _ask_to_stand_in(deps, press)),
            delegating.END: on_press(delegating.END, lambda press: _end_stand_in(deps, press)),
        },
    )
    # Elsewhere the same buttons turn the pages of a list.
    of_board = app.action(names.anywhere(names.LIST_PAGE), matchers=[of_the_board])
    of_board(_looks_at_board(deps, chosen_page))
    app.view(CALLBACK)(on_form(lambda user_id, view: _save_settings(deps, user_id, view), WEEKDAY))
    app.view(delegating.CALLBACK)(
        on_form(lambda user_id, view: _stand_in(deps, user_id, view), delegating.WHOM)
    )


# -- the Home itself, and who comes ----


def home_opened(deps: Deps) -> Listener:
    """Somebody opens the Home tab: it is published from stored rows.

    No key is kept of the event: what is published is what is true now, so doing it twice is harmless.
    """

    def listener(ack: Ack, event: dict[str, Any], client: WebClient) -> None:
        if event.get("tab") == "home":
            user_id = event["user"]
            # A page that is opened again shows what was chosen on it before.
            choice = from_metadata((event.get("view") or {}).get("private_metadata"))
            try:
                with deps.database.read(patience=PATIENCE) as session:
                    facts = _facts(session, doing_of(deps, session, user_id), choice=choice)
            except DatabaseBusy:
                log.warning("database_busy", listener="app_home_opened")
                if not event.get("view"):
                    client.views_publish(user_id=user_id, view=home.busy_view())
                # Not acknowledged: Slack sends the event again, and a page that is there stays.
                raise
            _publish(client, user_id, facts, choice)
        ack()

    return listener


def somebody_joined(deps: Deps) -> Listener:
    """A new account in the workspace."""

    def listener(ack: Ack, body: dict[str, Any], event: dict[str, Any]) -> None:
        now = deps.clock.now()
        with deps.database.write(patience=PATIENCE) as session:
            if first_time(session, body["event_id"], now):
                greet_newcomer(
                    session,
                    event["user"],
                    team_id=deps.team_id,
                    now=now,
                    today=deps.today(),
                    purpose=deps.settings.rounds_purpose,
                )
        ack()

    return listener


def _help(deps: Deps, press: Press) -> dict[str, Any]:
    """`/rounds [help]`: what this person can do here."""
    with deps.database.read(patience=PATIENCE) as session:
        return {"text": rounds_help(_facts(session, doing_of(deps, session, press.user_id)))}


# -- the digest ----


def _again(deps: Deps, session: Session, doing: Doing, _value: str) -> View:
    """The latest digest once more, as `/digest` sends it."""
    return notice_view(answer_command(session, asking(deps, doing.actor), ""))


def _trends(session: Session, doing: Doing, _value: str) -> Drawing | None:
    """All trends in one picture."""
    found, person = own_trends_of(session, doing.actor), doing.actor.person_id
    if found is None or person is None:
        return None
    week, trends = found
    return Drawing(
        lambda: trends_picture(trends),
        lambda session, picture: put_trends(session, person, week, picture, doing.now),
    )


def _looks(session: Session, doing: Doing, _value: str) -> View:
    """The record of who looked at the person's own figures."""
    return home.looks_view(_facts(session, doing, looks=home.MOST_LOOKS))


def _show_who(deps: Deps, press: Press) -> None:
    """Who else could look at figures: the same for everybody, so nothing is asked of the database."""
    settings = deps.settings
    context = WritingContext(
        IsoWeek.of(deps.today()), "", purpose=settings.rounds_purpose, language=settings.language
    )
    press.show(who_view(context))


def settings_page(session: Session, doing: Doing, _value: str, *, pause: bool = False) -> View:
    """The settings form of whoever asks, or why there is none; with `pause` one is filled in, to be saved."""
    facts = _facts(session, doing)
    if facts.settings is None:
        return notice_view(no_digest(facts))
    until = local_date(doing.now, facts.zone) + USUAL_PAUSE if pause else None
    return settings_form(facts.settings, pause_until=until)


def _save_settings(deps: Deps, user_id: str, view: View) -> dict[str, Any]:
    """What is wrong stands beside its field, what is right is kept."""
    with deps.database.write(patience=PATIENCE) as session:
        doing = doing_of(deps, session, user_id)
        who = asking(deps, doing.actor)
        wishes = read_form(view["state"]["values"], who.today)
        if isinstance(wishes, Mistakes):
            return say_each(view, wishes.errors)
        if first_time(session, view["id"], doing.now):
            save_wishes(session, who.actor, wishes, now=doing.now, zone=who.zone, settings=doing.settings)
        _show_change(session, doing, BoardChoice())
        facts = _facts(session, doing)
    return becomes(notice_view(no_digest(facts)) if facts.settings is None else saved_view(facts.settings))


def _changes(deps: Deps, name: str, make: Callable[[Session, Doing], bool]) -> Listener:
    """A button on the Home that changes something: the Home itself shows the change."""

    def hear(press: Press) -> None:
        with deps.database.write(patience=PATIENCE) as session:
            if first_time(session, press.key, deps.clock.now()):
                doing = doing_of(deps, session, press.user_id)
                if make(session, doing):
                    _show_change(session, doing, choice_of(press))

    return on_press(name, hear)


# -- the leaders' board ----


def _looks_at_board(deps: Deps, choose: Callable[[BoardChoice, str], BoardChoice]) -> Listener:
    """Another part of the leaders' board: the Home is published with it, and keeps what was chosen."""

    def hear(press: Press) -> None:
        choice = choose(choice_of(press), press.value)
        with deps.database.read(patience=PATIENCE) as session:
            facts = _facts(session, doing_of(deps, session, press.user_id), choice=choice)
        _publish(press.client, press.user_id, facts, choice)

    return on_press("board", hear)


def of_the_board(body: dict[str, Any], action: dict[str, Any]) -> bool:
    """Whether an older or newer button is the board's."""
    return (body.get("view") or {}).get("type") == "home" and str(action.get("value")).startswith("board:")


def chosen_column(choice: BoardChoice, column: str) -> BoardChoice:
    """Another column, from its beginning."""
    return replace(choice, column=column, first=0)


def chosen_unit(choice: BoardChoice, unit: str) -> BoardChoice:
    """Another unit, or all, from the beginning."""
    return replace(choice, unit_id=int(unit) if unit.isdecimal() else None, first=0)


def chosen_page(_choice: BoardChoice, page: str) -> BoardChoice:
    """Older or newer ones; the button says of what."""
    return paged(page)


def choice_of(press: Press) -> BoardChoice:
    """What is chosen on the Home from which something was pressed."""
    return from_metadata(press.under.get("private_metadata") if press.on_home else None)


# -- standing in ----


def _ask_to_stand_in(deps: Deps, press: Press) -> None:
    """The form that asks somebody to stand in; who may use it is asked when it comes back."""
    # The Home behind it shows the change: what was chosen on it is to stay.
    press.show({**delegating.stand_in_form(deps.today()), "private_metadata": to_metadata(choice_of(press))})


def _stand_in(deps: Deps, user_id: str, view: View) -> dict[str, Any]:
    """Somebody is asked to stand in: they are told, and both Homes show it."""
    wanted = delegating.read_stand_in(view["state"]["values"], deps.today())
    if isinstance(wanted, Mistakes):
        return say_each(view, wanted.errors)
    outcome = once(
        deps,
        user_id,
        view["id"],
        lambda session, doing: delegating.delegate(
            session, doing, wanted.whom_user, wanted.starts, wanted.ends
        ),
        choice=from_metadata(view.get("private_metadata")),
    )
    return say_each(view, {delegating.WHOM: outcome.reason}) if isinstance(outcome, Refused) else {}


def _end_stand_in(deps: Deps, press: Press) -> None:
    """A standing in ends before its day; the Home shows it, also where it had ended already."""
    refused = ""
    with deps.database.write(patience=PATIENCE) as session:
        if first_time(session, press.key, deps.clock.now()):
            doing = doing_of(deps, session, press.user_id)
            outcome = delegating.end_delegation(session, doing, id_of(press.value))
            refused = outcome.reason if isinstance(outcome, Refused) else ""
            _show_change(session, doing, choice_of(press))
    if refused:
        press.show(notice_view(refused))


# -- what is known of whoever asks ----


def asking(deps: Deps, actor: Actor) -> Asking:
    """Who asks, when, and in which zone."""
    return Asking(actor=actor, now=deps.clock.now(), zone=deps.zone(actor), language=deps.settings.language)


def _facts(
    session: Session, doing: Doing, *, looks: int = home.LOOKS_ON_HOME, choice: BoardChoice | None = None
) -> HomeFacts:
    """What is known of whoever asks; with `choice` ideas as well."""
    return gather_home(
        session,
        doing.actor,
        now=doing.now,
        team_id=doing.team_id,
        settings=doing.settings,
        user_id=doing.user_id,
        looks=looks,
        choice=choice,
    )


def _show_change(session: Session, doing: Doing, choice: BoardChoice) -> None:
    """Have the person's Home show what was just changed."""
    session.flush()
    if doing.actor.person_id is not None:
        put_home(session, doing.actor.person_id, doing.now, choice)


def _publish(client: WebClient, user_id: str, facts: HomeFacts, choice: BoardChoice) -> None:
    try:
        client.views_publish(user_id=user_id, view=home.home_view(facts, choice=choice))
    except SlackApiError as refused:
        if facts.latest is None or facts.latest.picture is None:
            raise
        # The file may be gone (retention, deleted): the page without it is better than none.
        log.warning("home_without_picture", error=refused.response["error"])
        client.views_publish(user_id=user_id, view=home.home_view(facts, show_picture=False, choice=choice))
