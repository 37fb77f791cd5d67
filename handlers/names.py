"""The table of one's own peer group, and the names in it: agreeing, and withdrawing."""

from __future__ import annotations

from slack_bolt import App
from sqlmodel import Session

from bot.digests.requests import notice_view
from bot.ideas.doing import Doing, Done
from bot.ideas.leading import known
from bot.names import acts, gather, wire, words
from bot.slack_blocks import View, value_of
from handlers.deps import Deps
from handlers.exchange import (
    Act,
    add_deeds,
    add_forms,
    add_pages,
    by_id,
    doing_of,
    id_of,
    on_press,
    open_first,
    register_each,
)
from handlers.screen import Press


def register(app: App, deps: Deps) -> None:
    """Add the listeners of this capability."""
    register_each(app, {wire.PEERS: on_press(wire.PEERS, lambda press: _open_table(deps, press))})
    add_pages(app, deps, {wire.NAMES: _form})
    add_deeds(app, deps, {wire.WITHDRAW: by_id(acts.withdraw)}, _withdrawn)
    add_forms(app, deps, {wire.NAMES: (_read_agreement, wire.LEADERS)})


def _open_table(deps: Deps, press: Press) -> None:
    """The page comes up at once; the group is compared while it waits."""
    waiting = notice_view(words.ONE_MOMENT)
    open_first(deps, wire.PEERS, press, waiting, lambda: _table(deps, press.user_id, press.value))


def _table(deps: Deps, user_id: str, week: str) -> View:
    """The table as somebody may see it; whom they see by name has the look on record first."""
    with deps.database.read() as session:
        page = gather.peer_page(session, doing_of(deps, session, user_id), week)
    if page is None:
        return notice_view(words.NO_PAGE)
    if page.table.named:
        with deps.database.write() as session:
            acts.note_who_looked(session, doing_of(deps, session, user_id), page)
    return words.peers_view(page)


def _form(session: Session, doing: Doing, value: str) -> View:
    """The page on which somebody agrees; a group that is not theirs to answer for has none."""
    person, group_id = known(doing.actor), id_of(value)
    groups = {} if person is None else gather.may_answer_in(session, person, doing.today, doing.settings)
    if person is None or group_id not in groups:
        return notice_view(acts.NOT_HERE)
    return words.names_form(gather.group_consent(session, person, group_id, groups[group_id], doing.today))


def _read_agreement(view: View) -> Act:
    group_id = id_of(view.get("private_metadata"))
    leaders = bool(value_of(view, "state", "values", wire.LEADERS, wire.LEADERS, "selected_options"))
    return lambda session, doing: acts.agree(session, doing, group_id, leaders=leaders)


def _withdrawn(press: Press, done: Done) -> None:
    # The form would go on saying that they agree.
    press.turn_to(notice_view(done.note))
