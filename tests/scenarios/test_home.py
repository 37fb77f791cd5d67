"""The bot at home, over real HTTP and WebSocket: the Home, the settings, help, and who joins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Any

import pytest
from slack_bolt import Ack
from slack_sdk import WebClient
from sqlmodel import select

from bot.clock import ManualClock
from bot.digests.write import MORE
from bot.home import view as home
from bot.home import words
from bot.home.choice import BoardChoice, from_metadata
from bot.home.measures import MEASURES
from bot.home.own_data import EXPORT, OWN_DATA
from bot.home.settings_form import FREQUENCY, NEEDS_A_DAY, NOT_IN_FUTURE, STATE, TIME, UNTIL, WEEKDAY
from bot.home.view import BUSY
from bot.ideas import delegating, names
from bot.people.rights import export_person
from bot.sandbox import BOT_TOKEN, TEAM_ID, start_sandbox
from bot.sandbox.things import View
from bot.settings import Settings
from handlers.deps import NOT_SAVED, Deps
from handlers.home import home_opened
from handlers.manifest import MANIFEST
from handlers.runtime import Parts, bolt_app
from handlers.sockets import Socket
from storage.digest_queries import last_led
from storage.digests import Look
from storage.engine import Database, DatabaseBusy
from storage.figures import bound_people
from storage.home_queries import count_looks
from storage.ideas import Idea
from storage.migrate import upgrade
from storage.outbox import OutboxPicture, OutboxRow
from storage.people import DigestPreference, SlackAccount, Unit
from storage.terms import Frequency, Weekday
from tests.scenarios.conftest import MONDAY_MORNING, SUNDAY, WEEK, Hospital, everything_in

NAME = "Amara Okafor"
C01 = "C01"


@dataclass
class AtHome:
    """A hospital whose bot listens. Nothing is planned or delivered unless a test says so."""

    hospital: Hospital
    parts: Parts

    @property
    def sandbox(self) -> Any:
        return self.hospital.sandbox

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.hospital.clock, ManualClock)
        return self.hospital.clock

    def user(self, code: str = C01) -> str:
        return self.hospital.user(code)

    def person(self, code: str = C01) -> int:
        with self.hospital.database.read() as session:
            found = next(p.id for p, c in bound_people(session, SUNDAY) if c == code)
        assert found is not None
        return found

    def send(self, *codes: str) -> None:
        emails = [self.hospital.email(code) for code in codes or (C01,)]
        self.parts.planner.plan_week(WEEK, emails=emails)
        self.deliver()

    def deliver(self) -> None:
        self.parts.courier.drain(60.0)

    def open(self, user: str) -> View:
        """Open the Home; what is on it then."""
        assert self.sandbox.open_home(user).acked
        found = self.sandbox.workspace.home(user)
        assert found is not None
        return found  # type: ignore[no-any-return]

    def words(self, user: str) -> str:
        return everything_in(self.open(user).payload["blocks"])

    def click(self, user: str, action_id: str) -> Any:
        found = self.sandbox.workspace.home(user)
        return self.sandbox.click_view(user, found.id, action_id)

    def modal(self, user: str) -> str:
        found = self.sandbox.workspace.modal(user)
        assert found is not None
        return everything_in(found.payload["blocks"])

    def preference(self, code: str = C01) -> DigestPreference:
        with self.hospital.database.read() as session:
            return session.get_one(DigestPreference, self.person(code))


@pytest.fixture
def at_home(hospital: Hospital) -> Iterator[AtHome]:
    parts = hospital.parts()
    parts.sync()
    socket = Socket(bolt_app(parts), hospital.settings.slack_app_token.get_secret_value())
    socket.open()
    assert hospital.sandbox.wait_connected()
    yield AtHome(hospital, parts)
    socket.drain()


def form(**changes: Any) -> dict[str, Any]:
    return {WEEKDAY: "monday", TIME: "07:30", FREQUENCY: "when_new", STATE: "on", **changes}


# -- the Home ----


def test_a_clinician_sees_settings_and_the_first_date_before_any_digest(at_home: AtHome) -> None:
    text = at_home.words(at_home.user())
    assert f"Hello, {NAME}" in text
    assert "Monday 07:30 in your own time zone (Europe/London), only when there is something new" in text
    assert "The first can come on Monday 23 November at 07:30" in text
    assert at_home.hospital.settings.rounds_purpose.split(".")[0] in text
    assert words.NOBODY_LOOKED in text
    assert "Show it again" not in text


def test_the_home_has_the_latest_digests_headline_and_shows_it_again(at_home: AtHome) -> None:
    at_home.send()
    user = at_home.user()
    (digest,) = at_home.hospital.digests(C01)
    headline = next(b["text"]["text"] for b in digest.blocks if b["type"] == "section").strip("*")
    text = at_home.words(user)
    assert headline in text
    assert "Your latest digest · 9–15 November" in text
    assert at_home.click(user, home.AGAIN).acked
    assert "on its way" in at_home.modal(user)
    at_home.deliver()
    assert len(at_home.hospital.digests(C01)) == 2


def test_the_trends_come_as_one_private_picture_and_then_stand_on_the_home(at_home: AtHome) -> None:
    at_home.send(C01, "C02")
    user = at_home.user()
    assert "image" not in [b["type"] for b in at_home.open(user).payload["blocks"]]
    assert at_home.click(user, home.TRENDS).acked
    at_home.deliver()
    message = at_home.sandbox.workspace.dm(user)[-1]
    (image,) = [block for block in message.blocks if block["type"] == "image"]
    assert message.text == "Your trends, as you asked"
    assert image["alt_text"].startswith("Your own trends, ")
    shown = [b for b in at_home.open(user).payload["blocks"] if b["type"] == "image"]
    assert [b["slack_file"] for b in shown] == [image["slack_file"]]
    # It is nowhere else: in no other conversation, and on no other Home.
    file = at_home.sandbox.workspace.files[image["slack_file"]["id"]]
    assert file.conversations == {message.channel}
    assert image["slack_file"]["id"] not in at_home.words(at_home.user("C02"))


def test_all_measures_open_from_what_the_digest_kept_for_their_owner_alone(at_home: AtHome) -> None:
    at_home.send(C01, "C02")
    user = at_home.user()
    at_home.open(user)
    assert at_home.click(user, MEASURES).acked
    text = at_home.modal(user)
    assert "Only you see this" in text
    assert "It led your digest of 9–15 November" in text
    assert "*Why it matters.*" in text
    with at_home.hospital.database.read() as session:
        led = last_led(session, at_home.person())
    assert list(led.values()) == [str(WEEK)]


def test_a_persons_own_data_comes_once_as_a_file_into_their_own_messages_and_is_not_stored(
    at_home: AtHome,
) -> None:
    at_home.send(C01, "C02")
    user = at_home.user()
    at_home.open(user)
    assert at_home.click(user, EXPORT).acked
    assert "on its way" in at_home.modal(user)
    assert at_home.click(user, EXPORT).acked
    with at_home.hospital.database.read() as session:
        (letter,) = session.exec(select(OutboxRow).where(OutboxRow.kind == OWN_DATA)).all()
        assert NAME not in str(letter.payload)
        assert session.get(OutboxPicture, letter.id) is None
        looks = count_looks(session, at_home.person())
    at_home.deliver()
    message, shared = at_home.sandbox.workspace.dm(user)[-2:]
    assert message.text == "Your data, as you asked"
    assert shared.thread_ts == message.ts
    file = at_home.sandbox.workspace.files[shared.files[0]]
    assert file.name == "rounds-my-data.json"
    assert file.conversations == {message.channel}
    email = at_home.hospital.email(C01)
    # The same as the command prints, but for the time that the conversation itself has moved on.
    told, printed = json.loads(file.content), export_person(at_home.hospital.database, email)
    assert told.keys() == printed.keys()
    assert told["person"] == printed["person"]
    assert told["digests"] == printed["digests"]
    assert at_home.hospital.email("C02") not in file.content.decode()
    with at_home.hospital.database.read() as session:
        assert count_looks(session, at_home.person()) == looks


def test_a_picture_that_is_gone_leaves_the_rest_of_the_home(at_home: AtHome) -> None:
    at_home.send()
    user = at_home.user()
    at_home.open(user)
    at_home.click(user, home.TRENDS)
    at_home.deliver()
    for file in at_home.sandbox.workspace.files.values():
        file.deleted = True
    text = at_home.words(user)
    assert "Show my trends" in text
    assert "Hello" in text


def test_while_the_database_does_not_answer_an_empty_home_says_so_and_the_event_comes_again(
    postgres_url: str,
) -> None:
    database = Database(postgres_url)
    upgrade(database)
    settings = Settings.model_construct()
    deps = Deps(database, ManualClock(MONDAY_MORNING), settings, TEAM_ID)
    with start_sandbox(manifest=MANIFEST) as sandbox, database.write() as session:
        user = sandbox.workspace.add_user(name="new", email="new@elsewhere.example").id
        client = WebClient(token=BOT_TOKEN, base_url=sandbox.api_url)
        session.connection().exec_driver_sql("LOCK TABLE person IN ACCESS EXCLUSIVE MODE")
        began = monotonic()
        with pytest.raises(DatabaseBusy):
            home_opened(deps)(ack=Ack(), event={"user": user, "tab": "home"}, client=client)
        assert monotonic() - began < 3
        shown = sandbox.workspace.home(user)
        assert shown is not None
        assert BUSY in everything_in(shown.payload)
    database.close()


def test_each_look_at_somebodys_figures_stands_on_their_own_home_only(at_home: AtHome) -> None:
    with at_home.hospital.database.write() as session:
        for hours in range(7):
            session.add(
                Look(
                    person_id=at_home.person(),
                    looked_at=datetime(2026, 11, 2, 9, tzinfo=UTC) + timedelta(hours=hours),
                    looker=f"analyst{hours}",
                    what="rounds compare clot-risk",
                    reason="checking an import",
                )
            )
    text = at_home.words(at_home.user())
    assert "2 November 2026, 15:00: analyst6, rounds compare clot-risk (checking an import)" in text
    assert "analyst1" not in text
    assert at_home.click(at_home.user(), home.LOOKS).acked
    assert "analyst0" in at_home.modal(at_home.user())
    assert "analyst" not in at_home.words(at_home.user("C02"))


def test_every_button_on_the_home_has_a_listener(at_home: AtHome) -> None:
    at_home.send()
    user = at_home.user()
    buttons = [
        element["action_id"]
        for block in at_home.open(user).payload["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    assert len(buttons) == len(set(buttons)) >= 8
    for action_id in buttons:
        if action_id != home.STOP:
            assert at_home.click(user, action_id).acked, action_id
            if action_id == MORE:
                assert "looked at for 9–15 November" in at_home.modal(user)
            at_home.sandbox.close_view(user, everything=True)


def test_somebody_without_figures_is_told_so_and_can_hand_in_ideas(at_home: AtHome) -> None:
    user = at_home.hospital.user_by_email(nurse(at_home.hospital))
    text = at_home.words(user)
    assert "no digest comes to you" in text
    assert "Hand in an idea" in text
    assert "The board" not in text
    assert at_home.click(user, home.WHO).acked
    assert "The analysts" in at_home.modal(user)


def test_somebody_unknown_is_told_how_to_be_added(at_home: AtHome) -> None:
    stranger = at_home.sandbox.workspace.add_user(name="new", email="new@elsewhere.example")
    text = at_home.words(stranger.id)
    assert "Rounds does not know you yet" in text
    assert "list of people" in text


def test_an_account_that_has_another_email_now_shows_nothing_of_the_persons(at_home: AtHome) -> None:
    at_home.send()
    user = at_home.user()
    at_home.sandbox.workspace.users[user].email = "somebody.else@rounds.example"
    at_home.parts.sync()
    text = at_home.words(user)
    assert "is not the one that Rounds has for you" in text
    assert NAME not in text
    assert "Your latest digest" not in text


def test_the_messages_tab_publishes_nothing(at_home: AtHome) -> None:
    assert at_home.sandbox.open_home(at_home.user(), "messages").acked
    assert at_home.sandbox.workspace.home(at_home.user()) is None


# -- ideas ----


def ward_of(hospital: Hospital) -> dict[str, str]:
    """A row of units.csv that has a leader, a manager and a deputy."""
    rows = (hospital.world.directory / "units.csv").read_text(encoding="utf-8").splitlines()
    found = [dict(zip(rows[0].split(","), row.split(","), strict=False)) for row in rows[1:]]
    return next(row for row in found if row["parent"])


def with_ideas(at_home: AtHome, count: int, **fields: Any) -> str:
    """Put ideas into a ward; the account of its leader."""
    ward = ward_of(at_home.hospital)
    with at_home.hospital.database.write() as session:
        unit = session.exec(select(Unit).where(Unit.name == ward["unit"])).one()
        assert unit.id is not None
        for number in range(count):
            values: dict[str, Any] = {
                "text": f"Idea {number} of the ward",
                "unit_id": unit.id,
                "answering_unit_id": unit.id,
                "handed_in_at": MONDAY_MORNING,
                "moved_at": MONDAY_MORNING,
                "acknowledge_by": date(2026, 11, 18),
            }
            session.add(Idea(**(values | fields)))
    return at_home.hospital.user_by_email(ward["leader_email"])


def board_of(at_home: AtHome, user: str) -> str:
    found = at_home.sandbox.workspace.home(user)
    assert found is not None
    return everything_in(found.payload["blocks"])


def chosen_on(at_home: AtHome, user: str) -> BoardChoice:
    found = at_home.sandbox.workspace.home(user)
    assert found is not None
    return from_metadata(found.payload["private_metadata"])


def test_a_leader_turns_the_pages_of_the_board_and_the_choice_stays(at_home: AtHome) -> None:
    user = with_ideas(at_home, 11)
    assert "Waiting for an answer (11)" in at_home.words(user)
    assert "1 to 8 of 11" in board_of(at_home, user)
    assert at_home.click(user, names.beside(names.LIST_PAGE, 1)).acked
    assert "9 to 11 of 11" in board_of(at_home, user)
    assert chosen_on(at_home, user) == BoardChoice("waiting", None, 8)
    # What is changed elsewhere on the page leaves the choice alone.
    at_home.open(user)
    assert chosen_on(at_home, user).first == 8
    found = at_home.sandbox.workspace.home(user)
    assert found is not None
    assert at_home.sandbox.click_view(user, found.id, names.BOARD_FILTER, "done").acked
    assert "Nothing has been finished yet." in board_of(at_home, user)
    assert chosen_on(at_home, user) == BoardChoice("done", None, 0)


def test_a_leader_asks_somebody_to_stand_in_who_sees_the_board_until_it_is_ended(at_home: AtHome) -> None:
    leader = with_ideas(at_home, 2)
    nurses = at_home.hospital.user_by_email(nurse(at_home.hospital))
    assert "The board" not in at_home.words(nurses)
    at_home.open(leader)
    assert at_home.click(leader, delegating.OPEN).acked
    at_home.sandbox.submit(
        leader,
        {delegating.WHOM: nurses, delegating.STARTS: "2026-11-16", delegating.ENDS: "2026-11-20"},
    )
    at_home.deliver()
    assert "stands in for you from Monday 16 November to Friday 20 November" in board_of(at_home, leader)
    assert "asks you to answer ideas in their place" in everything_in(
        at_home.sandbox.workspace.dm(nurses)[-1].blocks
    )
    assert "Waiting for an answer (2)" in at_home.words(nurses)
    (ending,) = [
        block["accessory"]["action_id"]
        for block in at_home.sandbox.workspace.home(nurses).payload["blocks"]
        if block.get("accessory", {}).get("action_id", "").startswith(delegating.END)
    ]
    assert at_home.click(nurses, ending).acked
    at_home.deliver()
    assert "The board" not in board_of(at_home, nurses)
    assert "no longer stands in" in everything_in(at_home.sandbox.workspace.dm(leader)[-1].blocks)


def test_standing_in_for_a_day_that_is_over_is_refused_beside_its_field(at_home: AtHome) -> None:
    leader = with_ideas(at_home, 1)
    nurses = at_home.hospital.user_by_email(nurse(at_home.hospital))
    at_home.open(leader)
    at_home.click(leader, delegating.OPEN)
    days = {delegating.STARTS: "2026-11-12", delegating.ENDS: "2026-11-20"}
    result = at_home.sandbox.submit(leader, {delegating.WHOM: nurses, **days})
    assert result.errors == {delegating.STARTS: delegating.NOT_PAST}
    # Somebody who leads nothing cannot ask, whatever form they send.
    assert "Ask somebody to stand in" not in at_home.words(nurses)


# -- settings ----


def test_the_day_and_time_are_changed_and_the_next_digest_comes_then(at_home: AtHome) -> None:
    user = at_home.user()
    at_home.open(user)
    assert at_home.sandbox.run_command(user, "/digest", "settings").acked
    assert "Monday 23 November at 07:30" in at_home.modal(user)
    at_home.sandbox.submit(user, form(weekday="thursday", time="16:45", frequency="every_week"))
    assert "The next one comes on Thursday 19 November at 16:45." in at_home.modal(user)
    preference = at_home.preference()
    assert (preference.weekday, preference.at) == (Weekday.THURSDAY, time(16, 45))
    assert preference.frequency is Frequency.EVERY_WEEK
    at_home.deliver()
    assert "Thursday 16:45" in everything_in(at_home.sandbox.workspace.home(user).payload)
    at_home.clock.set(datetime(2026, 11, 19, 16, 44, tzinfo=UTC))
    at_home.parts.planner.tick()
    at_home.deliver()
    assert at_home.hospital.digests(C01) == []
    at_home.clock.set(datetime(2026, 11, 19, 16, 45, tzinfo=UTC))
    at_home.parts.planner.tick()
    at_home.deliver()
    assert len(at_home.hospital.digests(C01)) == 1


def test_moving_to_a_later_day_of_a_week_that_had_its_digest_brings_no_second_one(at_home: AtHome) -> None:
    at_home.send()
    user = at_home.user()
    at_home.sandbox.run_command(user, "/digest", "settings")
    at_home.sandbox.submit(user, form(weekday="friday", frequency="every_week"))
    assert "The next one comes on Friday 27 November at 07:30." in at_home.modal(user)
    at_home.clock.set(datetime(2026, 11, 20, 8, tzinfo=UTC))
    at_home.parts.planner.tick()
    at_home.deliver()
    assert len(at_home.hospital.digests(C01)) == 1


@pytest.mark.parametrize(
    ("until", "says"), [(None, NEEDS_A_DAY), ("2026-11-16", NOT_IN_FUTURE), ("2020-01-01", NOT_IN_FUTURE)]
)
def test_a_pause_without_a_day_ahead_is_refused_beside_its_field(
    at_home: AtHome, until: str | None, says: str
) -> None:
    user = at_home.user()
    at_home.sandbox.run_command(user, "/digest", "settings")
    result = at_home.sandbox.submit(user, form(state="paused", **({"until": until} if until else {})))
    assert result.errors == {UNTIL: says}
    # The same form, put right, is taken.
    at_home.sandbox.submit(user, {UNTIL: "2026-12-01"})
    assert at_home.preference().paused_until == date(2026, 12, 1)
    assert "paused until Tuesday 1 December 2026" in at_home.modal(user)
    assert "Monday 7 December at 07:30" in at_home.modal(user)


def test_pause_stop_and_resume_from_the_home(at_home: AtHome) -> None:
    user = at_home.user()
    at_home.open(user)
    assert at_home.click(user, home.PAUSE).acked
    # Nothing is saved by opening; four weeks are filled in.
    with at_home.hospital.database.read() as session:
        assert session.get(DigestPreference, at_home.person()) is None
    at_home.sandbox.submit(user, {})
    at_home.deliver()
    assert at_home.preference().paused_until == date(2026, 12, 14)
    assert "paused until Monday 14 December" in everything_in(at_home.sandbox.workspace.home(user).payload)
    at_home.sandbox.close_view(user, everything=True)
    assert at_home.click(user, home.RESUME).acked
    at_home.deliver()
    assert "paused" not in everything_in(at_home.sandbox.workspace.home(user).payload)
    assert at_home.click(user, home.STOP).acked
    at_home.deliver()
    assert "It is stopped" in everything_in(at_home.sandbox.workspace.home(user).payload)
    at_home.send()
    assert at_home.hospital.digests(C01) == []


def test_while_the_database_is_busy_nothing_is_saved_and_the_form_keeps_what_was_chosen(
    at_home: AtHome,
) -> None:
    user = at_home.user()
    at_home.sandbox.run_command(user, "/digest", "settings")
    with at_home.hospital.database.write():
        result = at_home.sandbox.submit(user, form(weekday="friday"))
    assert result.acked
    assert result.seconds < 3
    assert result.errors == {WEEKDAY: NOT_SAVED}
    # Still there, and now it works.
    at_home.sandbox.submit(user)
    assert at_home.preference().weekday is Weekday.FRIDAY


def test_while_the_database_is_busy_a_button_says_so(at_home: AtHome) -> None:
    at_home.send()
    user = at_home.user()
    at_home.open(user)
    with at_home.hospital.database.write():
        assert at_home.click(user, home.AGAIN).acked
    assert NOT_SAVED in at_home.modal(user)


def test_settings_of_somebody_without_figures_say_why_there_are_none(at_home: AtHome) -> None:
    user = at_home.hospital.user_by_email(nurse(at_home.hospital))
    assert at_home.sandbox.run_command(user, "/digest", "settings").acked
    assert "no digest comes to you" in at_home.modal(user)


# -- help ----


def test_help_says_what_each_person_can_do(at_home: AtHome) -> None:
    def help_for(user: str, text: str = "help") -> str:
        assert at_home.sandbox.run_command(user, "/rounds", text).acked
        return str(at_home.sandbox.workspace.ephemerals_for(user)[-1].text)

    world = at_home.hospital.world
    clinician = help_for(at_home.user())
    assert "/digest settings" in clinician
    assert "rounds import" not in clinician
    analyst = help_for(at_home.hospital.user_by_email("yusuf.rahman@rounds.example"), "")
    assert "rounds import" in analyst
    leader = help_for(at_home.hospital.user_by_email(leader_of(world.directory)))
    assert "You lead" in leader
    stranger = at_home.sandbox.workspace.add_user(name="new", email="new@elsewhere.example")
    assert "does not know you yet" in help_for(stranger.id)


def test_typing_to_rounds_tells_of_the_settings(at_home: AtHome) -> None:
    at_home.sandbox.send_message(at_home.user(), "hello")
    at_home.deliver()
    assert "/digest settings" in at_home.sandbox.workspace.dm(at_home.user())[-1].text


# -- who joins ----


def newcomer(at_home: AtHome, email: str) -> str:
    """The account of somebody known is new again: as if it had just been made."""
    user = at_home.hospital.user_by_email(email)
    with at_home.hospital.database.write() as session:
        for account in session.exec(select(SlackAccount).where(SlackAccount.user_id == user)):
            session.delete(account)
    return user


def test_a_known_person_who_joins_is_matched_and_greeted_once(at_home: AtHome) -> None:
    user = newcomer(at_home, nurse(at_home.hospital))
    at_home.sandbox.faults.events_twice = True
    at_home.sandbox.announce_user(user)
    at_home.sandbox.announce_user(user)
    at_home.deliver()
    (hello,) = at_home.sandbox.workspace.dm(user)
    assert hello.text == "Hello from Rounds"
    assert at_home.hospital.settings.rounds_purpose.split(".")[0] in everything_in(hello.blocks)
    assert "no digest comes to you" in at_home.words(user)


def test_a_clinician_who_joins_hears_nothing_before_the_welcome_of_the_first_digest(at_home: AtHome) -> None:
    user = newcomer(at_home, at_home.hospital.email(C01))
    at_home.sandbox.announce_user(user)
    at_home.deliver()
    assert at_home.sandbox.workspace.dm(user) == []
    assert f"Hello, {NAME}" in at_home.words(user)
    at_home.send()
    assert next(m.text for m in at_home.sandbox.workspace.dm(user)) == "Welcome to Rounds"
    assert len(at_home.sandbox.workspace.dm(user)) == 2


def test_strangers_and_second_accounts_are_not_greeted(at_home: AtHome) -> None:
    stranger = at_home.sandbox.workspace.add_user(name="new", email="new@elsewhere.example")
    second = at_home.sandbox.workspace.add_user(name="second", email=at_home.hospital.email(C01))
    for user in (stranger, second):
        at_home.sandbox.announce_user(user.id)
    at_home.deliver()
    assert at_home.sandbox.workspace.dm(stranger.id) == at_home.sandbox.workspace.dm(second.id) == []
    # The account that C01 had is theirs still, and the second one is nobody's.
    assert NAME in at_home.words(at_home.user())
    assert "does not know you yet" in at_home.words(second.id)


def test_no_home_and_no_letter_holds_anybody_elses_name(at_home: AtHome) -> None:
    at_home.send(C01, "C02")
    with at_home.hospital.database.read() as session:
        names = {p.name for p, c in bound_people(session, SUNDAY) if c != C01}
        letters = session.exec(select(OutboxRow).where(OutboxRow.recipient_id == at_home.person())).all()
    seen = at_home.words(at_home.user()) + everything_in([row.payload for row in letters])
    assert not [name for name in names if name in seen]


def nurse(hospital: Hospital) -> str:
    """The address of somebody without a code."""
    rows = (hospital.world.directory / "people.csv").read_text(encoding="utf-8").splitlines()
    names = rows[0].split(",")
    found = [dict(zip(names, row.split(","), strict=False)) for row in rows[1:]]
    leaders = (hospital.world.directory / "units.csv").read_text(encoding="utf-8")
    return next(
        str(row["email"]) for row in found if not row["clinician_code"] and row["email"] not in leaders
    )


def leader_of(directory: Any) -> str:
    """The address of a unit's leader."""
    rows = (directory / "units.csv").read_text(encoding="utf-8").splitlines()
    return str(dict(zip(rows[0].split(","), rows[1].split(","), strict=False))["leader_email"])
