"""The ways in: the form, what stands before handing in, newcomers, shortcuts, a database that stalls."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest
from slack_bolt import Ack
from slack_sdk import WebClient
from sqlmodel import select

from bot.clock import ManualClock
from bot.ideas import from_message, names
from bot.sandbox import BOT_TOKEN, TEAM_ID, start_sandbox
from bot.settings import Settings
from handlers.deps import NOT_SAVED, Deps
from handlers.ideas.handing_in import form_submitted, idea_command
from handlers.manifest import MANIFEST
from storage.engine import Database
from storage.migrate import upgrade
from storage.outbox import OutboxRow
from storage.people import Person
from storage.terms import IdeaState as State
from tests.scenarios.conftest import Imported, everything_in
from tests.scenarios.ideas import TUESDAY_MORNING, Story, buttons_of, opened_story, said

EMMA, JEROME, OWEN, HARRIET = "Emma Lockwood", "Jerome Baptiste", "Owen Pritchard", "Harriet Moss"
BEECH = "ward-beech"


@pytest.fixture(scope="module")
def story(imported: Imported, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with opened_story(imported, tmp_path_factory.mktemp("forms")) as made:
        yield made


@pytest.fixture(autouse=True)
def closed(story: Story) -> Iterator[None]:
    """Nobody has anything open from the test before."""
    yield
    for who in (EMMA, JEROME, OWEN, HARRIET):
        story.closes(who)


def text_in(form: Any) -> str:
    """What stands in the form's one required field."""
    return str(form.values[names.TEXT][names.TEXT]["value"] or "")


# -- opening ----


def test_the_form_opens_with_the_words_and_works_without_the_database(postgres_url: str) -> None:
    database = Database(postgres_url)
    upgrade(database)
    deps = Deps(database, ManualClock(TUESDAY_MORNING), Settings.model_construct(), TEAM_ID)
    with start_sandbox(manifest=MANIFEST) as sandbox, database.write() as session:
        user = sandbox.workspace.add_user(name="new", email="new@elsewhere.example").id
        client = WebClient(token=BOT_TOKEN, base_url=sandbox.api_url)
        # Nobody can so much as read who this is.
        session.connection().exec_driver_sql("LOCK TABLE person, unit IN ACCESS EXCLUSIVE MODE")
        began = monotonic()
        command = {"trigger_id": sandbox.workspace.new_trigger(user), "user_id": user, "text": "A lamp"}
        idea_command(deps)(ack=Ack(), body=command, client=client)
        assert monotonic() - began < 1
        view = sandbox.workspace.modal(user)
        assert view is not None
        assert text_in(view) == "A lamp"
        ack, began = Ack(), monotonic()
        form_submitted(deps)(ack=ack, body={"user": {"id": user}}, view=view.as_slack())
        assert monotonic() - began < 3
        assert ack.response is not None
        assert NOT_SAVED in str(ack.response.body)
        assert names.TEXT in str(ack.response.body)
        assert deps.worker.wait(60)
        assert text_in(sandbox.workspace.modal(user)) == "A lamp"
    deps.worker.stop()
    database.close()


def test_while_nothing_can_be_written_the_form_opens_all_the_same(story: Story) -> None:
    with stalled(story):
        result = story.sandbox.run_command(story.user(EMMA), "/idea", "A coat hook behind each door")
        assert result.acked
        assert result.seconds < 1
        assert text_in(story.form(EMMA)) == "A coat hook behind each door"
        assert story.parts.worker.wait(60)
    assert story.sends(EMMA).ok
    story.deliver()
    number = story.newest()
    assert story.card(number).channel == story.channel(BEECH)


def test_what_is_typed_while_the_form_fills_itself_in_stays(story: Story) -> None:
    story.sandbox.faults.slow["views.update"] = 0.3
    try:
        assert story.sandbox.run_command(story.user(EMMA), "/idea").acked
        before = story.form(EMMA)
        before.values[names.TEXT][names.TEXT] = {"type": "plain_text_input", "value": "Half a sent"}
        assert story.parts.worker.wait(60)
    finally:
        story.sandbox.faults.slow.pop("views.update")
    assert text_in(story.form(EMMA)) == "Half a sent"
    assert "Beech Ward" in story.page(EMMA)
    story.unfolds(EMMA)
    assert text_in(story.form(EMMA)) == "Half a sent"
    assert "I would like to lead this" in story.page(EMMA)


def test_the_global_shortcut_and_the_button_open_the_same_form(story: Story) -> None:
    assert story.sandbox.run_shortcut(story.user(EMMA), names.GLOBAL_SHORTCUT).acked
    assert story.parts.worker.wait(60)
    assert story.form(EMMA).payload["callback_id"] == names.FORM
    story.closes(EMMA)
    story.home(EMMA)
    assert story.presses_at_home(EMMA, names.NEW).acked
    assert story.form(EMMA).payload["callback_id"] == names.FORM


def test_a_form_that_slack_does_not_open_gives_the_words_back(story: Story) -> None:
    story.sandbox.faults.errors["views.open"] = ["expired_trigger_id"]
    story.sandbox.run_command(story.user(EMMA), "/idea", "A bench in the sun")
    shown = story.sandbox.workspace.ephemerals_for(story.user(EMMA))[-1]
    assert "Nothing was saved" in shown.text
    assert "A bench in the sun" in shown.text


def test_a_text_that_is_too_long_is_quoted_back(story: Story) -> None:
    story.sandbox.run_command(story.user(EMMA), "/idea", "long " * 700)
    shown = story.sandbox.workspace.ephemerals_for(story.user(EMMA))[-1]
    assert "3,000 characters" in shown.text
    assert "long long long" in shown.text


# -- what stands before handing in ----


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Bed 4, NHS number 943 476 5919, waits too long", "patient details"),
        ("Ring 07700 900123 when the scanner is free", "patient details"),
        ("Owen Pritchard should come to the handover", "role"),
    ],
)
def test_patient_details_and_names_are_given_back_before_anything_is_kept(
    story: Story, typed: str, told: str
) -> None:
    before = len(story.ideas())
    story.opens_form(EMMA)
    result = story.sends(EMMA, **{names.TEXT: typed})
    assert result.errors is not None
    assert told in result.errors[names.TEXT]
    assert text_in(story.form(EMMA)) == typed
    assert len(story.ideas()) == before
    assert everywhere(story, typed) == []
    # Changed, it goes.
    assert story.sends(EMMA, **{names.TEXT: f"A shelf for the folders, {told}"}).ok


def everywhere(story: Story, typed: str) -> list[str]:
    """The tables in which a text stands."""
    path = story.hospital.database.path
    assert path is not None
    connection = sqlite3.connect(path)
    try:
        tables = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [
            table
            for table in tables
            if any(typed in str(row) for row in connection.execute(f'SELECT * FROM "{table}"'))
        ]
    finally:
        connection.close()


def test_a_concern_is_shown_where_it_belongs_and_can_still_become_an_idea(story: Story) -> None:
    before = len(story.ideas())
    story.opens_form(EMMA)
    concern = "A patient was given the wrong dose last night and nobody has reported it"
    assert story.sends(EMMA, **{names.TEXT: concern}).ok
    page = story.page(EMMA)
    assert "If a patient is at risk now, tell the nurse in charge." in page
    assert "This is not an incident report." in page
    assert concern in page
    assert len(story.ideas()) == before
    changed = "A second look at each dose before the night round"
    assert story.sends(EMMA, **{names.TEXT: changed}).ok
    story.deliver()
    assert story.idea(story.newest()).text == changed


def test_similar_ideas_are_shown_and_me_too_hands_in_nothing(story: Story) -> None:
    first = story.hands_in(JEROME, "A second bladder scanner for the night shift")
    before = len(story.ideas())
    story.opens_form(EMMA)
    assert story.sends(EMMA, **{names.TEXT: "Another bladder scanner for the nights"}).ok
    assert "Is it one of these?" in story.page(EMMA)
    assert story.presses_on_page(EMMA, names.beside(names.FORM_ME_TOO, first)).acked
    assert "Your “me too” counts" in story.page(EMMA)
    story.deliver()
    assert "1 says “me too”" in said(story.card(first))
    assert len(story.ideas()) == before


def test_idea_with_text_shows_similar_ones_in_the_form_and_asks_no_second_time(story: Story) -> None:
    first = story.hands_in(JEROME, "Charging cables for patients' own tablets")
    view = story.opens_form(EMMA, "Charging cables for the tablets of patients")
    assert f"#{first}" in everything_in(view.payload)
    assert story.sends(EMMA).ok
    story.deliver()
    assert story.newest() > first
    assert story.state(story.newest()) is State.NEW


def test_a_picture_needs_the_tick(story: Story) -> None:
    story.opens_form(EMMA)
    story.unfolds(EMMA)
    file = story.sandbox.upload_file(story.user(EMMA), "shelf.png", b"\x89PNG\r\n\x1a\n")
    result = story.sends(EMMA, **{names.TEXT: "Shelves like these", names.PICTURE: [file]})
    assert result.errors is not None
    assert set(result.errors) == {names.PICTURE_OK}


# -- people who are in no list ----


def test_somebody_in_no_list_picks_a_unit_once_and_hands_in(story: Story) -> None:
    name, email = "Noor Haddad", "noor.haddad@agency.example"
    user = story.sandbox.workspace.add_user(name="noor", real_name=name, email=email)
    view = story.opens_form(name)
    kept = json.loads(view.payload["private_metadata"])
    assert kept["newcomer"]["email"] == email
    assert people_with(story, email) == 0
    willow = next(unit for unit in story.units() if unit.name == "Willow Ward")
    idea = {names.TEXT: "A map of the ward for bank staff", names.UNIT: str(willow.id)}
    assert story.sends(name, **idea).ok
    story.deliver()
    number = story.newest()
    assert story.card(number).channel == story.channel("ward-willow")
    assert f"From {name}" in said(story.card(number))
    assert people_with(story, email) == 1
    assert f"#{number}" in said(story.sandbox.workspace.dm(user.id)[-1])
    # From now on Rounds knows where they work.
    story.closes(name)
    again = story.opens_form(name)
    assert "newcomer" not in json.loads(again.payload["private_metadata"])
    assert again.values[names.UNIT][names.UNIT]["selected_option"]["value"] == str(willow.id)
    story.closes(name)


def people_with(story: Story, email: str) -> int:
    with story.hospital.database.read() as session:
        return len(session.exec(select(Person).where(Person.email == email)).all())


# -- from a message ----


def test_ones_own_message_becomes_the_text_of_the_form(story: Story) -> None:
    place = story.channel(BEECH)
    sent = story.sandbox.send_message(story.user(EMMA), "We need <2 chairs & a lamp", channel=place)
    result = story.sandbox.run_message_shortcut(story.user(EMMA), names.MESSAGE_SHORTCUT, place, str(sent.ts))
    assert result.acked
    assert story.parts.worker.wait(60)
    assert text_in(story.form(EMMA)) == "We need <2 chairs & a lamp"


def test_of_somebody_elses_message_nothing_is_kept_before_their_yes(story: Story) -> None:
    words = "If only the notes trolley had its own parking place by the window"
    place = story.channel(BEECH)
    sent = story.sandbox.send_message(story.user(JEROME), words, channel=place)
    asked = (story.user(EMMA), names.MESSAGE_SHORTCUT, place, str(sent.ts))
    assert story.sandbox.run_message_shortcut(*asked).acked
    assert "The author is asked" in story.page(EMMA)
    story.deliver()
    assert everywhere(story, "notes trolley") == []
    question = story.last_dm(JEROME)
    assert "Emma Lockwood" in said(question)
    assert buttons_of(question) == {names.YES_MAKE, names.NO_MAKE}
    assert words not in said(question)
    assert not [row for row in story.outbox() if row.kind == from_message.KIND]
    # Asked a second time, nobody is bothered.
    assert story.sandbox.run_message_shortcut(*asked).acked
    assert from_message.ASKED_BEFORE in story.page(EMMA)

    assert story.presses(JEROME, question, names.YES_MAKE).acked
    assert text_in(story.form(JEROME)) == words
    assert "Emma Lockwood suggested that you hand this in" in story.page(JEROME)
    assert everywhere(story, "notes trolley") == []
    assert story.sends(JEROME, **{names.TEXT: f"{words}, please"}).ok
    story.deliver()
    assert "From Jerome Baptiste" in said(story.card(story.newest()))


def test_a_no_keeps_nothing_and_whoever_asked_is_told_kindly(story: Story) -> None:
    place = story.channel(BEECH)
    sent = story.sandbox.send_message(story.user(JEROME), "Only thinking aloud about lockers", channel=place)
    asked = (story.user(EMMA), names.MESSAGE_SHORTCUT, place, str(sent.ts))
    assert story.sandbox.run_message_shortcut(*asked).acked
    story.deliver()
    question = story.last_dm(JEROME)
    assert story.presses(JEROME, question, names.NO_MAKE).acked
    story.deliver()
    assert story.last_dm(EMMA).text == from_message.DECLINED
    assert buttons_of(question) == set()
    assert everywhere(story, "thinking aloud") == []


def test_where_rounds_cannot_read_the_author_pastes_the_words(story: Story) -> None:
    workspace = story.sandbox.workspace
    private = workspace.add_channel("tea-room", members=[story.user(EMMA), story.user(JEROME)], bot=False)
    sent = story.sandbox.send_message(story.user(JEROME), "A kettle that switches off", channel=private.id)
    asked = (story.user(EMMA), names.MESSAGE_SHORTCUT, private.id, str(sent.ts))
    assert story.sandbox.run_message_shortcut(*asked).acked
    story.deliver()
    assert story.presses(JEROME, story.last_dm(JEROME), names.YES_MAKE).acked
    assert "Please paste your words here" in story.page(JEROME)
    assert story.form(JEROME).payload["callback_id"] == names.FORM


# -- the database stalls ----


@contextmanager
def stalled(story: Story) -> Iterator[None]:
    """Another program holds the database: nobody can write."""
    path = story.hospital.database.path
    assert path is not None
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


def test_while_the_database_stalls_the_words_stay_in_the_form(story: Story) -> None:
    before = len(story.ideas())
    story.opens_form(HARRIET)
    with stalled(story):
        result = story.sends(HARRIET, **{names.TEXT: "A radio for the day room"})
        assert result.errors == {names.TEXT: NOT_SAVED}
        assert result.seconds < 3
    assert text_in(story.form(HARRIET)) == "A radio for the day room"
    assert len(story.ideas()) == before
    assert story.sends(HARRIET).ok
    story.deliver()
    number = story.newest()
    assert story.idea(number).text == "A radio for the day room"

    assert story.presses(OWEN, story.card(number), names.ACKNOWLEDGE).acked
    with stalled(story):
        result = story.sends(OWEN, **{names.WORDS: "A good thought."})
        assert result.errors == {names.WORDS: NOT_SAVED}
        told = story.presses(EMMA, story.card(number), names.ME_TOO)
        assert told.acked
        assert told.seconds < 3
        assert NOT_SAVED in story.page(EMMA)
    assert story.completes(OWEN).ok
    assert story.state(number) is State.ACKNOWLEDGED


def test_no_words_stand_in_the_outbox(story: Story) -> None:
    texts = [idea.text for idea in story.ideas()]
    assert texts
    with story.hospital.database.read() as session:
        rows = [json.dumps(row.payload) for row in session.exec(select(OutboxRow))]
    assert not [text for text in texts if any(text in row for row in rows)]


# -- finding ----


def test_ideas_are_listed_found_and_paged(story: Story) -> None:
    for place in (
        "sluice",
        "linen room",
        "day room",
        "kitchen",
        "corridor",
        "office",
        "stairs",
        "lift",
        "porch",
    ):
        story.hands_in(JEROME, f"A noticeboard with the week's plan in the {place}")
    story.hands_in(EMMA, "A bicycle pump by the back gate")
    user = story.user(EMMA)
    assert story.sandbox.run_command(user, "/ideas").acked
    shown = story.sandbox.workspace.ephemerals_for(user)[-1]
    assert "1 to 8 of" in said(shown)
    later = names.beside(names.LIST_PAGE, 1)
    assert story.sandbox.click(user, shown.ts, later, channel=shown.channel).acked
    assert "9 to" in story.page(EMMA)
    assert story.presses_on_page(EMMA, names.beside(names.LIST_PAGE, 0)).acked
    assert "1 to 8 of" in story.page(EMMA)
    story.closes(EMMA)
    assert story.sandbox.run_command(user, "/ideas", "linen noticeboard").acked
    found = said(story.sandbox.workspace.ephemerals_for(user)[-1])
    assert "linen room" in found
    assert story.sandbox.run_command(user, "/ideas", "mine").acked
    own = said(story.sandbox.workspace.ephemerals_for(user)[-1])
    assert "A bicycle pump" in own
    assert "linen room" not in own
