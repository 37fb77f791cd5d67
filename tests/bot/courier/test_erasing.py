"""A message that is changed keeps its picture, or loses it together with its file."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bot.courier.letters import Letter
from bot.courier.outcomes import Permanent
from bot.sandbox import Manifest
from storage.terms import Op, OutboxState
from tests.bot.courier.conftest import CHART, PICTURE_BLOCKS, Post, pictures_shown, png

GONE = [{"type": "section", "text": {"type": "mrkdwn", "text": "Taken away"}}]


def sent(post: Post, channel: str) -> int:
    """A message with a picture, sent."""
    letter = Letter(
        kind="card",
        lane=f"channel:{channel}",
        conversation=channel,
        payload={"text": "Your week", "blocks": PICTURE_BLOCKS},
        picture=CHART,
    )
    row_id = post.put(letter)
    assert post.deliver()
    assert row_id is not None
    return row_id


def change(channel: str, original: int | None, **payload: Any) -> Letter:
    return Letter(
        kind="card",
        lane=f"channel:{channel}",
        payload={"text": "Changed", "blocks": GONE, **payload},
        op=Op.UPDATE,
        depends_on=original,
    )


@pytest.fixture
def channel(office: Post) -> str:
    return office.sandbox.workspace.add_channel("ward-7").id


def shown(office: Post, channel: str) -> list[str]:
    return pictures_shown(office.sandbox.workspace.messages(channel))


def test_a_changed_message_keeps_its_picture_where_its_blocks_keep_a_place(
    office: Post, channel: str
) -> None:
    original = sent(office, channel)
    [before] = shown(office, channel)
    office.put(change(channel, original, blocks=[*PICTURE_BLOCKS, *GONE]))
    assert office.deliver()
    assert shown(office, channel) == [before]


def test_a_place_for_a_picture_that_there_never_was_is_left_out(office: Post, channel: str) -> None:
    letter = Letter(kind="card", lane="x", conversation=channel, payload={"text": "No picture"})
    original = office.put(letter)
    row = office.put(change(channel, original, blocks=PICTURE_BLOCKS))
    assert office.deliver()
    assert office.row(row).state is OutboxState.SENT
    assert shown(office, channel) == []


def test_a_picture_that_was_deleted_does_not_keep_the_words_from_being_changed(
    office: Post, channel: str
) -> None:
    original = sent(office, channel)
    [file_id] = shown(office, channel)
    office.sandbox.workspace.files[file_id].deleted = True
    row = office.put(change(channel, original, blocks=[*PICTURE_BLOCKS, *GONE]))
    assert office.deliver()
    assert office.row(row).state is OutboxState.SENT
    [message] = office.sandbox.workspace.messages(channel)
    assert (message.text, shown(office, channel)) == ("Changed", [])


def test_the_messages_own_picture_is_deleted_with_it(office: Post, channel: str) -> None:
    original = sent(office, channel)
    [file_id] = shown(office, channel)
    office.put(change(channel, original, erase_own_picture=True))
    assert office.deliver()
    assert office.sandbox.workspace.files[file_id].deleted
    assert shown(office, channel) == []


def test_further_files_are_deleted_and_one_that_is_gone_counts_as_done(office: Post, channel: str) -> None:
    original = sent(office, channel)
    [file_id] = shown(office, channel)
    row = office.put(change(channel, original, erase_files=["F0NOSUCH", file_id]))
    assert office.deliver()
    assert office.row(row).state is OutboxState.SENT
    assert office.sandbox.workspace.files[file_id].deleted
    again = office.put(change(channel, original, erase_files=[file_id]))
    assert office.deliver()
    assert office.row(again).state is OutboxState.SENT


@pytest.mark.parametrize("fault", ["chat.update", "files.delete"])
def test_a_file_is_deleted_after_its_message_was_changed_however_often_it_takes(
    office: Post, channel: str, fault: str
) -> None:
    original = sent(office, channel)
    [file_id] = shown(office, channel)
    office.sandbox.faults.break_after[fault] = 2
    office.sandbox.faults.break_before[fault] = 1
    row = office.put(change(channel, original, erase_own_picture=True))
    assert office.deliver()
    assert office.row(row).state is OutboxState.SENT
    assert office.sandbox.workspace.files[file_id].deleted
    journal = [call for call in office.sandbox.workspace.journal if call.outcome == "ok"]
    done = [call.method for call in journal if call.method in ("chat.update", "files.delete")]
    assert done[0] == "chat.update"


def test_a_picture_that_slack_does_not_let_go_is_reported(office: Post, channel: str) -> None:
    original = sent(office, channel)
    office.sandbox.faults.errors["files.delete"] = ["cant_delete_file"]
    row = office.put(change(channel, original, erase_own_picture=True))
    assert office.deliver()
    found = office.row(row)
    assert (found.state, found.outcome) == (OutboxState.FAILED, "cant_delete_file")
    assert shown(office, channel) == []


def test_the_picture_of_a_message_that_somebody_deleted_goes_as_well(office: Post, channel: str) -> None:
    original = sent(office, channel)
    [file_id] = shown(office, channel)
    where = office.sandbox.workspace.channels[channel]
    office.sandbox.workspace.remove(where, where.messages[0])
    row = office.put(change(channel, original, erase_own_picture=True))
    assert office.deliver()
    assert office.row(row).outcome == "message_not_found"
    assert office.sandbox.workspace.files[file_id].deleted


def test_a_picture_of_a_reply_that_slack_does_not_show_goes_into_the_thread_it_stands_in(
    office: Post, channel: str
) -> None:
    parent = office.put(Letter(kind="card", lane="x", conversation=channel, payload={"text": "Idea"}))
    office.sandbox.faults.refuse_unshared_files = True
    letter = Letter(
        kind="picture",
        lane="x",
        conversation=channel,
        payload={"text": "A picture", "blocks": PICTURE_BLOCKS},
        picture=CHART,
        thread_ts="dependency",
        depends_on=parent,
    )
    row = office.put(letter)
    assert office.deliver()
    card, words, picture = office.sandbox.workspace.messages(channel)
    assert (words.thread_ts, picture.thread_ts) == (card.ts, card.ts)
    office.put(change("x", row, erase_own_picture=True))
    assert office.deliver()
    assert office.sandbox.workspace.files[picture.files[0]].deleted


def test_a_channel_without_rounds_in_it_is_reported_in_words(office: Post) -> None:
    channel = office.sandbox.workspace.add_channel("ward-8", bot=False).id
    row = office.put(Letter(kind="card", lane="x", conversation=channel, payload={"text": "Idea"}))
    assert office.deliver()
    assert (office.row(row).state, office.row(row).outcome) == (OutboxState.FAILED, "not_in_channel")


@pytest.mark.parametrize("in_thread", [False, True])
def test_a_post_to_a_channel_whose_answer_was_lost_is_found_again(
    office: Post, channel: str, in_thread: bool
) -> None:
    parent = office.put(Letter(kind="card", lane="x", conversation=channel, payload={"text": "Idea"}))
    assert office.deliver()
    office.sandbox.faults.break_after["chat.postMessage"] = 1
    reply = {"thread_ts": "dependency", "depends_on": parent} if in_thread else {}
    row = office.put(
        Letter(kind="note", lane="x", conversation=channel, payload={"text": "News"}, **reply)  # type: ignore[arg-type]
    )
    assert office.deliver()
    assert office.row(row).state is OutboxState.SENT
    assert [m.text for m in office.sandbox.workspace.messages(channel)] == ["Idea", "News"]


# -- downloads ----


def test_the_bytes_of_a_file_come_with_the_token(office: Post) -> None:
    office.sandbox.workspace.add_user("U1", name="ana")
    file_id = office.sandbox.upload_file("U1", "ward 4 & 5.png", png())
    about = office.gateway().call("files.info", {"file": file_id})
    url = about.data["file"]["url_private_download"]  # type: ignore[union-attr]
    assert office.gateway().download(url, most=1000) == png()
    assert office.gateway().download(url, most=10) == Permanent("file_too_large")
    office.sandbox.workspace.files[file_id].deleted = True
    office.sandbox.workspace.files[file_id].content = None
    assert office.gateway().download(url, most=1000) == Permanent("http_404")


def test_a_redirection_is_not_followed(office: Post) -> None:
    office.sandbox.workspace.add_user("U1", name="ana")
    file_id = office.sandbox.upload_file("U1", "photo.png", png())
    office.sandbox._api.manifest = Manifest(scopes=frozenset({"chat:write"}))
    url = office.sandbox.workspace.files[file_id].as_slack()["url_private_download"]
    assert office.gateway().download(url, most=1000) == Permanent("http_302")


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another server, and the headers that reached it."""
    heard: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(str(self.headers))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_about: Any) -> None:
            return

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_token_goes_nowhere_but_to_slack(office: Post, elsewhere: tuple[str, list[str]]) -> None:
    url, heard = elsewhere
    for address in (
        f"{url}/file",
        "file:///etc/hostname",
        "https://slack.com.example/f",
        "http://files.slack.com/f",
        "",
    ):
        assert office.gateway().download(address, most=10) == Permanent("invalid_download_url")
    assert heard == []


def test_a_file_that_is_a_page_for_signing_in_is_no_file(
    elsewhere: tuple[str, list[str]], office: Post
) -> None:
    page = office.sandbox.page_url  # answers with HTML, as Slack does where the token may not have a file
    assert office.gateway().download(page, most=10**6) == Permanent("no_file")
