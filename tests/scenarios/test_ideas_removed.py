"""Patient details are taken out everywhere, and no idea goes to a channel that others can read."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.ideas import names
from bot.sandbox import Message
from storage.terms import IdeaEventKind as Event
from tests.scenarios.conftest import Imported, everything_in
from tests.scenarios.ideas import Story, buttons_of, opened_story, said

NIAMH, TENDAI, TOMASZ, DENISE = "Niamh Doyle", "Tendai Moyo", "Tomasz Zielinski", "Denise Campbell"
CEDAR = "ward-cedar"
# Words that no search for identifiers can find: that is why people can take them out.
DETAIL = "the lady with the green hat from the harbour"


@pytest.fixture
def story(imported: Imported, tmp_path: Path) -> Iterator[Story]:
    with opened_story(imported, tmp_path) as made:
        yield made


def picture() -> bytes:
    kept = BytesIO()
    Image.new("RGB", (40, 30), "green").save(kept, "PNG")
    return kept.getvalue()


def in_the_workspace(story: Story, words: str) -> list[str]:
    """Where on Slack words stand: channels, direct messages, what only some see."""
    workspace = story.sandbox.workspace
    found = [c.name or c.id for c in workspace.channels.values() if words in " ".join(map(said, c.messages))]
    return found + [m.ts for m in workspace.ephemerals if words in said(m)]


def in_the_files(story: Story, words: str) -> list[str]:
    """The database's files in whose bytes words stand, the write-ahead log's included."""
    path = story.hospital.database.path
    assert path is not None
    return [p.name for p in path.parent.glob(f"{path.name}*") if words.encode() in p.read_bytes()]


def test_patient_details_are_taken_out_of_rows_index_messages_and_files(story: Story) -> None:
    file = story.sandbox.upload_file(story.user(NIAMH), "board.png", picture())
    number = story.hands_in(
        NIAMH,
        f"A board that shows who waits for a scan. Yesterday {DETAIL} waited five hours.",
        picture={names.PICTURE: [file], names.PICTURE_OK: ["yes"]},
    )
    words = {names.WORDS: f"We saw {DETAIL} too."}
    assert story.does(TOMASZ, number, names.ACKNOWLEDGE, **words).ok
    assert story.does(TOMASZ, number, names.ASK, **{names.WORDS: f"Was {DETAIL} told why?"}).ok
    answer = {names.WORDS: f"No, {DETAIL} was not."}
    assert story.answers(NIAMH, story.last_dm(NIAMH), names.ANSWER, **answer).ok
    posted = [f for f in story.sandbox.workspace.files.values() if f.id != file and not f.deleted]
    assert len(posted) == 1
    assert in_the_workspace(story, DETAIL)
    assert in_the_files(story, DETAIL)
    assert search(story, TENDAI, "green hat")

    assert story.presses(DENISE, story.card(number), names.MORE).acked
    assert story.presses_on_page(DENISE, names.REMOVE).acked
    assert "It cannot be undone." in story.page(DENISE)
    assert story.completes(DENISE).ok
    story.tick()

    assert in_the_workspace(story, DETAIL) == []
    assert "Patient details were removed" in said(story.card(number))
    assert Event.DETAILS_REMOVED in story.history(number)
    assert posted[0].deleted
    assert not search(story, TENDAI, "green hat")
    home = story.home(NIAMH)
    assert DETAIL not in home
    story.stop()
    assert in_the_files(story, DETAIL) == []


def search(story: Story, who: str, words: str) -> bool:
    """Whether `/ideas words` finds anything."""
    assert story.sandbox.run_command(story.user(who), "/ideas", words).acked
    shown = story.sandbox.workspace.ephemerals_for(story.user(who)).pop()
    story.sandbox.workspace.ephemerals.remove(shown)
    return "None found." not in said(shown)


def test_a_channel_that_a_guest_joins_gets_no_more_ideas(story: Story) -> None:
    first = story.hands_in(NIAMH, "A clock that can be seen from every bed")
    assert story.card(first).channel == story.channel(CEDAR)
    guest = story.sandbox.workspace.add_user(name="visitor", real_name="A Visitor", guest=True)
    place = story.sandbox.workspace.channels[story.channel(CEDAR)]
    before = len(place.messages)
    assert story.sandbox.join_channel(guest.id, place.id).acked

    second = story.hands_in(NIAMH, "A second set of keys for the linen room")
    assert len(place.messages) == before
    card = story.card(second)
    assert card.channel in {story.sandbox.workspace.open_dm(story.user(n)).id for n in (TOMASZ, DENISE)}
    assert buttons_of(card) >= {names.ACKNOWLEDGE, names.DECIDE}
    assert "A Visitor" in " ".join(said(message) for message in story.dms(TOMASZ))
    answer = {names.WORDS: "Yes, that is needed."}
    assert story.answers(TOMASZ, dm_card(story, TOMASZ, second), names.ACKNOWLEDGE, **answer).ok
    assert "Yes, that is needed." in said(story.last_dm(NIAMH))
    assert "Yes, that is needed." not in " ".join(said(message) for message in place.messages)

    # Once the guest has gone, ideas go there again.
    assert story.sandbox.leave_channel(guest.id, place.id).ok
    story.pass_days(1)
    third = story.hands_in(NIAMH, "A lamp for the notes trolley")
    assert story.card(third).channel == place.id


def dm_card(story: Story, who: str, number: int) -> Message:
    """An idea's card in somebody's own conversation."""
    return next(m for m in reversed(story.dms(who)) if names.MORE in buttons_of(m, number))


def test_for_someone_above_it_goes_neither_to_the_channel_nor_to_the_units_leaders(story: Story) -> None:
    number = story.hands_in(NIAMH, "Rosters that are known four weeks ahead", ticks=("above",))
    place = story.sandbox.workspace.channels[story.channel(CEDAR)]
    assert "Rosters" not in everything_in([message.blocks for message in place.messages])
    for who in (TOMASZ, DENISE):
        assert "Rosters" not in " ".join(said(message) for message in story.dms(who))
        assert story.sandbox.run_command(story.user(who), "/ideas", "rosters").acked
        shown = story.sandbox.workspace.ephemerals_for(story.user(who))[-1]
        assert "Rosters" not in said(shown)
    card = dm_card(story, "Ruth Adeyemi", number)
    assert story.answers("Ruth Adeyemi", card, names.ACKNOWLEDGE, **{names.WORDS: "I will look."}).ok
    assert "I will look." in said(story.last_dm(NIAMH))
