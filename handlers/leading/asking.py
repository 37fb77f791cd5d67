"""A leader asks the team, or shares a lesson; whoever is in the channel may make a reply an idea."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlmodel import Session

from bot.access import may_see_replies
from bot.digests.requests import notice_view
from bot.ideas.checking import checks
from bot.ideas.doing import Doing, Outcome, Refused
from bot.ideas.from_message import Borrowed
from bot.leading.asking import acts, gather, names, words
from bot.leading.asking.facts import Reply
from bot.leading.asking.questions import question_of, shipped
from bot.slack_blocks import View
from bot.slack_text import as_typed
from handlers.deps import PATIENCE, Deps
from handlers.exchange import (
    LOOK,
    add_deeds,
    add_pages,
    after,
    doing_of,
    id_of,
    on_form,
    on_press,
    once,
    open_first,
    register_each,
    says,
)
from handlers.ideas.from_message import ask_about, open_with_words
from handlers.screen import Press, becomes, closed, redraw, say_beside
from storage import post_rows
from storage.engine import DatabaseBusy
from storage.leading import ChannelPost
from storage.terms import Posted

log = structlog.stdlib.get_logger()

ONE_MOMENT = "One moment: Rounds is reading the thread."
GONE = "This has been taken away, so there is nothing to choose from."
# Slack gives so many messages of a thread, and members of a channel, at once.
_AT_ONCE, _MOST_PAGES = 200, 10


def register(app: App, deps: Deps) -> None:
    """Add the listeners of asking."""
    asked = {names.ASK: Posted.QUESTION, names.LESSON: Posted.LESSON}
    add_pages(app, deps, {action: partial(_new_form, kind) for action, kind in asked.items()})
    app.view(names.FORM)(on_form(lambda user_id, view: _put(deps, user_id, view), names.WORDS))
    add_deeds(app, deps, {names.MENU: _take_away}, says)
    register_each(
        app,
        {
            names.ANOTHER: on_press(names.ANOTHER, lambda press: _fill_in(deps, press)),
            names.REPLIES: on_press(names.REPLIES, lambda press: _open_replies(deps, press)),
            names.REPLY: on_press(names.REPLY, lambda press: _make_idea(deps, press)),
        },
    )


# -- asking ----


def _new_form(kind: Posted, session: Session, doing: Doing, value: str) -> View:
    """The form: with this week's question in it, or empty."""
    if not (doing.actor.confirmed and doing.actor.leads):
        return notice_view(acts.NOT_A_LEADER)
    return words.ask_form(*gather.first_draft(session, doing, kind, id_of(value)))


def _fill_in(deps: Deps, press: Press) -> None:
    """Another question is chosen in the form: it is filled in, and the leader's own words stay."""
    chosen = question_of(press.value)
    if chosen is None:
        return
    known = {one.key: one.words for one in shipped()}
    draft = words.with_another(words.read_form(press.under), chosen, known)
    try:
        with deps.database.read(patience=PATIENCE) as session:
            doing = doing_of(deps, session, press.user_id)
            if not (doing.actor.confirmed and doing.actor.leads):
                press.replace(notice_view(acts.NOT_A_LEADER))
                return
            facts = gather.form_facts(session, doing, draft)
    except DatabaseBusy:
        # The form stays as it is, with everything in it.
        log.warning("database_busy", listener=names.ANOTHER)
        return
    redraw(press.client, press.under, words.ask_form(draft, facts))


def _put(deps: Deps, user_id: str, view: View) -> dict[str, Any]:
    """The form comes back: what is wrong stands beside its field, what is right goes to the channel."""
    draft = words.read_form(view)
    errors = words.form_errors(draft)
    if errors:
        return {"response_action": "errors", "errors": errors}
    with deps.database.read(patience=LOOK) as session:
        wrong = checks.refuse_text(session, draft.words)
        if wrong:
            return say_beside(view, wrong, names.WORDS)
        doing = doing_of(deps, session, user_id)
        if draft.kind is Posted.QUESTION and draft.unit_id is not None:
            latest = gather.latest_question(session, [draft.unit_id], doing)
            if latest > draft.seen:
                # The other one of the pair has asked while this form was open: it says so first (L8).
                told = replace(draft, seen=latest, version=draft.version + 1)
                return becomes(words.ask_form(told, gather.form_facts(session, doing, told)))
    key = f"{view['id']}:{draft.version}"
    outcome = once(deps, user_id, key, lambda session, doing: acts.put_to_channel(session, doing, draft))
    if outcome is None:
        return closed()
    if isinstance(outcome, Refused):
        return say_beside(view, outcome.reason, names.WORDS)
    return after(outcome, deps)


def _take_away(session: Session, doing: Doing, value: str) -> Outcome:
    """The menu of a post: its words go, or kindly why not."""
    post_id, _, why = value.partition(":")
    return acts.take_away(session, doing, id_of(post_id), why)


# -- replies ----


def _open_replies(deps: Deps, press: Press) -> None:
    """The replies beneath a post, to choose one from: a page at once, the thread when Slack has given it."""
    post_id = id_of(press.value)
    waiting = notice_view(ONE_MOMENT)
    open_first(
        deps, names.REPLIES, press, waiting, lambda: _replies(deps, press.client, press.user_id, post_id)
    )


def _replies(deps: Deps, client: WebClient, user_id: str, post_id: int) -> View:
    """The page of a thread's replies. Nothing of it is kept, whoever wrote what."""
    with deps.database.read(patience=PATIENCE) as session:
        post = session.get(ChannelPost, post_id)
        row = None if post is None else post_rows.sent_row(session, post)
        if post is None or row is None or not post.words:
            return notice_view(GONE)
        channel, ts = str(row.slack_channel), str(row.slack_ts)
    try:
        members = _all_pages(client.conversations_members, "members", channel=channel)
        if not may_see_replies(user_id, members):
            return notice_view(words.NOT_IN_CHANNEL)
        found = _all_pages(client.conversations_replies, "messages", channel=channel, ts=ts)
    except SlackApiError as refused:
        log.info("thread_not_read", error=refused.response["error"])
        return notice_view(words.NOT_READ)
    newest, more = words.read_replies(found, ts)
    with deps.database.read(patience=PATIENCE) as session:
        known = post_rows.names_of_accounts(session, deps.team_id, {author for author, _, _ in newest})
    replies = [
        Reply(
            known.get(author) or "A colleague",
            as_typed(text),
            Borrowed(author=author, asker=author, channel=channel, ts=at, thread_ts=ts).reference,
            mine=author == user_id,
        )
        for author, at, text in newest
    ]
    return words.replies_page(replies, more=more)


def _all_pages(method: Any, what: str, **arguments: Any) -> list[Any]:
    """All that Slack lists, page by page. Raises SlackApiError."""
    found: list[Any] = []
    cursor = ""
    for _ in range(_MOST_PAGES):
        answer = method(**arguments, limit=_AT_ONCE, **({"cursor": cursor} if cursor else {}))
        found += answer[what]
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return found


def _make_idea(deps: Deps, press: Press) -> None:
    """A reply is to become an idea: one's own words at once, somebody else's with their yes (I23)."""
    # The author stands in the place of whoever asks.
    written = Borrowed.read(press.value, author="")
    borrowed = replace(written, author=written.asker, asker=press.user_id, domain=press.domain)
    if borrowed.author == press.user_id:
        open_with_words(deps, names.REPLY, press, borrowed)
    else:
        press.show(notice_view(ask_about(deps, press, borrowed)))
