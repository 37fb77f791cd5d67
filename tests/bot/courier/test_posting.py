"""A message is posted once, with its picture, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from bot.courier import posting
from bot.courier.desk import Desk, Go, Lost, Sent, Step, Verdict
from bot.courier.gateway import Gateway
from bot.courier.letters import MADE_FILE, THREAD_OF_DEPENDENCY, Letter
from bot.courier.outcomes import Outcome
from bot.courier.pace import POST
from bot.sandbox import BOT_TOKEN, TEAM_ID, Message
from storage import outbox_queue
from storage.outbox import OutboxPicture, OutboxRow
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


def own_file(post: Post, person: int) -> Letter:
    made = {"maker": "mine", "name": "mine.json", "person": person}
    return post.letter(person, payload={"text": "Your data", MADE_FILE: made})


@pytest.mark.parametrize("breaks", ["", "chat.postMessage", "files.completeUploadExternal"])
def test_a_file_is_made_when_it_is_sent_comes_once_and_is_stored_nowhere(office: Post, breaks: str) -> None:
    person, user = office.add_person("ana")
    row_id = office.put(own_file(office, person))
    if breaks:
        office.sandbox.faults.break_after[breaks] = 1
    assert office.deliver(files={"mine": lambda _session, wanted: str(wanted["person"]).encode()})
    message, shared = office.sandbox.workspace.dm(user.id)
    assert shared.thread_ts == message.ts
    file = office.sandbox.workspace.files[shared.files[0]]
    assert (file.name, file.content, file.conversations) == (
        "mine.json",
        str(person).encode(),
        {message.channel},
    )
    with office.database.read() as session:
        assert session.get(OutboxPicture, row_id) is None


def test_a_file_with_nothing_to_bring_any_more_is_not_announced(office: Post) -> None:
    person, user = office.add_person("ana")
    row_id = office.put(own_file(office, person))
    assert office.deliver(files={"mine": lambda *_: None})
    assert office.sandbox.workspace.dm(user.id) == []
    assert office.row(row_id).state is OutboxState.CANCELLED


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


def test_a_person_with_accounts_in_two_workspaces_is_written_to_in_this_one(post: Post) -> None:
    person, user = post.add_person("ana")
    with post.database.write() as session:
        session.add(SlackAccount(team_id="TZZZZZZZZ", user_id="U0OLD00000", person_id=person))
    row_id = post.put(post.letter(person))
    assert post.deliver(team_id=TEAM_ID)
    assert post.row(row_id).state is OutboxState.SENT
    assert post.texts(user) == ["Your week"]


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


def shown_again(file_id: str) -> dict[str, Any]:
    words, picture, question = PICTURE_BLOCKS
    return {"text": "Your week", "blocks": [words, {**picture, "slack_file": {"id": file_id}}, question]}


def test_a_message_shown_again_goes_out_without_a_picture_that_is_gone(post: Post) -> None:
    person, user = post.add_person("ana")
    row_id = post.put(post.letter(person, payload=shown_again("F0GONE0000")))
    assert post.deliver()
    message = only(post.sandbox.workspace.dm(user.id))
    assert [block["type"] for block in message.blocks] == ["section", "section"]
    row = post.row(row_id)
    assert row.state is OutboxState.SENT
    assert row.outcome.startswith("without its picture: invalid_blocks")


def test_a_message_shown_again_keeps_a_picture_that_is_there(office: Post) -> None:
    person, user = office.add_person("ana")
    first = office.put(office.digest(person))
    office.deliver()
    file_id = office.row(first).file_id
    assert file_id is not None
    again = office.put(office.letter(person, payload=shown_again(file_id)))
    assert office.deliver()
    assert pictures_shown(office.sandbox.workspace.dm(user.id)) == [file_id, file_id]
    assert office.row(again).outcome == ""


@pytest.mark.parametrize("when", ["break_before", "break_after"])
@pytest.mark.parametrize("breaks", [1, 2])
def test_without_its_lost_picture_too_a_message_arrives_once(office: Post, when: str, breaks: int) -> None:
    person, user = office.add_person("ana")
    row_id = office.put(office.letter(person, payload=shown_again("F0GONE0000")))
    getattr(office.sandbox.faults, when)["chat.postMessage"] = breaks
    assert office.deliver()
    assert office.row(row_id).state is OutboxState.SENT
    assert office.texts(user) == ["Your week"]


class Interrupted(Gateway):
    """The real gateway, and a moment between a message's intention and its first call."""

    def __init__(self, post: Post, meanwhile: Callable[[], None]) -> None:
        plain = post.gateway()
        super().__init__(BOT_TOKEN, post.sandbox.api_url, post.clock, pace=plain.pace)
        self._meanwhile: Callable[[], None] | None = meanwhile

    def call_now(self, method: str, arguments: Mapping[str, Any] | None = None) -> Outcome:
        meanwhile, self._meanwhile = self._meanwhile, None if method == POST else self._meanwhile
        if method == POST and meanwhile is not None:
            meanwhile()
        return super().call_now(method, arguments)


@pytest.mark.parametrize("names", [("a", "b"), ("a", "a")], ids=["names of their own", "the same name"])
def test_whoever_wakes_up_after_its_lease_leaves_the_message_to_the_other(
    post: Post, names: tuple[str, str]
) -> None:
    person, user = post.add_person("ana")
    post.put(post.letter(person))
    slow: list[Step] = []
    gateway = Interrupted(post, lambda: slow.append(posting.post(desk, first)))
    desk = Desk(post.database, gateway, post.clock, "courier")

    def claim(name: str) -> OutboxRow:
        with post.database.write() as session:
            now = post.clock.now()
            [row] = outbox_queue.claim(session, now=now, owner=name, lease=desk.lease, limit=1)
        return row

    first = claim(names[0])
    post.clock.sleep(desk.lease.total_seconds() + 1)
    second = claim(names[1])
    assert isinstance(posting.post(desk, second), Sent)
    assert slow == [Lost()]
    assert post.texts(user) == ["Your week"]


def test_each_claim_of_one_courier_has_a_lease_of_its_own(office: Post) -> None:
    names: list[str | None] = []

    def note(_: Session, row: OutboxRow, __: Mapping[str, Any]) -> Verdict:
        names.append(row.lease_owner)
        return Go()

    person, _ = office.add_person("ana")
    courier = office.courier(owner="x" * 80, guards={"note": note})
    for text in ("one", "two"):
        office.put(office.letter(person, text, guard={"name": "note"}))
        assert sum(courier.run_once()) == 1
    assert len(set(names)) == 2
    assert all(name is not None and len(name) <= 64 for name in names)


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
