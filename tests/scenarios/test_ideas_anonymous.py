"""An idea without a name, from the form to "yes, it is in place": nothing anywhere says whose it is."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bot.ideas import names
from bot.sandbox import Message
from handlers.cli import build
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State
from tests.scenarios.conftest import Imported, everything_in
from tests.scenarios.ideas import Story, opened_story, said

SENDER, DAVID, JACK = "Sunita Gurung", "David Llewellyn", "Jack Turnbull"
NEWS = "There is news on your Rounds Home."
IDEA = "A lockable box for staff's mobile telephones in the changing room"


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    with opened_story(imported, tmp_path) as made:
        yield made


def rows_of(story: Story) -> dict[str, set[str]]:
    """All rows of an embedded database, each as one text, by table."""
    path = story.hospital.database.path
    assert path is not None
    connection = sqlite3.connect(path)
    try:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            table: {repr(row) for row in connection.execute(f'SELECT * FROM "{table}"')} for table in tables
        }
    finally:
        connection.close()


def marks_of(story: Story, who: str) -> list[str]:
    """What would give somebody away: account, name, email, and their conversation with Rounds."""
    user = story.sandbox.workspace.users[story.user(who)]
    dm = story.sandbox.workspace.open_dm(user.id)
    return [user.id, who, str(user.email), user.name, dm.id]


def hour_of(story: Story, message: Message) -> int:
    """The hour, at the site, at which a message was posted."""
    return datetime.fromtimestamp(float(message.ts), UTC).astimezone(story.hospital.settings.zone).hour


def person_id(story: Story, who: str) -> int:
    email = story.sandbox.workspace.users[story.user(who)].email
    with story.hospital.database.read() as session:
        found = session.connection().exec_driver_sql("SELECT id FROM person WHERE email = ?", (email,)).one()
    return int(found[0])


def presses_in_list(story: Story, who: str, action: str) -> None:
    """Press a button of the newest answer that only this person sees."""
    shown = story.sandbox.workspace.ephemerals_for(story.user(who))[-1]
    result = story.sandbox.click(story.user(who), shown.ts, action, channel=shown.channel)
    assert result.acked, result.error


def my_ideas(story: Story, who: str) -> str:
    """`/ideas mine`: what it says to whoever asks."""
    assert story.sandbox.run_command(story.user(who), "/ideas", "mine").acked
    return said(story.sandbox.workspace.ephemerals_for(story.user(who))[-1])


def test_nothing_says_who_sent_an_idea_without_a_name(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    before = rows_of(story)
    marks, person = marks_of(story, SENDER), person_id(story, SENDER)
    acted: set[str] = set()
    with capture_logs() as lines:
        number = tell_the_story(story, acted)
    assert story.state(number) is State.VERIFIED
    nothing_in_the_database(story, before, [*marks, *acted], person)
    written = json.dumps(lines, default=str) + caplog.text
    assert not [mark for mark in marks if mark in written]
    nothing_in_the_workspace(story, marks)
    nothing_in_exports(story, marks)


def test_somebody_who_gives_their_name_would_be_found(story: Story) -> None:
    before = rows_of(story)
    story.hands_in(SENDER, IDEA)
    with pytest.raises(AssertionError):
        nothing_in_the_database(story, before, marks_of(story, SENDER), person_id(story, SENDER))
    with pytest.raises(AssertionError):
        nothing_in_the_workspace(story, marks_of(story, SENDER))


def nothing_in_the_database(story: Story, before: dict[str, set[str]], marks: list[str], person: int) -> None:
    """No new row names the account, the person, or a moment at which they did something."""
    new = {table: rows - before.get(table, set()) for table, rows in rows_of(story).items()}
    found = [(table, row) for table, rows in new.items() for row in rows for mark in marks if mark in row]
    assert found == []
    assert new["hidden_act"] == set()
    columns = ("idea.submitter_id", "idea_event.actor_id", "idea_support.person_id", "outbox.recipient_id")
    with story.hospital.database.read() as session:
        for table, _, column in (name.partition(".") for name in columns):
            query = f"SELECT count(*) FROM {table} WHERE {column} = ?"
            assert session.connection().exec_driver_sql(query, (person,)).scalar_one() == 0, table


def nothing_in_the_workspace(story: Story, marks: list[str]) -> None:
    """Not in any message but the sender's own; there only that there is news, at the hour of the batch."""
    own = story.sandbox.workspace.open_dm(story.user(SENDER))
    for place in story.sandbox.workspace.channels.values():
        shown = [] if place.id == own.id else [said(message) for message in place.messages]
        assert not [mark for mark in [*marks, "nurse"] if mark in " ".join(shown)], place.name
    told = [message for message in story.dms(SENDER) if message.by_bot]
    assert {message.text for message in told} == {NEWS}
    assert {hour_of(story, message) for message in told} == {9}
    for user in story.sandbox.workspace.users:
        home = story.sandbox.workspace.home(user)
        if home is not None and user != story.user(SENDER):
            assert not [mark for mark in marks if mark in everything_in(home.payload["blocks"])]


def nothing_in_exports(story: Story, marks: list[str]) -> None:
    """Neither in what is exported of all ideas, nor in what is exported of the sender."""
    ideas = printed(story, "ideas", "--format", "json")
    assert IDEA in ideas
    assert not [mark for mark in marks if mark in ideas]
    email = story.sandbox.workspace.users[story.user(SENDER)].email
    assert IDEA not in printed(story, "export", str(email))


def printed(story: Story, *words: str) -> str:
    """What a command prints."""
    result = CliRunner().invoke(build(), list(words), env=story.hospital.environment())
    assert result.exit_code == 0, result.output
    return result.output


def tell_the_story(story: Story, acted: set[str]) -> int:
    """Hand in, be asked, answer, be decided on, verify; `acted` gets the minutes of what the sender did."""
    story.clock.set(datetime.combine(story.today, time(13, 37, 21), story.hospital.settings.zone))
    note(story, acted)
    assert story.hands_in(SENDER, IDEA, anonymous=True) == 0
    assert story.newest() == 0
    assert IDEA[:20] in my_ideas(story, SENDER)
    assert IDEA[:20] not in my_ideas(story, JACK)
    story.tick()
    assert not [row for row in story.outbox() if row.kind.startswith("idea")]

    story.next_batch()
    number = story.newest()
    assert number == 1
    card = story.card(number)
    assert card.channel == story.channel("ward-ash")
    assert "From somebody in Ash Ward" in said(card)
    assert hour_of(story, card) == 9

    assert story.does(DAVID, number, names.ASK, **{names.WORDS: "How many should fit in?"}).ok
    assert not story.dms(SENDER)
    story.next_batch()
    assert [message.text for message in story.dms(SENDER)] == [NEWS]

    story.clock.advance(timedelta(hours=4, minutes=23))
    note(story, acted)
    assert "A question for you" in my_ideas(story, SENDER)
    assert "A question for you" not in my_ideas(story, JACK)
    assert "A question for you" in story.home(SENDER)
    assert "A question for you" not in story.home(JACK)
    presses_in_list(story, SENDER, names.beside(names.ANSWER, number))
    assert "How many should fit in?" in story.page(SENDER)
    assert story.completes(SENDER, **{names.WORDS: "Twenty would do."}).ok
    assert "appears on" in story.page(SENDER)
    story.closes(SENDER)
    assert Event.ANSWERED not in story.history(number)
    story.next_batch()
    assert "Twenty would do." in story.thread(number)

    assert story.decides(DAVID, number, Event.ACCEPTED, "A good thought, we will.").ok
    done = {names.WORDS: "It hangs there.", names.MORE_WORDS: "Have a look."}
    assert story.does(DAVID, number, names.IMPLEMENT, **done).ok
    story.next_batch()
    story.clock.advance(timedelta(hours=7, minutes=11))
    note(story, acted)
    assert "Is it in place?" in my_ideas(story, SENDER)
    presses_in_list(story, SENDER, names.beside(names.MORE, number))
    assert "This idea is yours; only you see that here." in story.page(SENDER)
    assert story.presses_on_page(SENDER, names.VERIFY).acked
    assert story.completes(SENDER).ok
    assert story.state(number) is State.IMPLEMENTED
    story.closes(SENDER)
    story.next_batch()
    assert story.state(number) is State.VERIFIED
    return number


def note(story: Story, acted: set[str]) -> None:
    """Keep the minute, as the database would write it."""
    acted.add(f"{story.clock.now():%Y-%m-%d %H:%M}")
    acted.add(f"{story.clock.now():%Y-%m-%dT%H:%M}")


def test_nobody_but_the_sender_can_answer_or_confirm_it(story: Story) -> None:
    assert story.hands_in(SENDER, IDEA, anonymous=True) == 0
    story.next_batch()
    number = story.newest()
    assert story.does(DAVID, number, names.ASK, **{names.WORDS: "How many should fit in?"}).ok
    assert story.presses(JACK, story.card(number), names.MORE).acked
    assert names.ANSWER not in story.page(JACK)
    assert "only you see" not in story.page(JACK)


def test_the_form_says_that_few_may_guess_and_a_picture_needs_a_name(story: Story) -> None:
    view = story.opens_form(SENDER)
    assert "Slack itself" in story.page(SENDER)
    assert "no administrator of Rounds sees your name" in story.page(SENDER)
    assert view.payload["callback_id"] == names.FORM
    story.unfolds(SENDER)
    file = story.sandbox.upload_file(story.user(SENDER), "box.png", tiny_png())
    given: dict[str, Any] = {
        names.TEXT: IDEA,
        names.NAMED: "anonymous",
        names.PICTURE: [file],
        names.PICTURE_OK: ["yes"],
    }
    result = story.sends(SENDER, **given)
    assert result.errors is not None
    assert "shows who uploaded it" in result.errors[names.PICTURE]
    assert story.newest() == 0


def tiny_png() -> bytes:
    kept = BytesIO()
    Image.new("RGB", (4, 4), "white").save(kept, "PNG")
    return kept.getvalue()
