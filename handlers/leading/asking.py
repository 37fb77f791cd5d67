"""A leader asks the team, or shares a lesson; whoever is in the channel may make a reply an idea."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlmodel import Session

from bot.access import may_see_replies
from bot.digests.requests import notice_view
from bot.ideas import names as idea_names
from bot.ideas.checking import checks
from bot.ideas.doing import Refused
from bot.ideas.from_message import Borrowed
from bot.leading.asking import acts, gather, names, words
from bot.leading.asking.facts import Draft, Reply
from bot.leading.asking.questions import question_of, shipped
from bot.slack_text import as_typed
from handlers.deps import NOT_SAVED, PATIENCE, Deps
from handlers.ideas.common import LOOK, Listener, View, after, do, doing_of, open_page, show
from handlers.ideas.from_message import ask_about, bring_words
from storage import post_rows
from storage.engine import DatabaseBusy
from storage.leading import ChannelPost
from storage.terms import Posted

log = structlog.stdlib.get_logger()

ONE_MOMENT = "One moment: Rounds is reading the thread."
ONE_MOMENT_WORDS = "One moment: Rounds is fetching your message."
GONE = "This has been taken away, so there is nothing to choose from."
# Slack gives so many messages of a thread, and members of a channel, at once.
_AT_ONCE, _MOST_PAGES = 200, 10


def register(app: App, deps: Deps) -> None:
    """Add the listeners of asking."""
    app.action(names.ASK)(form_asked_for(deps, Posted.QUESTION))
    app.action(names.LESSON)(form_asked_for(deps, Posted.LESSON))
    app.action(names.ANOTHER)(another_chosen(deps))
    app.view(names.FORM)(form_submitted(deps))
    app.action(names.MENU)(taken_away(deps))
    app.action(names.REPLIES)(replies_asked_for(deps))
    app.action(idea_names.anywhere(names.REPLY))(reply_chosen(deps))


# -- asking ----


def form_asked_for(deps: Deps, kind: Posted) -> Listener:
    """The form comes up: with this week's question in it, or empty."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        try:
            with deps.database.read(patience=PATIENCE) as session:
                view = _new_form(deps, session, body["user"]["id"], kind, int(action["value"]))
        except DatabaseBusy:
            log.warning("database_busy", listener=names.ASK)
            view = notice_view(NOT_SAVED)
        show(client, body, view)
        ack()

    return listener


def _new_form(deps: Deps, session: Session, user_id: str, kind: Posted, unit_id: int) -> View:
    doing = doing_of(deps, session, user_id)
    if not (doing.actor.confirmed and doing.actor.leads):
        return notice_view(acts.NOT_A_LEADER)
    draft, facts = gather.first_draft(session, doing, kind, unit_id)
    return words.ask_form(draft, facts)


def another_chosen(deps: Deps) -> Listener:
    """Another question is chosen in the form: it is filled in, and the leader's own words stay."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        chosen = question_of(str(action["selected_option"]["value"]))
        if chosen is None:
            ack()
            return
        known = {one.key: one.words for one in shipped()}
        draft = words.with_another(words.read_form(body["view"]), chosen, known)
        try:
            with deps.database.read(patience=PATIENCE) as session:
                doing = doing_of(deps, session, body["user"]["id"])
                facts = gather.form_facts(session, doing, draft)
        except DatabaseBusy:
            # The form stays as it is, with everything in it.
            log.warning("database_busy", listener=names.ANOTHER)
            ack()
            return
        _redraw(client, body["view"], words.ask_form(draft, facts))
        ack()

    return listener


def _redraw(client: WebClient, under: Mapping[str, Any], view: View) -> None:
    try:
        client.views_update(view_id=under["id"], hash=under.get("hash"), view=view)
    except SlackApiError as refused:
        # Closed meanwhile, or drawn by another press.
        log.info("form_not_redrawn", error=refused.response["error"])


def form_submitted(deps: Deps) -> Listener:
    """The form comes back: what is wrong stands beside its field, what is right goes to the channel."""

    def listener(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        draft = words.read_form(view)
        try:
            answer = _answer(deps, body["user"]["id"], view, draft)
        except DatabaseBusy:
            log.warning("database_busy", listener=names.FORM)
            answer = _beside(draft, NOT_SAVED)
        ack(**answer)

    return listener


def _answer(deps: Deps, user_id: str, view: Mapping[str, Any], draft: Draft) -> dict[str, Any]:
    errors = words.form_errors(draft)
    if errors:
        return {"response_action": "errors", "errors": errors}
    with deps.database.read(patience=LOOK) as session:
        wrong = checks.refuse_text(session, draft.words)
        if wrong:
            return _beside(draft, wrong)
        doing = doing_of(deps, session, user_id)
        if draft.kind is Posted.QUESTION and draft.unit_id is not None:
            latest = gather.latest_question(session, [draft.unit_id], doing)
            if latest > draft.seen:
                # The other one of the pair has asked while this form was open: it says so first (L8).
                told = replace(draft, seen=latest, version=draft.version + 1)
                facts = gather.form_facts(session, doing, told)
                return {"response_action": "update", "view": words.ask_form(told, facts)}
    key = f"{view['id']}:{draft.version}"
    outcome = do(deps, user_id, key, lambda session, doing: acts.put_to_channel(session, doing, draft))
    if outcome is None:
        return {"response_action": "clear"}
    if isinstance(outcome, Refused):
        return _beside(draft, outcome.reason)
    return after(outcome, deps)


def _beside(draft: Draft, text: str) -> dict[str, Any]:
    """The form stays open with what was typed, and a sentence beside it."""
    return {"response_action": "errors", "errors": {words.words_block(draft): text}}


def taken_away(deps: Deps) -> Listener:
    """The menu of a post: its words go, or kindly why not."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        post_id, _, why = str(action["selected_option"]["value"]).partition(":")
        said = ""
        try:
            outcome = do(
                deps,
                body["user"]["id"],
                body["trigger_id"],
                lambda session, doing: acts.take_away(session, doing, int(post_id), why),
            )
            if outcome is not None:
                said = outcome.reason if isinstance(outcome, Refused) else outcome.note
        except DatabaseBusy:
            log.warning("database_busy", listener=names.MENU)
            said = NOT_SAVED
        if said:
            show(client, body, notice_view(said))
        ack()

    return listener


# -- replies ----


def replies_asked_for(deps: Deps) -> Listener:
    """The replies beneath a post, to choose one from: a page at once, the thread when Slack has given it."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        user_id, post_id = body["user"]["id"], int(action["value"])
        opened = open_page(client, body, notice_view(ONE_MOMENT))
        if opened is not None:
            view_id = str(opened["id"])
            deps.later("replies", lambda: _bring_replies(deps, client, view_id, user_id, post_id))
        ack()

    return listener


def _bring_replies(deps: Deps, client: WebClient, view_id: str, user_id: str, post_id: int) -> None:
    try:
        view = _replies(deps, client, user_id, post_id)
    except DatabaseBusy:
        log.warning("database_busy", listener=names.REPLIES)
        view = notice_view(NOT_SAVED)
    client.views_update(view_id=view_id, view=view)


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


def reply_chosen(deps: Deps) -> Listener:
    """A reply is to become an idea: one's own words at once, somebody else's with their yes (I23)."""

    def listener(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        user_id = body["user"]["id"]
        # The author stands in the place of whoever asks.
        written = Borrowed.read(str(action["value"]), author="")
        domain = str((body.get("team") or {}).get("domain") or "")
        borrowed = replace(written, author=written.asker, asker=user_id, domain=domain)
        if borrowed.author == user_id:
            opened = open_page(client, body, notice_view(ONE_MOMENT_WORDS))
            if opened is not None:
                view_id = str(opened["id"])
                deps.later("idea_from_reply", lambda: bring_words(deps, client, view_id, borrowed))
        else:
            show(client, body, notice_view(ask_about(deps, body, borrowed)))
        ack()

    return listener
