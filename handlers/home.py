"""The App Home with its buttons, the form of `/digest settings`, `/rounds`, and who joins."""

from __future__ import annotations

from collections.abc import Callable
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
from bot.home.facts import HomeFacts
from bot.home.gather import gather_home
from bot.home.letters import own_trends_of, put_home, put_trends, trends_picture
from bot.home.onboarding import greet_newcomer
from bot.home.settings_form import CALLBACK, WEEKDAY, Mistakes, read_form, saved_view, settings_form
from bot.home.wishes import resume_digest, save_wishes, stop_digest
from bot.home.words import no_digest, rounds_help
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


def home_opened(deps: Deps) -> Callable[..., None]:
    """Somebody opens the Home tab: it is published from stored rows.

    No key is kept of the event: what is published is what is true now, so doing it twice is harmless.
    """

    def listener(ack: Ack, event: dict[str, Any], client: WebClient) -> None:
        if event.get("tab") == "home":
            user_id = event["user"]
            try:
                with deps.database.read(patience=PATIENCE) as session:
                    facts = _facts(deps, session, user_id)
            except DatabaseBusy:
                log.warning("database_busy", listener="app_home_opened")
                if not event.get("view"):
                    client.views_publish(user_id=user_id, view=home.busy_view())
                # Not acknowledged: Slack sends the event again, and a page that is there stays.
                raise
            _publish(client, user_id, facts)
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
                facts = _refresh(deps, session, who.actor)
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
                        _refresh(deps, session, actor)
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


def asking(deps: Deps, session: Session, user_id: str) -> Asking:
    """Who asks, when, and in which zone."""
    actor = deps.actor(session, user_id)
    return Asking(actor=actor, now=deps.clock.now(), zone=deps.zone(actor))


def _facts(deps: Deps, session: Session, user_id: str, looks: int = home.LOOKS_ON_HOME) -> HomeFacts:
    return _gather(deps, session, deps.actor_with_duties(session, user_id), looks)


def _gather(deps: Deps, session: Session, actor: Actor, looks: int = home.LOOKS_ON_HOME) -> HomeFacts:
    return gather_home(
        session,
        actor,
        now=deps.clock.now(),
        team_id=deps.team_id,
        settings=deps.settings,
        looks=looks,
    )


def _refresh(deps: Deps, session: Session, actor: Actor) -> HomeFacts:
    """Have the person's Home show what was just changed."""
    session.flush()
    facts = _gather(deps, session, actor)
    if actor.person_id is not None:
        put_home(session, actor.person_id, facts, deps.clock.now())
    return facts


def _publish(client: WebClient, user_id: str, facts: HomeFacts) -> None:
    try:
        client.views_publish(user_id=user_id, view=home.home_view(facts))
    except SlackApiError as refused:
        if facts.latest is None or facts.latest.picture is None:
            raise
        # The file may be gone (retention, deleted): the page without it is better than none.
        log.warning("home_without_picture", error=refused.response["error"])
        client.views_publish(user_id=user_id, view=home.home_view(facts, show_picture=False))
