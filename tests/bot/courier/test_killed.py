"""A courier that is killed, or works beside another one, leaves nobody out and gives nobody two."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing.context import ForkServerProcess

import pytest

from bot.clock import SystemClock
from bot.courier.courier import Courier
from bot.courier.gateway import Gateway
from bot.courier.letters import put
from bot.courier.pace import Pace
from bot.sandbox import BOT_TOKEN, TEAM_ID, Sandbox, User, start_sandbox
from storage.engine import Database
from storage.migrate import upgrade
from storage.people import Person, SlackAccount
from tests.bot.courier import run_courier
from tests.bot.courier.conftest import Post, pictures_shown
from tests.processes import ready_processes

PEOPLE = 20
LEASE = 4.0


@pytest.fixture
def live() -> Iterator[Sandbox]:
    """A local Slack on the machine's own clock: another process cannot share one that stands still."""
    with start_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    """A database that several couriers may share."""
    database = Database(postgres_url)
    upgrade(database)
    yield database
    database.close()


def fill(database: Database, sandbox: Sandbox) -> list[User]:
    """A digest with a picture for each of many people, in one transaction."""
    users = []
    post = Post(database, sandbox, SystemClock())
    with database.write() as session:
        for number in range(PEOPLE):
            email = f"person{number}@example.org"
            user = sandbox.workspace.add_user(name=f"person{number}", email=email)
            person = Person(email=email, name=user.name)
            session.add(person)
            session.flush()
            assert person.id is not None
            session.add(SlackAccount(team_id=TEAM_ID, user_id=user.id, person_id=person.id))
            put(session, post.digest(person.id), now=post.clock.now())
            users.append(user)
    return users


def start(database: Database, sandbox: Sandbox) -> ForkServerProcess:
    url = database.url.render_as_string(hide_password=False)
    process = ready_processes().Process(
        target=run_courier.main, args=(url, sandbox.api_url, str(LEASE)), daemon=True
    )
    process.start()
    return process


def work_begins(sandbox: Sandbox, calls: int, process: ForkServerProcess) -> bool:
    """Wait until the courier has made so many more calls; False where it was done before that."""
    wanted = len(sandbox.workspace.journal) + calls
    while process.is_alive():
        if len(sandbox.workspace.journal) >= wanted:
            return True
        time.sleep(0.002)
    return False


def check(sandbox: Sandbox, users: list[User]) -> None:
    for user in users:
        messages = sandbox.workspace.dm(user.id)
        assert [message.text for message in messages] == ["Your week"], user.name
        assert len(pictures_shown(messages)) == 1, user.name


def kill_and_start_again(database: Database, live: Sandbox, kills: int) -> None:
    """Kill the courier that often, each time in the middle of something; the last one may finish."""
    chance = random.Random(7)
    for _ in range(kills):
        process = start(database, live)
        assert work_begins(live, chance.randrange(8, 40), process), "it was done too soon to be killed"
        time.sleep(chance.uniform(0, 0.01))
        process.kill()
        process.join()
    last = start(database, live)
    last.join()
    assert last.exitcode == 0


def test_killed_while_sending_and_started_again_everybody_gets_one(sqlite: Database, live: Sandbox) -> None:
    users = fill(sqlite, live)
    kill_and_start_again(sqlite, live, 3)
    check(live, users)


def test_killed_between_the_words_and_their_picture_there_is_one_of_each(
    postgres: Database, live: Sandbox
) -> None:
    live.faults.refuse_unshared_files = True
    users = fill(postgres, live)
    kill_and_start_again(postgres, live, 3)
    for user in users:
        words, shared = live.workspace.dm(user.id)
        assert shared.thread_ts == words.ts
        assert len(pictures_shown([words, shared])) == 1


def test_two_couriers_on_one_outbox_give_nobody_two(postgres: Database, live: Sandbox) -> None:
    users = fill(postgres, live)
    live.faults.break_after_chance["chat.postMessage"] = 0.2
    live.faults.break_before_chance["*"] = 0.02
    clock = SystemClock()

    def deliver() -> None:
        pace = Pace(clock, messages_per_minute=10_000, per_minute={})
        gateway = Gateway(BOT_TOKEN, live.api_url, clock, pace=pace)
        lease = timedelta(seconds=LEASE)
        Courier(postgres, gateway, clock, workers=4, settles=0.3, processes=0.05, lease=lease).drain(150)

    threads = [threading.Thread(target=deliver) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(live, users)


def test_told_to_stop_it_finishes_what_it_has_in_hand(sqlite: Database, live: Sandbox) -> None:
    users = fill(sqlite, live)
    clock = SystemClock()
    pace = Pace(clock, messages_per_minute=10_000, per_minute={})
    courier = Courier(sqlite, Gateway(BOT_TOKEN, live.api_url, clock, pace=pace), clock, processes=0.05)
    stop = threading.Event()
    running = threading.Thread(target=courier.run, args=(stop,))
    running.start()
    while not live.workspace.calls("chat.postMessage"):
        time.sleep(0.01)
    stop.set()
    running.join(120)
    assert not running.is_alive()
    posted = len(live.workspace.calls("chat.postMessage"))
    assert courier.outstanding() == PEOPLE - posted

    again = threading.Event()
    running = threading.Thread(target=courier.run, args=(again,))
    running.start()
    while courier.outstanding():
        time.sleep(0.02)
    again.set()
    running.join(120)
    check(live, users)
