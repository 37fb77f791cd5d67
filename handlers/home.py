"""The App Home with its buttons, the form of `/digest settings`, `/rounds`, and who joins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
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
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from storage.engine import DatabaseBusy
from storage.seen import first_time

log = structlog.stdlib.get_logger()

# What "Pause" fills in; the person sees it and can change it before anything is saved.
USUAL_PAUSE = timedelta(weeks=4)


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    app.event("app_home_opened")(home_opened(deps))
    app.event("team_join")(somebody_joined(deps))
    app.command("/rounds")(rounds_command(deps))
    app.action(home.AGAIN)(show_again(deps))
    app.action(home.TRENDS)(show_trends(deps))
    app.action(home.SETTINGS)(open_settings(deps))
    app.action(home.PAUSE)(open_settings(deps, pause=True))
    app.action(home.RESUME)(change(deps, lambda session, actor: resume_digest(session, actor)))
    app.action(home.STOP)(change(deps, lambda session, actor: stop_digest(session, actor, deps.clock.now())))
    app.action(home.LOOKS)(open_looks(deps))
    app.action(home.WHO)(open_who(deps))
    app.view(CALLBACK)(settings_submitted(deps))
    app.action(names.BOARD_FILTER)(look_at_board(deps, chosen_column))
    app.action(names.BOARD_UNIT)(look_at_board(deps, chosen_unit))
    # Elsewhere the same buttons turn the pages of a list.
    app.action(names.anywhere(names.LIST_PAGE), matchers=[of_the_board])(look_at_board(deps, chosen_page))
    app.action(delegating.OPEN)(open_stand_in(deps))
    app.action(names.anywhere(delegating.END))(end_stand_in(deps))
    app.view(delegating.CALLBACK)(stand_in_submitted(deps))


def home_opened(deps: Deps) -> Callable[..., None]:
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
                    facts = _facts(deps, session, user_id, choice=choice)
            except DatabaseBusy:
                log.warning("database_busy", listener="app_home_opened")
                if not event.get("view"):
                    client.views_publish(user_id=user_id, view=home.busy_view())
                # Not acknowledged: Slack sends the event again, and a page that is there stays.
                raise
            _publish(client, user_id, facts, choice)
        ack()

    return listener


def somebody_joined(deps: Deps) -> Callable[..., None]:
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


def rounds_command(deps: Deps) -> Callable[..., None]:
    """`/rounds [help]`: what this person can do here."""

    def listener(ack: Ack, body: dict[str, Any]) -> None:
        try:
            with deps.database.read(patience=PATIENCE) as session:
                answer = rounds_help(_facts(deps, session, body["user_id"]))
        except DatabaseBusy:
            log.warning("database_busy", listener="/rounds")
            answer = NOT_SAVED
        ack(answer)

    return listener


def show_again(deps: Deps) -> Callable[..., None]:
    """The latest digest once more, as `/digest` sends it."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.write(patience=PATIENCE) as session:
                if not first_time(session, body["trigger_id"], deps.clock.now()):
                    ack()
                    return
                answer = answer_command(session, asking(deps, session, body["user"]["id"]), "")
        except DatabaseBusy:
            log.warning("database_busy", listener=home.AGAIN)
            answer = NOT_SAVED
        client.views_open(trigger_id=body["trigger_id"], view=notice_view(answer))
        ack()

    return listener


def show_trends(deps: Deps) -> Callable[..., None]:
    """All trends in one picture, into the person's own conversation.

    Drawn between two short transactions: nobody waits for a lock that is held by a drawing hand.
    """

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        answer = NO_TRENDS
        try:
            with deps.database.read(patience=PATIENCE) as session:
                actor = deps.actor(session, body["user"]["id"])
                found = own_trends_of(session, actor)
            if found is not None and actor.person_id is not None:
                week, trends = found
                picture = trends_picture(trends)
                now = deps.clock.now()
                with deps.database.write(patience=PATIENCE) as session:
                    if not first_time(session, body["trigger_id"], now):
                        ack()
                        return
                    put_trends(session, actor.person_id, week, picture, now)
                answer = TRENDS_COMING
        except DatabaseBusy:
            log.warning("database_busy", listener=home.TRENDS)
            answer = NOT_SAVED
        client.views_open(trigger_id=body["trigger_id"], view=notice_view(answer))
        ack()

    return listener


def open_settings(deps: Deps, *, pause: bool = False) -> Callable[..., None]:
    """The form, from the Home; with `pause` one is filled in, to be saved or not."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        view = settings_page(deps, body["user"]["id"], pause=pause)
        client.views_open(trigger_id=body["trigger_id"], view=view)
        ack()

    return listener


def settings_page(deps: Deps, user_id: str, *, pause: bool = False) -> dict[str, Any]:
    """The settings form of whoever asks, or a page that says why there is none."""
    try:
        with deps.database.read(patience=PATIENCE) as session:
            facts = _facts(deps, session, user_id)
    except DatabaseBusy:
        log.warning("database_busy", listener="settings")
        return notice_view(NOT_SAVED)
    if facts.settings is None:
        return notice_view(no_digest(facts))
    until = local_date(deps.clock.now(), facts.zone) + USUAL_PAUSE if pause else None
    return settings_form(facts.settings, pause_until=until)


def settings_submitted(deps: Deps) -> Callable[..., None]:
    """The form comes back: what is wrong stands beside its field, what is right is kept."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        now = deps.clock.now()
        try:
            with deps.database.write(patience=PATIENCE) as session:
                who = asking(deps, session, body["user"]["id"])
                wishes = read_form(view["state"]["values"], who.today)
                if isinstance(wishes, Mistakes):
                    ack(response_action="errors", errors=wishes.errors)
                    return
                if first_time(session, view["id"], now):
                    save_wishes(session, who.actor, wishes, now=now, zone=who.zone, settings=deps.settings)
                facts = _refresh(deps, session, who.actor, body)
        except DatabaseBusy:
            log.warning("database_busy", listener=CALLBACK)
            # The form stays open with everything that was filled in.
            ack(response_action="errors", errors={WEEKDAY: NOT_SAVED})
            return
        saved = notice_view(no_digest(facts)) if facts.settings is None else saved_view(facts.settings)
        ack(response_action="update", view=saved)

    return listener


def change(deps: Deps, make: Callable[[Session, Actor], bool]) -> Callable[..., None]:
    """A button on the Home that changes something: the Home itself shows the change."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.write(patience=PATIENCE) as session:
                if first_time(session, body["trigger_id"], deps.clock.now()):
                    actor = deps.actor_with_duties(session, body["user"]["id"])
                    if make(session, actor):
                        _refresh(deps, session, actor, body)
        except DatabaseBusy:
            log.warning("database_busy", listener="home")
            client.views_open(trigger_id=body["trigger_id"], view=notice_view(NOT_SAVED))
        ack()

    return listener


def open_looks(deps: Deps) -> Callable[..., None]:
    """The record of who looked at the person's own figures."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.read(patience=PATIENCE) as session:
                facts = _facts(deps, session, body["user"]["id"], looks=home.MOST_LOOKS)
            view = home.looks_view(facts)
        except DatabaseBusy:
            log.warning("database_busy", listener=home.LOOKS)
            view = notice_view(NOT_SAVED)
        client.views_open(trigger_id=body["trigger_id"], view=view)
        ack()

    return listener


def open_who(deps: Deps) -> Callable[..., None]:
    """Who else could look at figures: the same for everybody, so nothing is asked of the database."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        context = WritingContext(IsoWeek.of(deps.today()), "", purpose=deps.settings.rounds_purpose)
        client.views_open(trigger_id=body["trigger_id"], view=who_view(context))
        ack()

    return listener


def look_at_board(
    deps: Deps, choose: Callable[[BoardChoice, dict[str, Any]], BoardChoice]
) -> Callable[..., None]:
    """Another part of the leaders' board: the Home is published with it, and keeps what was chosen."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        choice = choose(choice_of(body), action)
        try:
            with deps.database.read(patience=PATIENCE) as session:
                facts = _facts(deps, session, body["user"]["id"], choice=choice)
        except DatabaseBusy:
            log.warning("database_busy", listener="board")
            client.views_open(trigger_id=body["trigger_id"], view=notice_view(NOT_SAVED))
        else:
            _publish(client, body["user"]["id"], facts, choice)
        ack()

    return listener


def of_the_board(body: dict[str, Any], action: dict[str, Any]) -> bool:
    """Whether an older or newer button is the board's."""
    return (body.get("view") or {}).get("type") == "home" and str(action.get("value")).startswith("board:")


def chosen_column(choice: BoardChoice, action: dict[str, Any]) -> BoardChoice:
    """Another column, from its beginning."""
    return replace(choice, column=_selected(action), first=0)


def chosen_unit(choice: BoardChoice, action: dict[str, Any]) -> BoardChoice:
    """Another unit, or all, from the beginning."""
    chosen = _selected(action)
    return replace(choice, unit_id=int(chosen) if chosen.isdecimal() else None, first=0)


def chosen_page(_choice: BoardChoice, action: dict[str, Any]) -> BoardChoice:
    """Older or newer ones; the button says of what."""
    return paged(str(action["value"]))


def _selected(action: dict[str, Any]) -> str:
    return str((action.get("selected_option") or {}).get("value", ""))


def choice_of(body: dict[str, Any]) -> BoardChoice:
    """What is chosen on the Home from which something was pressed."""
    view = body.get("view") or {}
    return from_metadata(view.get("private_metadata") if view.get("type") == "home" else None)


def open_stand_in(deps: Deps) -> Callable[..., None]:
    """The form that asks somebody to stand in; who may use it is asked when it comes back."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        form = delegating.stand_in_form(deps.today())
        # The Home behind it shows the change: what was chosen on it is to stay.
        form["private_metadata"] = to_metadata(choice_of(body))
        client.views_open(trigger_id=body["trigger_id"], view=form)
        ack()

    return listener


def stand_in_submitted(deps: Deps) -> Callable[..., None]:
    """Somebody is asked to stand in: they are told, and both Homes show it."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        wanted = delegating.read_stand_in(view["state"]["values"], deps.today())
        if isinstance(wanted, Mistakes):
            ack(response_action="errors", errors=wanted.errors)
            return
        choice = from_metadata(view.get("private_metadata"))
        try:
            with deps.database.write(patience=PATIENCE) as session:
                if not first_time(session, view["id"], deps.clock.now()):
                    ack()
                    return
                doing = _doing(deps, session, body["user"]["id"])
                outcome = delegating.delegate(session, doing, wanted.whom_user, wanted.starts, wanted.ends)
                if isinstance(outcome, Refused):
                    session.rollback()
                elif doing.actor.person_id is not None:
                    put_home(session, doing.actor.person_id, doing.now, choice)
        except DatabaseBusy:
            log.warning("database_busy", listener=delegating.CALLBACK)
            outcome = Refused(NOT_SAVED)
        if isinstance(outcome, Refused):
            ack(response_action="errors", errors={delegating.WHOM: outcome.reason})
        else:
            ack()

    return listener


def end_stand_in(deps: Deps) -> Callable[..., None]:
    """A standing in ends before its day."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        refused = ""
        try:
            with deps.database.write(patience=PATIENCE) as session:
                if first_time(session, body["trigger_id"], deps.clock.now()):
                    doing = _doing(deps, session, body["user"]["id"])
                    outcome = delegating.end_delegation(session, doing, int(action["value"]))
                    refused = outcome.reason if isinstance(outcome, Refused) else ""
                    if doing.actor.person_id is not None:
                        put_home(session, doing.actor.person_id, doing.now, choice_of(body))
        except DatabaseBusy:
            log.warning("database_busy", listener=delegating.END)
            refused = NOT_SAVED
        if refused:
            client.views_open(trigger_id=body["trigger_id"], view=notice_view(refused))
        ack()

    return listener


def _doing(deps: Deps, session: Session, user_id: str) -> Doing:
    return Doing(
        actor=deps.actor_with_duties(session, user_id),
        user_id=user_id,
        team_id=deps.team_id,
        now=deps.clock.now(),
        settings=deps.settings,
    )


def asking(deps: Deps, session: Session, user_id: str) -> Asking:
    """Who asks, when, and in which zone."""
    actor = deps.actor(session, user_id)
    return Asking(actor=actor, now=deps.clock.now(), zone=deps.zone(actor))


def _facts(
    deps: Deps,
    session: Session,
    user_id: str,
    *,
    looks: int = home.LOOKS_ON_HOME,
    choice: BoardChoice | None = None,
) -> HomeFacts:
    """What is known of whoever asks; with `choice` ideas as well."""
    return gather_home(
        session,
        deps.actor_with_duties(session, user_id),
        now=deps.clock.now(),
        team_id=deps.team_id,
        settings=deps.settings,
        user_id=user_id,
        looks=looks,
        choice=choice,
    )


def _refresh(deps: Deps, session: Session, actor: Actor, body: dict[str, Any]) -> HomeFacts:
    """Have the person's Home show what was just changed."""
    session.flush()
    if actor.person_id is not None:
        put_home(session, actor.person_id, deps.clock.now(), choice_of(body))
    return _facts(deps, session, body["user"]["id"])


def _publish(client: WebClient, user_id: str, facts: HomeFacts, choice: BoardChoice) -> None:
    try:
        client.views_publish(user_id=user_id, view=home.home_view(facts, choice=choice))
    except SlackApiError as refused:
        if facts.latest is None or facts.latest.picture is None:
            raise
        # The file may be gone (retention, deleted): the page without it is better than none.
        log.warning("home_without_picture", error=refused.response["error"])
        client.views_publish(user_id=user_id, view=home.home_view(facts, show_picture=False, choice=choice))
