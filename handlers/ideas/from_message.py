"""The message shortcut "Make this an idea": one's own words at once, somebody else's with their yes (I23)."""

from __future__ import annotations

import structlog
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.digests.requests import notice_view
from bot.ideas import gather, names
from bot.ideas.facts import Draft
from bot.ideas.from_message import ASKED, Borrowed, asked_author, author_declined, suggested_by
from bot.ideas.words.form import idea_form
from bot.ideas.words.phrases import LONGEST_IDEA
from bot.slack_blocks import View, section
from bot.slack_text import as_typed
from handlers.deps import PATIENCE, Deps
from handlers.exchange import doing_of, on_press, once, open_first, register_each
from handlers.ideas.handing_in import as_slack_knows, open_form, with_newcomer
from handlers.screen import Press
from storage.engine import DatabaseBusy
from storage.seen import first_time

log = structlog.stdlib.get_logger()

NOT_A_PERSONS = "This message is not a person's, so there is nobody whose idea it could be."
ONE_MOMENT = "One moment: Rounds is fetching your message."
PASTE_IT = "Rounds could not read the message (it may not be in that channel). Please paste your words here."
TAKEN_IN_PART = "The message is longer than an idea can be (3,000 characters), so its end is left out."


def register(app: App, deps: Deps) -> None:
    """Add the listeners of making an idea from a message."""
    app.shortcut(names.MESSAGE_SHORTCUT)(
        on_press(names.MESSAGE_SHORTCUT, lambda press: _make_idea(deps, press))
    )
    register_each(
        app,
        {
            names.YES_MAKE: on_press(names.YES_MAKE, lambda press: _author_says_yes(deps, press)),
            names.NO_MAKE: on_press(names.NO_MAKE, lambda press: _author_says_no(deps, press)),
        },
    )


def _make_idea(deps: Deps, press: Press) -> None:
    """Somebody wants an idea made of a message. Of somebody else's nothing is kept, nor shown to anybody."""
    message = press.body["message"]
    author = message.get("user")
    if not author or message.get("bot_id"):
        press.show(notice_view(NOT_A_PERSONS))
    elif author == press.user_id:
        open_form(deps, press, Draft(text=as_typed(message.get("text", ""))[:LONGEST_IDEA]))
    else:
        borrowed = Borrowed(
            author=author,
            asker=press.user_id,
            channel=press.body["channel"]["id"],
            ts=str(message["ts"]),
            thread_ts=str(message.get("thread_ts") or ""),
            domain=press.domain,
        )
        press.show(notice_view(ask_about(deps, press, borrowed)))


def ask_about(deps: Deps, press: Press, borrowed: Borrowed) -> str:
    """Have the author of a message asked; what to say to whoever wished it. Raises DatabaseBusy."""
    with deps.database.write(patience=PATIENCE) as session:
        if not first_time(session, press.key, deps.clock.now()):
            return ASKED
        return asked_author(session, doing_of(deps, session, press.user_id), borrowed)


def _author_says_yes(deps: Deps, press: Press) -> None:
    """The author would: the form opens with their words, to edit and to send; their sending is the yes."""
    borrowed = Borrowed.read(press.value, author=press.user_id)
    open_with_words(deps, names.YES_MAKE, press, borrowed)


def _author_says_no(deps: Deps, press: Press) -> None:
    """The author would rather not: nothing was kept, and whoever asked hears so."""
    borrowed = Borrowed.read(press.value, author=press.user_id)
    there = press.body.get("response_url")
    once(
        deps,
        press.user_id,
        press.key,
        lambda session, doing: author_declined(session, doing, borrowed, there),
    )


def open_with_words(deps: Deps, name: str, press: Press, borrowed: Borrowed) -> None:
    """Open the form with the author's own message, as soon as Slack has given it."""
    waiting = notice_view(ONE_MOMENT)
    open_first(deps, name, press, waiting, lambda: _form_with_words(deps, press.client, borrowed))


def _form_with_words(deps: Deps, client: WebClient, borrowed: Borrowed) -> View:
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
        # The form works without: whatever it lacks is asked for when it is sent.
        log.warning("database_busy", listener="idea_from_message")
    said = [asker] if asker else []
    if found is None:
        said.append(PASTE_IT)
    elif len(found) > LONGEST_IDEA:
        said.append(TAKEN_IN_PART)
    form = with_newcomer(idea_form(draft, facts), newcomer)
    return {**form, "blocks": [*(section(one) for one in said), *form["blocks"]]}


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
