"""One that cannot be sent is recorded and reported; the others go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlmodel import Session

from bot.courier.courier import Courier
from bot.courier.desk import Cancel, Defer, Go, Verdict
from bot.courier.gateway import Gateway
from bot.courier.letters import THREAD_OF_DEPENDENCY, Letter
from bot.courier.pace import Pace
from bot.courier.watch import Watch
from storage import outbox_queue
from storage.outbox import OutboxRow
from storage.terms import Op, OutboxState
from tests.bot.courier.conftest import Post

Soon = Callable[[float], datetime]


def failed(post: Post) -> list[tuple[int | None, str]]:
    since = post.clock.now() - timedelta(days=1)
    with post.database.read() as session:
        return [(row.id, row.outcome) for row in outbox_queue.failures(session, since)]


def test_a_deactivated_account_is_recorded_and_the_batch_goes_on(post: Post) -> None:
    gone, gone_user = post.add_person("ana")
    here, here_user = post.add_person("ben")
    post.sandbox.workspace.deactivate(gone_user.id)
    row_id = post.put(post.digest(gone))
    post.put(post.digest(here))
    assert post.deliver()
    assert post.texts(gone_user) == []
    assert post.texts(here_user) == ["Your week"]
    assert failed(post) == [(row_id, "account_inactive")]


def test_a_person_without_an_account_is_recorded(office: Post) -> None:
    person, _ = office.add_person("ana", account=False)
    row_id = office.put(office.letter(person))
    assert office.deliver()
    assert failed(office) == [(row_id, "no_slack_account")]


@pytest.mark.parametrize(("trouble", "error"), [("archive", "is_archived"), ("kick_bot", "not_in_channel")])
def test_a_lost_channel_is_recorded_and_the_others_get_theirs(post: Post, trouble: str, error: str) -> None:
    workspace = post.sandbox.workspace
    lost, kept = workspace.add_channel("ward-7"), workspace.add_channel("ward-8")
    getattr(workspace, trouble)(lost.id)
    letters = [
        Letter(kind="card", lane=f"channel:{c.id}", conversation=c.id, payload={"text": "Idea 12"})
        for c in (lost, kept)
    ]
    row_id, _ = [post.put(letter) for letter in letters]
    assert post.deliver()
    assert failed(post) == [(row_id, error)]
    assert [message.text for message in workspace.messages(kept.id)] == ["Idea 12"]


def test_an_account_whose_email_changed_holds_the_digest(post: Post) -> None:
    person, user = post.add_person("ana")
    user.email = "somebody.else@example.org"
    row_id = post.put(post.digest(person))
    assert post.deliver()
    row = post.row(row_id)
    assert row.state is OutboxState.CANCELLED
    assert row.outcome.startswith("held: the Slack account's email is not the person's")
    assert failed(post) == [(row_id, row.outcome)]
    assert post.sandbox.workspace.dm(user.id) == []


def test_an_email_that_changes_between_two_digests_holds_the_second(office: Post) -> None:
    person, user = office.add_person("ana")
    office.put(office.digest(person, "2025-W29"))
    assert office.deliver()
    user.email = "somebody.else@example.org"
    second = office.put(office.digest(person, "2025-W30"))
    assert office.deliver()
    assert office.row(second).state is OutboxState.CANCELLED
    assert len(office.sandbox.workspace.dm(user.id)) == 1


def test_a_held_digest_may_be_sent_once_the_account_is_right_again(post: Post) -> None:
    person, user = post.add_person("ana")
    user.email = "somebody.else@example.org"
    row_id = post.put(post.digest(person))
    post.deliver()
    user.email = "Ana@Example.org"
    assert post.put(post.digest(person)) == row_id
    assert post.deliver()
    assert post.row(row_id).state is OutboxState.SENT
    assert len(post.sandbox.workspace.dm(user.id)) == 1


def test_what_follows_a_failure_in_the_same_conversation_is_sent(post: Post) -> None:
    person, user = post.add_person("ana")
    post.put(post.letter(person, ""))
    follows = post.put(post.letter(person, "second", depends_on=1))
    assert post.deliver()
    assert post.row(1).outcome == "no_text"
    assert post.row(follows).state is OutboxState.SENT
    assert post.texts(user) == ["second"]


def test_changes_of_and_answers_to_what_was_never_sent_are_cancelled(office: Post) -> None:
    person, user = office.add_person("ana")
    never = office.put(office.letter(person, ""))
    change = office.put(office.letter(person, "changed", op=Op.UPDATE, depends_on=never))
    answer = office.put(office.letter(person, "reply", depends_on=never, thread_ts=THREAD_OF_DEPENDENCY))
    assert office.deliver()
    assert [office.row(id).state for id in (change, answer)] == [OutboxState.CANCELLED] * 2
    assert office.texts(user) == []


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "missing_scope"])
def test_a_wrong_setup_stops_everything_loses_nothing_and_says_what_to_do(office: Post, error: str) -> None:
    people = [office.add_person(name) for name in ("ana", "ben", "cem")]
    for person, _ in people:
        office.put(office.letter(person))
    office.sandbox.faults.errors["chat.postMessage"] = [error] * 3
    courier = office.courier()
    assert not courier.drain(30)
    assert courier.halted is not None
    assert error in courier.halted
    assert courier.outstanding() == 3
    calls = len(office.sandbox.workspace.journal)
    assert sum(courier.run_once()) == 0
    assert len(office.sandbox.workspace.journal) == calls

    office.clock.sleep(120)
    assert courier.drain(600)
    assert courier.halted is None
    assert [office.texts(user) for _, user in people] == [["Your week"]] * 3


def test_a_slack_that_cannot_be_reached_is_tried_again(office: Post) -> None:
    person, _ = office.add_person("ana")
    row_id = office.put(office.letter(person))
    # Port 9 is "discard": nobody listens there.
    away = Gateway("xoxb-none", "http://127.0.0.1:9/api/", office.clock, pace=Pace(office.clock))
    assert not office.deliver(60, gateway=away)
    row = office.row(row_id)
    assert (row.state, row.outcome, row.attempted_at) == (OutboxState.WAITING, "slack_not_reached", None)
    assert office.deliver()
    assert office.row(row_id).state is OutboxState.SENT


def test_a_message_whose_time_is_over_is_not_sent(post: Post, soon: Soon) -> None:
    person, user = post.add_person("ana")
    row_id = post.put(post.letter(person, expires_at=soon(60)))
    later = post.put(post.letter(person, not_before=soon(600), expires_at=soon(60)))
    post.clock.sleep(61)
    assert post.deliver()
    assert [post.row(id).state for id in (row_id, later)] == [OutboxState.EXPIRED] * 2
    assert post.texts(user) == []


def test_a_message_that_was_posted_before_its_time_was_over_is_known_as_sent(
    office: Post, soon: Soon
) -> None:
    person, user = office.add_person("ana")
    row_id = office.put(office.letter(person, expires_at=soon(2)))
    office.sandbox.faults.break_after["chat.postMessage"] = 1
    assert office.deliver()
    assert office.row(row_id).state is OutboxState.SENT
    assert len(office.sandbox.workspace.dm(user.id)) == 1


def test_what_is_no_longer_true_is_cancelled_by_its_guard(post: Post) -> None:
    person, user = post.add_person("ana")
    kept = post.put(post.letter(person, "still", guard={"name": "idea is open", "idea": 1}))
    gone = post.put(post.letter(person, "answered", guard={"name": "idea is open", "idea": 2}))

    def is_open(_session: Session, _row: OutboxRow, guard: Any) -> Verdict:
        return Go() if guard["idea"] == 1 else Cancel("it was answered in the meantime")

    assert post.deliver(guards={"idea is open": is_open})
    assert post.texts(user) == ["still"]
    assert post.row(kept).state is OutboxState.SENT
    assert post.row(gone).outcome == "it was answered in the meantime"


def test_what_its_guard_puts_off_holds_up_nobody(office: Post, soon: Soon) -> None:
    person, user = office.add_person("ana")
    office.put(office.letter(person, "after the weekend", guard={"name": "working time"}))
    office.put(office.letter(person, "now"))
    monday = soon(3600)

    def working_time(_session: Session, _row: OutboxRow, _guard: Any) -> Verdict:
        return Go() if office.clock.now() >= monday else Defer(monday, "outside working time")

    assert not office.deliver(60, guards={"working time": working_time})
    assert office.texts(user) == ["now"]
    assert office.deliver(7200, guards={"working time": working_time})
    assert office.texts(user) == ["now", "after the weekend"]


def test_whoever_put_it_in_hears_in_the_same_transaction(post: Post) -> None:
    person, _ = post.add_person("ana")
    gone, _ = post.add_person("ben", account=False)
    heard: list[tuple[str, OutboxState]] = []

    def on_finished(_session: Session, row: OutboxRow) -> None:
        heard.append((row.lane, row.state))

    post.put(post.digest(person))
    post.put(post.digest(gone))
    assert post.deliver(on_finished=on_finished)
    assert sorted(heard) == [
        (f"person:{person}", OutboxState.SENT),
        (f"person:{gone}", OutboxState.FAILED),
    ]


def test_what_happens_is_counted_in_the_registry_that_is_handed_in(office: Post) -> None:
    registry = CollectorRegistry()
    person, _ = office.add_person("ana")
    office.put(office.digest(person))
    office.sandbox.faults.break_after["chat.postMessage"] = 1
    gateway = office.gateway(watch=Watch(registry))
    assert Courier(office.database, gateway, office.clock).drain(600)

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert value("rounds_outbox_finished_total", kind="digest", state="sent") == 1
    assert value("rounds_outbox_looked_up_total", found="yes") == 1
    assert value("rounds_slack_calls_total", method="chat.postMessage", outcome="unknown") == 1


def test_nothing_that_is_said_and_no_token_reaches_the_log(
    office: Post, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    person, _ = office.add_person("ana")
    caplog.set_level("DEBUG")
    office.put(office.letter(person, "a secret figure: 86"))
    office.put(office.letter(person, payload={"text": "a secret figure: 86", "blocks": [{"type": "?"}]}))
    office.sandbox.faults.break_after["chat.postMessage"] = 1
    assert office.deliver()
    captured = capsys.readouterr()
    everything = captured.out + captured.err + caplog.text
    assert "finished" in everything
    assert "secret" not in everything
    assert "xoxb" not in everything
