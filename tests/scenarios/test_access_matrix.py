"""Who gets to see and do what: every role, every piece of data, over the real handlers.

Buttons and forms are forged: whatever a role has on its screen, it sends what would open the subject's page,
with the subject's values. What comes back, in a page, on the Home or in messages, is searched for what only
that piece of data says; what changes is looked up in the database, and taken back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, Final

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from sqlmodel import Session, col, select

from bot.answers import names as answers
from bot.cases import names as cases
from bot.clock import ManualClock
from bot.digests.write import COUNTED, MORE, WHY_THIS
from bot.home.measures import MEASURES
from bot.ideas import acts
from bot.ideas.names import form_of
from bot.leading import names as leading
from bot.leading.asking import names as asking
from bot.names import wire as peers
from bot.sandbox import TEAM_ID
from bot.settings import Settings
from bot.sharing import wire as sharing
from bot.talks import names as talks
from handlers.app import build_app
from handlers.deps import Deps
from storage import consent_rows
from storage.answers import DigestShare, NameConsent
from storage.digests import Digest, Look
from storage.engine import Database
from storage.ideas import Delegation
from storage.leading import Aim, ChannelPost
from storage.people import PeerGroup, RoleGrant, Unit
from storage.terms import Blinding
from tests.scenarios.conftest import WEEK, Imported
from tests.scenarios.ideas import TUESDAY_MORNING, opened_story
from tests.scenarios.matrix.house import EVERYBODY, ROLES, House, rows
from tests.scenarios.matrix.planted import EARLIER, build
from tests.scenarios.matrix.rows import ROWS
from tests.scenarios.matrix.table import typed


@pytest.fixture(scope="module")
def house(imported: Imported, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One hospital for the whole table."""
    settings = {
        "rounds_names_after": 0,
        "rounds_case_url": "https://records.hospital.example/case/{ref}",
        "rounds_admins": "helen.whitworth@rounds.example",
    }
    with opened_story(imported, tmp_path_factory.mktemp("matrix"), **settings) as story:
        made = House(story)
        build(made)
        yield made
        made.close()


# What is not so yet. A row leaves this list once it holds: its test fails then, for it no longer does.
@pytest.mark.parametrize("data", ROWS)
def test_who_sees_it_and_who_does_not(house: House, data: str) -> None:
    row = ROWS[data]
    sees = {role for role in ROLES if row.tried(house, role)}
    assert sees == row.expected
    assert set(row.wires) <= house.sent, "the row says that it tries what it does not try"


# -- nothing that is registered is left out ----


def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, re.Pattern[str]]:
    """What listens in the Bolt app, by its name on the wire."""
    found: dict[str, re.Pattern[str]] = {}

    def noting(kept: Callable[..., Any]) -> Callable[..., Any]:
        def register(app: App, constraints: Any, *more: Any, **others: Any) -> Any:
            name = constraints.pattern if isinstance(constraints, re.Pattern) else str(constraints)
            is_pattern = isinstance(constraints, re.Pattern)
            found[name] = constraints if is_pattern else re.compile(f"^{re.escape(name)}$")
            return kept(app, constraints, *more, **others)

        return register

    for way in ("action", "view", "view_submission", "view_closed", "command", "event", "message"):
        monkeypatch.setattr(App, way, noting(getattr(App, way)))
    for way in ("shortcut", "global_shortcut", "message_shortcut", "options", "block_action", "function"):
        monkeypatch.setattr(App, way, noting(getattr(App, way)))
    database = Database("sqlite:///never-opened.db")
    try:
        deps = Deps(database, ManualClock(TUESDAY_MORNING), Settings.model_construct(), team_id=TEAM_ID)
        build_app(deps, WebClient(token="xoxb-none"))
    finally:
        database.close()
    return found


def test_every_button_form_command_shortcut_and_event_is_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    listeners = registered(monkeypatch)
    assert len(listeners) > 140
    wires = {wire for row in ROWS.values() for wire in row.wires}
    untried = {name for name, said in listeners.items() if not any(map(said.match, wires))}
    assert untried == set(), "these are in no row of the table: add who may press or send them"
    unheard = {wire for wire in wires if not any(said.match(wire) for said in listeners.values())}
    assert unheard == set(), "nobody listens to these any more"


def test_a_listener_that_is_in_no_row_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(iter(registered(monkeypatch)))
    monkeypatch.setattr("tests.scenarios.test_access_matrix.ROWS", {})
    with pytest.raises(AssertionError, match=re.escape(first)):
        test_every_button_form_command_shortcut_and_event_is_in_a_row(monkeypatch)


# -- once a role or a yes has ended ----

# What a row is tried with was sent before, or stands on a Home that was looked at before.
_KEPT: Final = frozenset({"the board", "the leader's week", "her leaders' own figure among all leaders"})


def _end_roles(house: House) -> None:
    with house.story.hospital.database.write() as session:
        ash = session.get_one(Unit, house.unit("Ash Ward"))
        ash.leader_id = ash.manager_id
        for standing in session.exec(select(Delegation)):
            session.delete(standing)
        yesterday = house.story.today - timedelta(days=1)
        for role in ("analyst", "approver"):
            for grant in session.exec(
                select(RoleGrant).where(RoleGrant.person_id == house.person(session, role))
            ):
                grant.starts, grant.ends = min(grant.starts, yesterday), yesterday
                session.add(grant)
        session.add(ash)


def test_buttons_and_forms_from_before_do_nothing_once_the_role_has_ended(house: House) -> None:
    ended = {"leader", "stand-in", "analyst", "approver"}
    # What one of them has for the role alone, and not as somebody who works there.
    held = [
        row
        for row in ROWS.values()
        if row.data not in _KEPT
        and "colleague" not in row.expected
        and row.expected & ended
        and "coach" not in row.expected
    ]
    assert len(held) > 20
    with house.after(lambda: _end_roles(house)):
        still = {
            (row.data, role)
            for row in held
            for role in row.expected & ended
            if role not in ROWS["asking the coach for a talk"].expected & {"never"} and row.tried(house, role)
        }
    # Whoever wrote to the channel can take their own words away.
    assert still == {("taking the leader's question away", "leader")}


@pytest.mark.parametrize(
    ("role", "action", "number", "data"),
    [
        ("subject", sharing.WITHDRAW, "shared", ["what she shared with the leaders of Ash Ward"]),
        ("subject", answers.WITHDRAW, "answer", ["closing what she said", "withdrawing what she said"]),
        ("subject", talks.TAKE_BACK, "talk", ["answering that request", "taking that request back"]),
        ("coach", talks.END, "offer", ["asking the coach for a talk", "ending the coach's offer"]),
        ("peer", peers.WITHDRAW, "group", ["the peer's name beside a figure"]),
        ("subject", peers.WITHDRAW, "group", ["the peer's name beside a figure", "taking her name back"]),
    ],
)
def test_what_was_taken_back_is_over_for_whoever_still_has_the_button(
    house: House, role: str, action: str, number: str, data: list[str]
) -> None:
    with house.after(lambda: house.press(role, action, str(house.numbers[number]))):
        still = {(one, who) for one in data for who in ROWS[one].expected if ROWS[one].tried(house, who)}
    assert still == set()


def test_nothing_can_be_done_any_more_to_an_idea_that_was_withdrawn(house: House) -> None:
    def withdraws() -> None:
        house.does("subject", lambda session, doing: acts.withdraw(session, doing, house.numbers["new"], ""))

    tried = [
        f"her idea: {what}" for what in ("acknowledging it", "assigning it", "moving it", "adding to it")
    ]
    with house.after(withdraws):
        still = {
            (one, who)
            for one in [*tried, "supporting her idea"]
            for who in ROWS[one].expected
            if ROWS[one].tried(house, who)
        }
    assert still == set()


@pytest.mark.parametrize("what", ["taking back", "looking", "telling"])
def test_the_same_press_and_the_same_form_once_more_change_nothing(house: House, what: str) -> None:
    shared = str(house.numbers["shared"])
    attempts: dict[str, Callable[[], Any]] = {
        "taking back": lambda: house.press("subject", sharing.WITHDRAW, shared),
        "looking": lambda: house.press("leader", sharing.LOOK, shared),
        "telling": lambda: house.send(
            "subject", form_of(cases.TELL), f'{{"week": "{WEEK}"}}', typed(cases.WORDS, "Another day.")
        ),
    }

    def kept(session: Session) -> str:
        return str(
            [one.model_dump() for table in (Look, DigestShare, Digest) for one in rows(session, table)]
        )

    assert house.changes_now(kept, attempts[what])
    assert not house.changes_now(kept, house.story.comes_again)
    house.restore()


# -- references of somebody else's ----

# Pages of one's own, that a button opens with a week or a number.
_PAGES: Final = (MORE, COUNTED, WHY_THIS, MEASURES, cases.SHOW, cases.TELL, cases.ASIDE, sharing.SHARE)
_ALSO: Final = (peers.PEERS, answers.WARRANTED, answers.WRONG, answers.OTHERS)


@pytest.mark.parametrize(
    "role", ["peer", "deputy", "leader", "analyst", "administrator", "stranger", "unconfirmed", "erased"]
)
def test_no_reference_to_her_digest_opens_anything_of_hers_for_others(house: House, role: str) -> None:
    subject, digest = house.numbers["subject"], house.numbers["digest"]
    values = (
        str(digest),
        f"{subject}:{WEEK}",
        f"{WEEK}:{subject}",
        f"{WEEK}:{house.marks['key']}",
        "2026-W45",
    )
    hers = [house.marks[one] for one in ("figures", "page", "case", "measures", "case's address")]
    for action in (*_PAGES, *_ALSO):
        for value in values:
            page = house.press(role, action, value)
            assert not [mark for mark in hers if mark in page], (action, value)


def test_the_week_before_opens_for_her_alone(house: House) -> None:
    sees = {role for role in ROLES if house.marks["page"] in house.press(role, COUNTED, str(EARLIER))}
    assert sees == {"subject"}


def test_nobody_agrees_to_names_in_a_group_that_is_not_theirs(house: House) -> None:
    other = house.numbers["other group"]

    def unblinds() -> None:
        with house.story.hospital.database.write() as session:
            group = session.get_one(PeerGroup, other)
            consent_rows.set_blinding(session, group, Blinding.UNBLINDED, house.story.clock.now())

    def kept(session: Session) -> list[int]:
        return [one.person_id for one in rows(session, NameConsent) if one.peer_group_id == other]

    with house.after(unblinds):
        agreed = {
            role
            for role in ROLES
            if house.changes(kept, partial(house.send, role, form_of(peers.NAMES), str(other), {}))
        }
    assert agreed == {"other group"}


def test_nor_does_a_reference_to_a_colleagues_open_anything_for_her(house: House) -> None:
    for action in (*_PAGES, *_ALSO):
        for value in (str(house.numbers["his digest"]), str(house.numbers["peer's digest"]), "2026-W44"):
            assert house.marks["his figures"] not in house.press("subject", action, value), (action, value)


def test_leaders_do_nothing_with_the_id_of_a_unit_that_is_not_theirs(house: House) -> None:
    beech = house.unit("Beech Ward")
    aim, question = {"unit": beech, "aim": 0}, {"kind": "question", "unit": beech, "seen": 0}
    words = {f"{asking.WORDS}_0": {asking.WORDS: {"value": "Who waited for us?"}}}

    def attempts(role: str) -> None:
        house.press(role, leading.AIM, str(beech))
        house.send(
            role, leading.AIM_FORM, str(aim).replace("'", '"'), typed(leading.AIM_WORDS, "Nobody waits.")
        )
        house.send(role, asking.FORM, str(question).replace("'", '"'), words)

    def kept(session: Session) -> int:
        return len(rows(session, Aim)) + len(rows(session, ChannelPost))

    for role in ("leader", "manager", "deputy", "stand-in", "leader above"):
        assert not house.changes(kept, partial(attempts, role)), role
    assert house.changes(kept, partial(attempts, "other leader"))


# -- the record ----


def test_every_look_of_a_leader_and_of_an_analyst_is_on_the_subjects_record(house: House) -> None:
    house.restore()
    looking = {"leader": sharing.LOOK, "stand-in": sharing.LOOK, "analyst": answers.LOOK}
    for role in EVERYBODY:
        house.press(role, sharing.LOOK, str(house.numbers["shared"]))
        house.press(role, answers.LOOK, str(house.numbers["answer"]))
    with house.session() as session:
        found = session.exec(select(Look.looker).where(col(Look.person_id) == house.numbers["subject"])).all()
    house.restore()
    lookers = {role for role in ROLES if any(ROLES[role] in one for one in found)}
    assert lookers >= looking.keys()
    assert lookers == {"leader", "manager", "deputy", "stand-in", "analyst"}
