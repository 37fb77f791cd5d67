"""Which channels get ideas: those that colleagues alone read, and of which that is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot.clock import ManualClock
from bot.courier.courier import Courier
from bot.courier.gateway import Gateway
from bot.courier.letters import Letter, put
from bot.ideas import channels
from bot.ideas.channels import (
    GUARD,
    UNUSED,
    ChannelChecker,
    ChannelProblem,
    Unchecked,
    channel_guard,
    channel_problem,
    forget,
)
from bot.people.audience import audience
from bot.sandbox import BOT_TOKEN, BOT_USER_ID, OTHER_TEAM, TEAM_ID, Sandbox, start_sandbox
from storage.engine import Database
from storage.ideas import ChannelCheck
from storage.outbox import OutboxRow
from storage.people import Unit
from storage.terms import OutboxState


@dataclass
class Hospital:
    """Two wards with a channel each, and what their leaders were told."""

    database: Database
    sandbox: Sandbox
    clock: ManualClock
    told: list[ChannelProblem] = field(default_factory=list)
    organisation: str = ""

    def __post_init__(self) -> None:
        self.gateway = Gateway(BOT_TOKEN, self.sandbox.api_url, self.clock)
        self.checker = self.new_checker()

    def new_checker(self) -> ChannelChecker:
        def tell(_session: Session, problem: ChannelProblem) -> None:
            self.told.append(problem)

        return ChannelChecker(self.database, self.gateway, self.clock, TEAM_ID, self.organisation, tell)

    def says(self, channel: str = "ward-4") -> str | Unchecked | None:
        with self.database.read() as session:
            return channel_problem(session, channel, self.clock.now())

    def change_unit(self, name: str, channel: str) -> None:
        with self.database.write() as session:
            unit = session.exec(select(Unit).where(Unit.name == name)).one()
            unit.channel = channel
            session.add(unit)

    def forget(self, channel_id: str = "C4") -> bool:
        with self.database.write() as session:
            return forget(session, channel_id)

    def post_card(self, channel: str = "ward-4") -> int:
        letter = Letter(
            kind="idea_card",
            lane=f"channel:{channel}",
            payload={"text": "An idea"},
            conversation=channel,
            guard={"name": GUARD, "channel": channel},
        )
        with self.database.write() as session:
            row = put(session, letter, now=self.clock.now())
        assert row is not None
        return row

    def row(self, row_id: int) -> OutboxRow:
        with self.database.read() as session:
            return session.get_one(OutboxRow, row_id)

    def deliver(self) -> None:
        guards = {GUARD: channel_guard(self.clock)}
        Courier(self.database, self.gateway, self.clock, guards=guards).run_once()

    def asked(self, method: str) -> int:
        return len(self.sandbox.workspace.calls(method))


@pytest.fixture
def hospital(sqlite: Database, clock: ManualClock) -> Iterator[Hospital]:
    with start_sandbox(clock=clock) as sandbox:
        workspace = sandbox.workspace
        workspace.add_user("U1", name="priya", real_name="Priya Shah")
        workspace.add_user("U2", name="gail", real_name="Gail Guest", guest=True)
        workspace.add_user("U3", name="solo", real_name="Solo Guest", one_channel=True)
        workspace.add_user("U4", name="ext", real_name="Somebody Else", team=OTHER_TEAM)
        workspace.add_channel("ward-4", id="C4", members=["U1"])
        workspace.add_channel("ward-5", id="C5", members=["U1"])
        with sqlite.write() as session:
            session.add(Unit(name="Ward 4", channel="ward-4"))
            session.add(Unit(name="Ward 5", channel="#ward-5"))
            session.add(Unit(name="Hospital"))
        yield Hospital(sqlite, sandbox, clock)


def test_nothing_is_known_of_a_channel_before_slack_was_asked(hospital: Hospital) -> None:
    assert hospital.says() == Unchecked()
    assert hospital.checker.tick() == 2
    assert (hospital.says(), hospital.says("ward-5"), hospital.says("#ward-5")) == (None, None, None)
    assert hospital.told == []


def test_channels_are_asked_about_once_an_hour(hospital: Hospital) -> None:
    hospital.checker.tick()
    hospital.clock.advance(timedelta(minutes=59))
    assert hospital.checker.tick() == 0
    hospital.clock.advance(timedelta(minutes=1))
    assert hospital.checker.tick() == 2
    assert hospital.asked("users.list") == 2


@pytest.mark.parametrize(
    ("guest", "reason"),
    [
        ("U2", "#ward-4 has guests in it (Gail Guest), and ideas are for colleagues."),
        ("U3", "#ward-4 has guests in it (Solo Guest), and ideas are for colleagues."),
        ("U4", "#ward-4 is shared with another organisation, and ideas are for colleagues."),
    ],
)
def test_a_channel_that_somebody_from_outside_reads_gets_no_ideas(
    hospital: Hospital, guest: str, reason: str
) -> None:
    hospital.sandbox.join_channel(guest, "C4")
    hospital.checker.tick()
    assert hospital.says() == reason
    assert hospital.says("ward-5") is None


def test_a_guest_whose_account_was_ended_reads_nothing(hospital: Hospital) -> None:
    hospital.sandbox.join_channel("U2", "C4")
    hospital.sandbox.workspace.deactivate("U2")
    hospital.checker.tick()
    assert hospital.says() is None


def test_an_invitation_to_another_organisation_is_enough(hospital: Hospital) -> None:
    hospital.sandbox.share_channel("C4", pending=True)
    hospital.checker.tick()
    assert isinstance(hospital.says(), str)


def test_archived_missing_and_left_channels(hospital: Hospital) -> None:
    hospital.sandbox.workspace.archive("C4")
    hospital.sandbox.leave_channel(BOT_USER_ID, "C5")
    hospital.change_unit("Hospital", "nowhere")
    hospital.checker.tick()
    assert hospital.says() == "#ward-4 is archived."
    assert hospital.says("ward-5") == "Rounds is not in #ward-5. Somebody there can type /invite @Rounds."
    assert str(hospital.says("nowhere")).startswith("#nowhere was not found")


def test_the_organisations_channel_is_looked_at_as_well(hospital: Hospital) -> None:
    hospital.sandbox.workspace.add_channel("everybody", id="C6", members=["U2"])
    hospital.organisation = "#everybody"
    hospital.new_checker().tick()
    assert isinstance(hospital.says("everybody"), str)
    [problem] = hospital.told
    assert (problem.channel, problem.units) == ("everybody", ())


def test_a_channel_is_unknown_again_from_the_moment_somebody_joins(hospital: Hospital) -> None:
    hospital.checker.tick()
    hospital.sandbox.join_channel("U2", "C4")
    assert hospital.forget()
    assert hospital.says() == Unchecked()
    assert hospital.checker.tick() == 1
    assert isinstance(hospital.says(), str)
    # Everybody was listed this hour: one newcomer costs no second listing.
    assert hospital.asked("users.list") == 1


def test_a_channel_of_nobody_is_not_forgotten(hospital: Hospital) -> None:
    hospital.checker.tick()
    assert not hospital.forget("C9")


def test_somebody_who_joins_while_slack_is_asked_is_seen_with_the_next_look(hospital: Hospital) -> None:
    hospital.checker.tick()
    hospital.forget()
    found = hospital.checker._look("ward-4")
    hospital.sandbox.join_channel("U2", "C4")
    hospital.forget()
    assert isinstance(found, channels._Found)
    assert hospital.checker._keep("ward-4", found) is False
    assert hospital.says() == Unchecked()
    hospital.checker.tick()
    assert isinstance(hospital.says(), str)


def test_what_was_known_holds_while_it_is_looked_at_again_and_grows_old(hospital: Hospital) -> None:
    hospital.checker.tick()
    hospital.clock.advance(timedelta(hours=2))
    hospital.sandbox.faults.errors["conversations.members"] = ["fatal_error"] * 2
    assert hospital.checker.tick() == 0
    assert hospital.says() is None
    hospital.clock.advance(timedelta(hours=2))
    assert hospital.says() == Unchecked()


def test_leaders_are_told_once_and_again_when_it_comes_back(hospital: Hospital) -> None:
    hospital.sandbox.join_channel("U2", "C4")
    for _ in range(2):
        hospital.checker.tick()
        hospital.clock.advance(timedelta(hours=1))
    [problem] = hospital.told
    assert problem.channel == "ward-4"
    assert len(problem.units) == 1
    hospital.sandbox.leave_channel("U2", "C4")
    hospital.checker.tick()
    assert hospital.says() is None
    hospital.sandbox.join_channel("U2", "C4")
    hospital.forget()
    hospital.checker.tick()
    assert len(hospital.told) == 2


def test_a_card_waits_while_nobody_knows_and_goes_once_it_is_known(hospital: Hospital) -> None:
    card = hospital.post_card()
    hospital.deliver()
    assert hospital.row(card).state is OutboxState.WAITING
    hospital.checker.tick()
    hospital.clock.advance(timedelta(seconds=31))
    hospital.deliver()
    assert hospital.row(card).state is OutboxState.SENT


def test_a_card_never_goes_where_guests_read(hospital: Hospital) -> None:
    hospital.checker.tick()
    hospital.sandbox.join_channel("U2", "C4")
    hospital.forget()
    hospital.checker.tick()
    card = hospital.post_card()
    hospital.deliver()
    row = hospital.row(card)
    assert (row.state, row.outcome) == (OutboxState.CANCELLED, hospital.says())
    assert hospital.sandbox.workspace.messages("C4") == []


def test_a_card_for_a_channel_that_no_unit_uses_any_more_is_not_posted(hospital: Hospital) -> None:
    hospital.checker.tick()
    hospital.change_unit("Ward 4", "ward-5")
    hospital.checker.tick()
    assert hospital.says() == UNUSED
    card = hospital.post_card()
    hospital.deliver()
    assert hospital.row(card).outcome == UNUSED
    assert hospital.told == []
    hospital.change_unit("Ward 4", "#ward-4")
    hospital.checker.tick()
    assert hospital.says() is None


def test_both_databases_keep_the_mark_of_a_look_exactly(database: Database, clock: ManualClock) -> None:
    clock.advance(timedelta(microseconds=123457))
    with start_sandbox(clock=clock) as sandbox:
        sandbox.workspace.add_channel("ward-4", members=[])
        with database.write() as session:
            session.add(Unit(name="Ward 4", channel="ward-4"))
        gateway = Gateway(BOT_TOKEN, sandbox.api_url, clock)
        assert ChannelChecker(database, gateway, clock, TEAM_ID).tick() == 1
    with database.read() as session:
        check = session.exec(select(ChannelCheck)).one()
        assert (check.problem, check.checked_at) == ("", clock.now())


def test_a_new_channel_under_an_old_name_is_the_one_that_counts(hospital: Hospital) -> None:
    hospital.checker.tick()
    hospital.sandbox.workspace.channels["C4"].name = "old-ward-4"
    hospital.sandbox.workspace.add_channel("ward-4", id="C7", members=["U2"])
    hospital.forget()
    hospital.checker.tick()
    assert str(hospital.says()).startswith("#ward-4 has guests in it")
    assert hospital.gateway.channel_id("ward-4") == "C7"


def test_a_renamed_channel_is_not_found_under_its_old_name(hospital: Hospital) -> None:
    hospital.checker.tick()
    hospital.sandbox.workspace.channels["C4"].name = "old-ward-4"
    hospital.forget()
    hospital.checker.tick()
    assert str(hospital.says()).startswith("#ward-4 was not found")


def test_many_guests_are_named_in_a_sentence_that_fits() -> None:
    names = {f"U{n}": {"id": f"U{n}", "real_name": "Ж" * 60, "is_restricted": True} for n in range(9)}
    seen = audience({"is_member": True}, names, names, "T1")
    sentence = channels._problem("w" * 80, seen)
    assert sentence is not None
    assert len(sentence) <= 300
    assert " and 6 more)" in sentence


def test_in_an_organisation_of_several_workspaces_a_colleague_is_no_stranger() -> None:
    away = {"id": "U1", "team_id": "T2", "enterprise_user": {"teams": ["T1", "T2"]}}
    other = {"id": "U2", "team_id": "T2", "enterprise_user": {"teams": ["T2"]}}
    channel = {"is_member": True, "is_org_shared": True}
    assert not audience(channel, ["U1"], {"U1": away}, "T1").shared
    assert audience(channel, ["U2"], {"U2": other}, "T1").shared
