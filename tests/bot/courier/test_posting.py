"""A message is posted once, with its picture, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from bot.courier.letters import THREAD_OF_DEPENDENCY, Letter
from bot.sandbox import Message
from storage.outbox import OutboxPicture
from storage.people import SlackAccount
from storage.terms import OutboxState
from tests.bot.courier.conftest import CHART, PICTURE_BLOCKS, Post, pictures_shown

Soon = Callable[[float], datetime]


def only(messages: list[Message]) -> Message:
    [message] = messages
    return message


def test_a_digest_arrives_with_its_picture(post: Post) -> None:
    person, user = post.add_person("ana")
    row_id = post.put(post.digest(person))

    assert post.deliver()

    message = only(post.sandbox.workspace.dm(user.id))
    row = post.row(row_id)
    assert row.state is OutboxState.SENT
    assert (row.slack_channel, row.slack_ts) == (message.channel, message.ts)
    assert pictures_shown([message]) == [row.file_id]
    assert message.metadata == {"event_type": "rounds_message", "event_payload": {"key": row.key}}


def test_the_bytes_of_a_picture_are_forgotten_once_it_is_sent(post: Post) -> None:
    person, _ = post.add_person("ana")
    row_id = post.put(post.digest(person))
    post.deliver()
    with post.database.read() as session:
        assert session.get(OutboxPicture, row_id) is None


def test_a_private_picture_is_seen_in_its_own_conversation_only(office: Post) -> None:
    for name in ("ana", "ben", "cem"):
        office.put(office.digest(office.add_person(name)[0]))
    office.deliver()
    workspace = office.sandbox.workspace
    shown = {user.id: pictures_shown(workspace.dm(user.id)) for user in office.users}
    assert all(len(files) == 1 for files in shown.values())
    for user in office.users:
        dm = workspace.find_dm(user.id)
        assert dm is not None
        assert workspace.files[shown[user.id][0]].conversations == {dm.id}


def test_the_alternative_text_goes_with_the_upload(office: Post) -> None:
    person, user = office.add_person("ana")
    office.put(office.digest(person))
    office.deliver()
    [file_id] = pictures_shown(office.sandbox.workspace.dm(user.id))
    assert office.sandbox.workspace.files[file_id].alt_txt == CHART.alt_text


def test_the_direct_conversation_is_opened_once_and_kept(office: Post) -> None:
    person, _ = office.add_person("ana")
    for text in ("one", "two", "three"):
        office.put(office.letter(person, text))
    office.deliver()
    assert len(office.sandbox.workspace.calls("conversations.open")) == 1


def test_a_kept_conversation_that_slack_forgot_is_opened_again(office: Post) -> None:
    person, user = office.add_person("ana")
    with office.database.write() as session:
        account = session.get_one(SlackAccount, 1)
        account.dm_channel = "D0GONE0000"
        session.add(account)
    office.put(office.letter(person))
    assert office.deliver()
    assert office.texts(user) == ["Your week"]


@pytest.mark.parametrize("when", ["break_before", "break_after"])
def test_a_broken_connection_costs_no_message_and_doubles_none(post: Post, when: str) -> None:
    person, user = post.add_person("ana")
    row_id = post.put(post.digest(person))
    getattr(post.sandbox.faults, when)["chat.postMessage"] = 1
    assert post.deliver()
    assert len(post.sandbox.workspace.dm(user.id)) == 1
    assert post.row(row_id).state is OutboxState.SENT
    stored = 1 if when == "break_after" else 2
    assert len(post.sandbox.workspace.calls("chat.postMessage")) == stored


@pytest.mark.parametrize("when", ["break_before", "break_after"])
@pytest.mark.parametrize(
    "method",
    [
        "users.info",
        "conversations.open",
        "files.getUploadURLExternal",
        "upload",
        "files.completeUploadExternal",
        "files.info",
        "chat.postMessage",
        "conversations.history",
    ],
)
def test_wherever_the_connection_breaks_there_is_one_message_with_one_picture(
    office: Post, method: str, when: str
) -> None:
    person, user = office.add_person("ana")
    office.put(office.digest(person))
    getattr(office.sandbox.faults, when)[method] = 3
    office.sandbox.faults.break_after.setdefault("chat.postMessage", 1)
    assert office.deliver()
    message = only(office.sandbox.workspace.dm(user.id))
    assert len(pictures_shown([message])) == 1


@pytest.mark.parametrize("when", ["break_before", "break_after"])
def test_an_answer_in_a_thread_is_looked_for_in_the_thread(office: Post, when: str) -> None:
    channel = office.sandbox.workspace.add_channel("ward-7")
    lane = f"channel:{channel.id}"
    parent = office.put(Letter(kind="card", lane=lane, conversation=channel.id, payload={"text": "Idea 12"}))
    reply = Letter(
        kind="answer",
        lane=lane,
        conversation=channel.id,
        payload={"text": "Thank you"},
        depends_on=parent,
        thread_ts=THREAD_OF_DEPENDENCY,
    )
    office.deliver()
    office.put(reply)
    getattr(office.sandbox.faults, when)["chat.postMessage"] = 1
    assert office.deliver()
    messages = office.sandbox.workspace.messages(channel.id)
    assert [message.text for message in messages] == ["Idea 12", "Thank you"]
    assert messages[1].thread_ts == messages[0].ts


def test_a_lookup_reads_every_page(office: Post) -> None:
    channel = office.sandbox.workspace.add_channel("ward-7", members=[office.add_person("ana")[1].id])
    row_id = office.put(
        Letter(kind="card", lane="ward", conversation=channel.id, payload={"text": "Idea 12"})
    )
    office.sandbox.faults.break_after["chat.postMessage"] = 1
    courier = office.courier()
    courier.run_once()
    for number in range(450):
        office.sandbox.send_message(office.users[0].id, f"chatter {number}", channel.id)
    assert courier.drain(3600)
    assert office.row(row_id).state is OutboxState.SENT
    mine = [m for m in office.sandbox.workspace.messages(channel.id) if m.by_bot]
    assert len(mine) == 1
    assert len(office.sandbox.workspace.calls("conversations.history")) == 3


def test_a_picture_that_slack_takes_its_time_over_is_waited_for(office: Post) -> None:
    office.sandbox.faults.file_processing = 8.0
    person, user = office.add_person("ana")
    office.put(office.digest(person))
    office.deliver()
    message = only(office.sandbox.workspace.dm(user.id))
    assert not message.files
    assert len(pictures_shown([message])) == 1


@pytest.mark.parametrize("trouble", ["never processed", "refused"])
def test_a_picture_that_no_block_may_show_goes_into_the_messages_own_thread(post: Post, trouble: str) -> None:
    if trouble == "refused":
        post.sandbox.faults.refuse_unshared_files = True
    else:
        post.sandbox.faults.file_processing = 3600.0
    person, user = post.add_person("ana")
    row_id = post.put(post.digest(person))
    assert post.deliver()
    words, picture = post.sandbox.workspace.dm(user.id)
    assert [block["type"] for block in words.blocks] == ["section", "section"]
    assert picture.thread_ts == words.ts
    assert picture.files == [post.row(row_id).file_id]
    assert post.row(row_id).outcome == "picture in the thread"


@pytest.mark.parametrize("when", ["break_before", "break_after"])
@pytest.mark.parametrize(
    "method", ["chat.postMessage", "files.completeUploadExternal", "conversations.replies"]
)
def test_the_picture_in_the_thread_is_there_once_too(office: Post, method: str, when: str) -> None:
    office.sandbox.faults.refuse_unshared_files = True
    person, user = office.add_person("ana")
    row_id = office.put(office.digest(person))
    # The first calls go well, so that the break meets the fallback.
    courier = office.courier(workers=1)
    getattr(office.sandbox.faults, when)[method] = 2
    assert courier.drain(3600)
    messages = office.sandbox.workspace.dm(user.id)
    assert len(messages) == 2
    assert pictures_shown(messages) == [office.row(row_id).file_id]


def test_words_that_slack_refuses_are_recorded_with_its_own_error(office: Post) -> None:
    person, user = office.add_person("ana")
    broken = office.put(office.letter(person, payload={"text": "x", "blocks": [{"type": "section"}]}))
    fine = office.put(office.letter(person, "the next one"))
    assert office.deliver()
    assert office.row(broken).state is OutboxState.FAILED
    assert office.row(broken).outcome == "invalid_blocks"
    assert office.row(fine).state is OutboxState.SENT
    assert office.texts(user) == ["the next one"]


def test_the_same_digest_of_a_week_is_put_in_once(post: Post) -> None:
    person, user = post.add_person("ana")
    assert post.put(post.digest(person)) is not None
    assert post.put(post.digest(person)) is None
    post.deliver()
    assert post.put(post.digest(person)) is None
    post.deliver()
    assert len(post.sandbox.workspace.dm(user.id)) == 1


def test_a_place_for_a_picture_that_never_came_is_left_out(office: Post) -> None:
    person, user = office.add_person("ana")
    office.put(office.letter(person, payload={"text": "Your week", "blocks": PICTURE_BLOCKS}))
    assert office.deliver()
    message = only(office.sandbox.workspace.dm(user.id))
    assert [block["type"] for block in message.blocks] == ["section", "section"]


def test_a_channel_may_be_given_by_its_name(office: Post) -> None:
    channel = office.sandbox.workspace.add_channel("ward-7")
    row_id = office.put(Letter(kind="card", lane="ward", conversation="#ward-7", payload={"text": "Idea 12"}))
    assert office.deliver()
    assert office.row(row_id).slack_channel == channel.id
