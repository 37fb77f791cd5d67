"""The message shortcut "Make this an idea": one's own words at once, somebody else's with their yes (I23)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.digests.requests import notice_view
from bot.ideas import gather, names
from bot.ideas.facts import Draft
from bot.ideas.from_message import ASKED, Borrowed, asked_author, author_declined, suggested_by
from bot.ideas.words.form import idea_form
from bot.ideas.words.phrases import LONGEST_IDEA
from bot.slack_blocks import section
from bot.slack_text import as_typed
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import Listener, View, do, doing_of, open_page, show
from handlers.ideas.handing_in import as_slack_knows, open_form, with_newcomer
from storage.engine import DatabaseBusy
from storage.seen import first_time

log = structlog.stdlib.get_logger()

NOT_A_PERSONS = "This message is not a person's, so there is nobody whose idea it could be."
ONE_MOMENT = "One moment: Rounds is fetching your message."
PASTE_IT = "Rounds could not read the message (it may not be in that channel). Please paste your words here."
TAKEN_IN_PART = "The message is longer than an idea can be (3,000 characters), so its end is left out."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of making an idea from a message."""
    app.shortcut(names.MESSAGE_SHORTCUT)(make_an_idea(deps))
    app.action(names.YES_MAKE)(author_says_yes(deps))
    app.action(names.NO_MAKE)(author_says_no(deps))


def make_an_idea(deps: Deps) -> Listener:
    """Somebody wants an idea made of a message. Of somebody else's nothing is kept, nor shown to anybody."""

    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        message, user = body["message"], body["user"]["id"]
        author = message.get("user")
        if not author or message.get("bot_id"):
            show(client, body, notice_view(NOT_A_PERSONS))
        elif author == user:
            text = as_typed(message.get("text", ""))
            open_form(deps, client, body, Draft(text=text[:LONGEST_IDEA]), user)
        else:
            show(client, body, notice_view(ask(deps, body, author)))
        ack()

    return listener


def ask(deps: Deps, body: Mapping[str, Any], author: str) -> str:
    """Have the author asked; what to say to whoever wished it."""
    message = body["message"]
    borrowed = Borrowed(
        author=author,
        asker=body["user"]["id"],
        channel=body["channel"]["id"],
        ts=str(message["ts"]),
        thread_ts=str(message.get("thread_ts") or ""),
        domain=str((body.get("team") or {}).get("domain") or ""),
    )
    return ask_about(deps, body, borrowed)


def ask_about(deps: Deps, body: Mapping[str, Any], borrowed: Borrowed) -> str:
    """Have the author of a message asked; what to say to whoever wished it."""
    try:
        with deps.database.write(patience=PATIENCE) as session:
            if not first_time(session, body["trigger_id"], deps.clock.now()):
                return ASKED
            return asked_author(session, doing_of(deps, session, body["user"]["id"]), borrowed)
    except DatabaseBusy:
        log.warning("database_busy", listener=names.MESSAGE_SHORTCUT)
        return NOT_SAVED


def author_says_yes(deps: Deps) -> Listener:
    """The author would: the form opens with their words, to edit and to send; their sending is the yes."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        borrowed = Borrowed.read(action["value"], author=body["user"]["id"])
        opened = open_page(client, body, notice_view(ONE_MOMENT))
        if opened is not None:
            view_id = opened["id"]
            deps.later("idea_from_message", lambda: bring_words(deps, client, view_id, borrowed))
        ack()

    return listener


def bring_words(deps: Deps, client: WebClient, view_id: str, borrowed: Borrowed) -> None:
    """Fetch the author's own message and open the form with it."""
    found = own_words(client, borrowed)
    # Where it came from is not carried along: it would tell whose an idea without a name is.
    draft = Draft(text=(found or "")[:LONGEST_IDEA])
    facts, asker, newcomer = None, "", None
    try:
        with deps.database.read(patience=PATIENCE) as session:
            doing = doing_of(deps, session, borrowed.author)
            facts = gather.form_facts(session, doing)
            if borrowed.asker != borrowed.author:
                asker = suggested_by(session, doing, borrowed)
        if doing.actor.person_id is None:
            newcomer = as_slack_knows(client, borrowed.author)
    except DatabaseBusy:
        log.warning("database_busy", listener="idea_from_message")
    said = [asker] if asker else []
    if found is None:
        said.append(PASTE_IT)
    elif len(found) > LONGEST_IDEA:
        said.append(TAKEN_IN_PART)
    client.views_update(view_id=view_id, view=_with(said, with_newcomer(idea_form(draft, facts), newcomer)))


def own_words(client: WebClient, borrowed: Borrowed) -> str | None:
    """The text of the author's message as they typed it; None where it cannot be read."""
    channel, ts = borrowed.channel, borrowed.ts
    try:
        if borrowed.thread_ts:
            answer = client.conversations_replies(
                channel=channel, ts=borrowed.thread_ts, oldest=ts, latest=ts, inclusive=True, limit=2
            )
        else:
            answer = client.conversations_history(
                channel=channel, oldest=ts, latest=ts, inclusive=True, limit=1
            )
    except SlackApiError as refused:
        log.info("message_not_read", error=refused.response["error"])
        return None
    for message in answer["messages"]:
        if message.get("ts") == borrowed.ts and message.get("user") == borrowed.author:
            return as_typed(message.get("text", ""))
    return None


def author_says_no(deps: Deps) -> Listener:
    """The author would rather not: nothing was kept, and whoever asked hears so."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        borrowed = Borrowed.read(action["value"], author=body["user"]["id"])
        try:
            do(
                deps,
                body["user"]["id"],
                body["trigger_id"],
                lambda session, doing: author_declined(session, doing, borrowed, body.get("response_url")),
            )
        except DatabaseBusy:
            log.warning("database_busy", listener=names.NO_MAKE)
            show(client, body, notice_view(NOT_SAVED))
        ack()

    return listener


def _with(said: list[str], view: View) -> View:
    return {**view, "blocks": [*(section(one) for one in said), *view["blocks"]]}
