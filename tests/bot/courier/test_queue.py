"""First in, first out per conversation; the most pressing first; nothing lost, nothing twice."""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlmodel import select

from bot.clock import ManualClock
from bot.courier.letters import Letter, put
from storage import outbox_queue
from storage.engine import Database
from storage.outbox import OutboxRow
from storage.tables import metadata
from storage.terms import OutboxState, Priority
from tests.bot.courier.conftest import Post

Soon = Callable[[float], datetime]
LEASE = timedelta(seconds=60)


def claim(post: Post, limit: int = 10, owner: str = "a", **options: Any) -> list[int | None]:
    with post.database.write() as session:
        rows = outbox_queue.claim(
            session, now=post.clock.now(), owner=owner, lease=LEASE, limit=limit, **options
        )
        return [row.id for row in rows]


def letter(lane: str, **changes: Any) -> Letter:
    given: dict[str, Any] = {
        "kind": "notice",
        "lane": lane,
        "conversation": "C0WARD0007",
        "payload": {"text": lane},
    }
    return Letter(**(given | changes))


def test_of_each_lane_only_the_oldest_is_taken(post: Post) -> None:
    a1, _, b1 = [post.put(letter(lane)) for lane in ("a", "a", "b")]
    assert claim(post) == [a1, b1]
    assert claim(post) == []


def test_answers_go_before_bulk(post: Post) -> None:
    bulk = post.put(letter("a", priority=Priority.BULK))
    notice = post.put(letter("b"))
    answer = post.put(letter("c", priority=Priority.ANSWER))
    assert claim(post) == [answer, notice, bulk]


def test_an_answer_lends_its_haste_to_what_it_waits_behind(post: Post) -> None:
    lanes = [post.put(letter(lane, priority=Priority.BULK)) for lane in ("a", "b", "c")]
    post.put(letter("c", priority=Priority.ANSWER))
    assert claim(post, limit=1, urgent_only=True) == [lanes[2]]
    assert claim(post, urgent_only=True) == []
    assert claim(post) == lanes[:2]


def test_what_is_for_later_holds_up_nobody(post: Post, soon: Soon) -> None:
    later = post.put(letter("a", not_before=soon(30)))
    now = post.put(letter("a"))
    assert claim(post) == [now]
    post.clock.sleep(31)
    assert claim(post) == []
    with post.database.write() as session:
        row = session.get_one(OutboxRow, now)
        outbox_queue.finish(session, row, OutboxState.SENT, "", now=post.clock.now())
    assert claim(post) == [later]


def test_what_was_begun_keeps_its_place(post: Post, soon: Soon) -> None:
    first = post.put(letter("a"))
    second = post.put(letter("a"))
    claim(post)
    with post.database.write() as session:
        row = session.get_one(OutboxRow, first)
        row.attempts = 1
        outbox_queue.put_back(session, row, not_before=soon(30), why="ratelimited")
    assert claim(post) == []
    post.clock.sleep(31)
    assert claim(post) == [first]
    assert second is not None


def test_a_lease_that_has_run_out_is_anybodys(post: Post) -> None:
    row_id = post.put(letter("a"))
    assert claim(post, owner="a") == [row_id]
    assert claim(post, owner="b") == []
    post.clock.sleep(61)
    assert claim(post, owner="b") == [row_id]
    with post.database.write() as session:
        now = post.clock.now()
        assert outbox_queue.hold(session, row_id or 0, owner="a", now=now, lease=LEASE) is None
        assert outbox_queue.hold(session, row_id or 0, owner="b", now=now, lease=LEASE) is not None


def test_the_only_courier_takes_over_at_once(post: Post) -> None:
    row_id = post.put(letter("a"))
    claim(post, owner="killed")
    assert post.courier().take_over() == 1
    assert claim(post, owner="b") == [row_id]


def test_what_depends_on_another_waits_for_it_across_lanes(post: Post) -> None:
    first = post.put(letter("a"))
    second = post.put(letter("b", depends_on=first))
    assert claim(post) == [first]
    with post.database.write() as session:
        row = session.get_one(OutboxRow, first)
        outbox_queue.finish(session, row, OutboxState.FAILED, "is_archived", now=post.clock.now())
    assert claim(post) == [second]


def test_a_newer_update_does_not_change_one_that_is_on_its_way(post: Post) -> None:
    first = post.put(letter("a", coalesce_key="card:12"))
    claim(post)
    second = post.put(letter("a", coalesce_key="card:12"))
    third = post.put(letter("a", coalesce_key="card:12"))
    assert first != second == third


def test_many_who_put_in_the_same_at_once_make_one_row(post: Post) -> None:
    made: list[int | None] = []
    start = threading.Barrier(8)

    def plan() -> None:
        start.wait()
        made.append(post.put(letter("a", period="2025-W29")))

    threads = [threading.Thread(target=plan) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(row_id is not None for row_id in made) == 1


def test_two_couriers_at_one_outbox_never_take_the_same(post: Post) -> None:
    for number in range(60):
        post.put(letter(f"lane{number}"))
    taken: dict[str, list[int | None]] = {"a": [], "b": []}

    def take(owner: str) -> None:
        while got := claim(post, limit=3, owner=owner):
            taken[owner] += got

    threads = [threading.Thread(target=take, args=(owner,)) for owner in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = taken["a"] + taken["b"]
    assert sorted(everything, key=lambda row_id: row_id or 0) == list(range(1, 61))


def test_what_is_left_and_what_became_of_the_rest_can_be_asked(post: Post, soon: Soon) -> None:
    person, _ = post.add_person("ana")
    post.put(post.letter(person))
    post.put(post.digest(person))
    with post.database.read() as session:
        assert outbox_queue.outstanding(session) == 2
        assert outbox_queue.outstanding(session, ["digest"]) == 1
        assert outbox_queue.next_due(session) == post.clock.now()
    assert post.deliver()
    with post.database.read() as session:
        assert outbox_queue.outstanding(session) == 0
        assert outbox_queue.next_due(session) is None
        assert outbox_queue.counts(session, kinds=["digest"]) == {OutboxState.SENT: 1}
        assert outbox_queue.counts(session, since=soon(1)) == {}


class QueueMachine(RuleBasedStateMachine):
    """Letters go in, couriers claim, finish, fail, put back and die, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.database = Database(f"sqlite:///{Path(self._folder.name) / 'queue.db'}")
        metadata.create_all(self.database.engine)
        self.clock = ManualClock(datetime(2025, 7, 21, 8, tzinfo=UTC))
        self.held: dict[int, tuple[str, datetime]] = {}
        self.begun: dict[str, list[int]] = defaultdict(list)
        self.put_in = 0
        self.finished: set[int] = set()

    def teardown(self) -> None:
        self.database.close()
        self._folder.cleanup()

    @rule(
        lane=st.sampled_from("abc"),
        delay=st.sampled_from([0, 0, 0, 90]),
        priority=st.sampled_from([Priority.ANSWER, Priority.NOTICE, Priority.BULK]),
    )
    def put(self, lane: str, delay: int, priority: int) -> None:
        not_before = self.clock.now() + timedelta(seconds=delay)
        with self.database.write() as session:
            row_id = put(
                session, letter(lane, not_before=not_before, priority=priority), now=self.clock.now()
            )
        assert row_id is not None
        self.put_in += 1

    @rule(owner=st.sampled_from("xyz"), limit=st.integers(1, 3))
    def claim(self, owner: str, limit: int) -> None:
        now = self.clock.now()
        with self.database.write() as session:
            rows = outbox_queue.claim(session, now=now, owner=owner, lease=LEASE, limit=limit)
        lanes = [row.lane for row in rows]
        assert len(set(lanes)) == len(lanes)
        for row in rows:
            assert row.id is not None
            assert row.id not in self.finished
            if row.id in self.held:
                assert self.held[row.id][1] <= now, "somebody else has it"
            others = [id for id in self.begun[row.lane] if id != row.id and id in self.held]
            assert all(self.held[id][1] <= now for id in others), "two of a lane at a time"
            self.held[row.id] = (owner, now + LEASE)
            if row.id not in self.begun[row.lane]:
                self.begun[row.lane].append(row.id)

    @precondition(lambda self: self.held)
    @rule(choice=st.randoms(use_true_random=False), again=st.booleans())
    def finish_or_put_back(self, choice: random.Random, again: bool) -> None:
        row_id = choice.choice(sorted(self.held))
        owner, _ = self.held[row_id]
        now = self.clock.now()
        with self.database.write() as session:
            row = outbox_queue.hold(session, row_id, owner=owner, now=now, lease=LEASE)
            assert row is not None
            if again:
                row.attempts += 1
                outbox_queue.put_back(session, row, not_before=now + timedelta(seconds=5), why="again")
            else:
                outbox_queue.finish(session, row, OutboxState.SENT, "", now=now)
                self.finished.add(row_id)
        del self.held[row_id]

    @rule(seconds=st.sampled_from([1, 10, 61]))
    def wait(self, seconds: int) -> None:
        self.clock.sleep(seconds)

    @invariant()
    def nothing_is_lost(self) -> None:
        with self.database.read() as session:
            left = outbox_queue.outstanding(session)
        assert left + len(self.finished) == self.put_in

    @rule()
    def everything_gets_out_in_the_end(self) -> None:
        """With everybody dead and time passing, one courier empties the outbox, in order."""
        self.clock.sleep(200)
        self.held.clear()
        while True:
            with self.database.write() as session:
                rows = outbox_queue.claim(session, now=self.clock.now(), owner="last", lease=LEASE, limit=5)
                for row in rows:
                    assert row.id is not None
                    outbox_queue.finish(session, row, OutboxState.SENT, "", now=self.clock.now())
                    self.finished.add(row.id)
            if not rows:
                break
        with self.database.read() as session:
            ends = session.exec(select(OutboxRow.state)).all()
        assert all(state is OutboxState.SENT for state in ends)


TestQueueInAnyOrder = QueueMachine.TestCase
TestQueueInAnyOrder.settings = hypothesis_settings(max_examples=10, stateful_step_count=20, deadline=None)
