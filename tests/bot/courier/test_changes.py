"""Updates coalesce and are rendered when sent; answers and Homes reach whom they are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlmodel import Session

from bot.courier.letters import RESPONSE_LIFE, Letter, put
from storage.outbox import OutboxRow
from storage.terms import Op, OutboxState, Priority
from tests.bot.courier.conftest import Post


def card(channel: str, text: str = "Idea 12: new", **changes: Any) -> Letter:
    given: dict[str, Any] = {
        "kind": "card",
        "lane": f"channel:{channel}",
        "conversation": channel,
        "payload": {"text": text},
    }
    return Letter(**(given | changes))


def test_updates_that_still_wait_become_one(post: Post) -> None:
    channel = post.sandbox.workspace.add_channel("ward-7").id
    original = post.put(card(channel))
    update = {"op": Op.UPDATE, "depends_on": original, "coalesce_key": "card:12"}
    first = post.put(card(channel, "Idea 12: seen", **update))
    second = post.put(card(channel, "Idea 12: accepted", **update))
    assert first == second
    assert post.deliver()
    [message] = post.sandbox.workspace.messages(channel)
    assert message.text == "Idea 12: accepted"
    assert len(post.sandbox.workspace.calls("chat.update")) == 1


def test_an_update_after_one_that_was_sent_is_sent_as_well(post: Post) -> None:
    channel = post.sandbox.workspace.add_channel("ward-7").id
    original = post.put(card(channel))
    update = {"op": Op.UPDATE, "depends_on": original, "coalesce_key": "card:12"}
    post.put(card(channel, "Idea 12: seen", **update))
    assert post.deliver()
    post.put(card(channel, "Idea 12: accepted", **update))
    assert post.deliver()
    assert [m.text for m in post.sandbox.workspace.messages(channel)] == ["Idea 12: accepted"]


def test_an_update_says_what_is_true_when_it_is_sent(office: Post) -> None:
    channel = office.sandbox.workspace.add_channel("ward-7").id
    state = {"word": "new"}

    def render(_session: Session, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"text": f"Idea {asked['idea']}: {state['word']}"}

    original = office.put(card(channel))
    payload = {"render": "card", "idea": 12}
    office.put(card(channel, op=Op.UPDATE, depends_on=original, payload=payload))
    state["word"] = "accepted"
    assert office.deliver(renderers={"card": render})
    assert [m.text for m in office.sandbox.workspace.messages(channel)] == ["Idea 12: accepted"]


def test_what_has_nothing_to_say_any_more_is_cancelled(office: Post) -> None:
    channel = office.sandbox.workspace.add_channel("ward-7").id
    row_id = office.put(card(channel, payload={"render": "card"}))
    assert office.deliver(renderers={"card": lambda _session, _asked: None})
    assert office.row(row_id).state is OutboxState.CANCELLED
    assert office.sandbox.workspace.messages(channel) == []


@pytest.mark.parametrize("when", ["break_before", "break_after"])
def test_an_update_whose_connection_broke_is_made_again(office: Post, when: str) -> None:
    channel = office.sandbox.workspace.add_channel("ward-7").id
    original = office.put(card(channel))
    office.put(card(channel, "Idea 12: seen", op=Op.UPDATE, depends_on=original))
    getattr(office.sandbox.faults, when)["chat.update"] = 1
    assert office.deliver()
    assert [m.text for m in office.sandbox.workspace.messages(channel)] == ["Idea 12: seen"]


def test_a_message_may_be_changed_by_its_ts(office: Post) -> None:
    channel = office.sandbox.workspace.add_channel("ward-7").id
    original = office.put(card(channel))
    office.deliver()
    ts = office.row(original).slack_ts
    office.put(card(channel, op=Op.UPDATE, payload={"text": "Idea 12: seen", "ts": ts}))
    assert office.deliver()
    assert [m.text for m in office.sandbox.workspace.messages(channel)] == ["Idea 12: seen"]


def test_a_home_is_published_to_its_person(office: Post) -> None:
    person, user = office.add_person("ana")
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "Your ideas"}}
    view = {"type": "home", "blocks": [block]}
    row_id = office.put(office.letter(person, op=Op.PUBLISH, payload=view))
    assert office.deliver()
    assert office.row(row_id).state is OutboxState.SENT
    home = office.sandbox.workspace.home(user.id)
    assert home is not None
    assert home.payload["blocks"][0]["text"]["text"] == "Your ideas"


def respond(post: Post, key: str) -> Letter:
    url = f"{post.sandbox.url}/response/{key}"
    return Letter(
        kind="answer",
        lane=f"response:{key}",
        op=Op.RESPOND,
        conversation=url,
        priority=Priority.ANSWER,
        payload={"response_type": "ephemeral", "text": "Saved as idea 12"},
    )


def test_an_answer_goes_to_whoever_asked(office: Post) -> None:
    _, user = office.add_person("ana")
    workspace = office.sandbox.workspace
    channel = workspace.add_channel("ward-7", members=[user.id])
    row_id = office.put(respond(office, workspace.new_response_url(user.id, channel.id)))
    assert office.deliver()
    assert office.row(row_id).state is OutboxState.SENT
    assert [m.text for m in workspace.ephemerals_for(user.id)] == ["Saved as idea 12"]


def test_an_answer_to_an_address_that_is_used_up_is_recorded(office: Post) -> None:
    _, user = office.add_person("ana")
    workspace = office.sandbox.workspace
    key = workspace.new_response_url(user.id, workspace.add_channel("ward-7").id)
    workspace.response_urls[key].uses = 5
    row_id = office.put(respond(office, key))
    assert office.deliver()
    assert (office.row(row_id).state, office.row(row_id).outcome) == (OutboxState.FAILED, "used_url")


def test_an_answer_is_not_kept_longer_than_its_address_lives(office: Post) -> None:
    _, user = office.add_person("ana")
    workspace = office.sandbox.workspace
    row_id = office.put(
        respond(office, workspace.new_response_url(user.id, workspace.add_channel("ward-7").id))
    )
    office.clock.sleep(RESPONSE_LIFE.total_seconds() + 1)
    assert office.deliver()
    assert office.row(row_id).state is OutboxState.EXPIRED


def test_a_letter_goes_out_only_if_what_it_tells_of_is_kept(post: Post) -> None:
    person, user = post.add_person("ana")

    class Undecided(Exception):
        pass

    def change() -> None:
        with post.database.write() as session:
            put(session, post.letter(person), now=post.clock.now())
            raise Undecided

    with pytest.raises(Undecided):
        change()
    assert post.deliver()
    assert post.texts(user) == []
    with post.database.read() as session:
        assert session.get(OutboxRow, 1) is None


def test_a_letter_without_a_place_to_go_is_refused(office: Post) -> None:
    with pytest.raises(ValueError, match="needs a recipient or a conversation"):
        office.put(Letter(kind="notice", lane="nowhere", payload={"text": "?"}))
