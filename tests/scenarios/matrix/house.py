"""One hospital for the whole table of who sees and does what, and how its buttons and forms are forged."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from slack_bolt import BoltRequest
from sqlmodel import Session, select

from bot.access import identify, with_duties
from bot.home import view as home
from bot.ideas.doing import Doing, Done, Outcome
from bot.sandbox import TEAM_ID, Message
from storage.people import Person, Unit
from tests.scenarios.conftest import WEEK, everything_in
from tests.scenarios.ideas import Story, said

# The subject works in Ash Ward, as one of the physicians. All data are hers, but for those that say
# otherwise. The last two had all that others have (a digest, a yes to names, a place as stand-in of a leader
# of Ash Ward) before one's account came to have another email address, and the other was erased.
ROLES: Final = MappingProxyType(
    {
        "stranger": "Sam Visitor",
        "subject": "Priya Nair",
        "peer": "Siobhan Kelly",  # same peer group, another ward; agreed to names
        "silent peer": "Rebecca Thornton",  # the same, did not say
        "other group": "Alice Penrose",  # a clinician of another peer group
        "colleague": "Maria Santos",  # of the same ward, no clinician; looks after one of her ideas
        "leader": "David Llewellyn",
        "manager": "Blessing Afolabi",
        "deputy": "James Hartley",  # of Ash Ward; a physician too, who agreed to names
        "stand-in": "Chloe Sanderson",  # for the clinical leader
        "other leader": "Owen Pritchard",  # of Beech Ward
        "leader above": "Ruth Adeyemi",
        "analyst": "Yusuf Rahman",
        "administrator": "Helen Whitworth",
        "coach": "Grace Mensah",
        "approver": "Isla Fraser",
        "unconfirmed": "Daniel Osei",
        "erased": "Imran Siddiqui",
    }
)
EVERYBODY: Final = frozenset(ROLES)
NOBODY: Final[frozenset[str]] = frozenset()
HERS: Final = frozenset({"subject"})
# Whose account Rounds knows to be theirs.
KNOWN: Final = EVERYBODY - {"stranger", "unconfirmed", "erased"}
PHYSICIANS: Final = frozenset({"subject", "peer", "silent peer", "deputy"})
CLINICIANS: Final = PHYSICIANS | {"other group"}
ASH: Final = frozenset({"leader", "manager", "deputy", "stand-in"})
LEADERS: Final = ASH | {"other leader", "leader above"}

Looked = Callable[[Session], Any]


class House:
    """The hospital in which all of it is there.

    Whatever an attempt changes is taken back, so that every role tries the same. `marks` are the words by
    which a piece of data is found, `numbers` the ids that buttons carry.
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        self.marks: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        # What was forged so far, by its name on the wire.
        self.sent: set[str] = set()
        self._made = 0
        self._delivered: dict[str, dict[str, str]] = {}
        self._kept = story.hospital.folder / "kept.db"

    # -- what roles do ----

    def press(
        self,
        role: str,
        action: str,
        value: str = "",
        *,
        over: dict[str, Any] | None = None,
        at_home: bool = False,
        **chosen: Any,
    ) -> str:
        """Forge a button; what the page says that it opens.

        `over`: it stands in a page of this kind, which the role has open.
        """
        user = self.user(role)
        body: dict[str, Any] = {
            "type": "block_actions",
            "user": {"id": user},
            "team": {"id": TEAM_ID, "domain": "northmere"},
            "actions": [
                {"type": "button", "action_id": action, "block_id": "forged", "value": value, **chosen}
            ],
        }
        if over is not None:
            self.press_over(role, body, over)
        elif at_home:
            body["view"] = {"id": "VHOME", "type": "home", "private_metadata": "{}"}
        under = None if over is None else body["view"]["id"]
        body["trigger_id"] = self.story.sandbox.workspace.new_trigger(user, under)
        return self._opened(role, action, body)

    def press_over(self, role: str, body: dict[str, Any], over: dict[str, Any]) -> None:
        """Open a page that everybody may open, and have the press come from it."""
        self._dispatch(
            {**body, "actions": [{"type": "button", "action_id": home.WHO, "block_id": "b"}]}, role
        )
        opened = self.story.form(ROLES[role])
        body["view"] = {"id": opened.id, "type": "modal", "state": {"values": {}}, "blocks": [], **over}

    def press_at_home(self, role: str, action: str, value: str = "", **chosen: Any) -> str:
        """Forge a button of somebody's own Home; what stands on it then."""
        self.press(role, action, value, at_home=True, **chosen)
        view = self.story.sandbox.workspace.home(self.user(role))
        return everything_in(view.payload["blocks"]) if view is not None else ""

    def command(self, role: str, name: str, text: str = "") -> str:
        """Run a command; what is answered, and the page that it opens."""
        self.sent.add(name)
        result = self.story.sandbox.run_command(self.user(role), name, text)
        assert self.story.parts.worker.wait(60)
        page = self.story.page(ROLES[role])
        self.story.closes(ROLES[role])
        return f"{result} {page}"

    def shortcut(self, role: str, name: str, message: dict[str, Any] | None = None, channel: str = "") -> str:
        """Forge a shortcut, of a message where there is one; what the page says that it opens."""
        user = self.user(role)
        body: dict[str, Any] = {
            "type": "shortcut" if message is None else "message_action",
            "callback_id": name,
            "user": {"id": user},
            "team": {"id": TEAM_ID, "domain": "northmere"},
            "trigger_id": self.story.sandbox.workspace.new_trigger(user),
        }
        if message is not None:
            body |= {"message": message, "channel": {"id": channel}}
        return self._opened(role, name, body)

    def event(self, **event: Any) -> None:
        """Forge what Slack tells of somebody."""
        self._made += 1
        body = {"type": "event_callback", "event_id": f"Ev{self._made}", "team_id": TEAM_ID, "event": event}
        self.sent.add(event["type"])
        answer = self.story.sockets[-1].app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        assert answer.status == 200

    def send(self, role: str, form: str, metadata: str, values: dict[str, Any]) -> str:
        """Forge a form; what is said to it. `values` are the view's, by block and field."""
        self._made += 1
        view = {
            "id": f"V{self._made}",
            "type": "modal",
            "callback_id": form,
            "blocks": [],
            "private_metadata": metadata,
            "state": {"values": values},
        }
        self.sent.add(form)
        body = {"type": "view_submission", "user": {"id": self.user(role)}, "view": view}
        answer = self.story.sockets[-1].app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        assert answer.status == 200
        assert self.story.parts.worker.wait(60)
        return everything_in(answer.body)

    def _opened(self, role: str, wire: str, body: dict[str, Any]) -> str:
        # Beside a row of a list, a button has the row's number behind its name.
        self.sent.add(re.sub(r"-\d+$", "", wire))
        self._dispatch(body, role)
        page = self.story.page(ROLES[role])
        self.story.closes(ROLES[role])
        return page

    def _dispatch(self, body: dict[str, Any], role: str) -> None:
        body.setdefault("trigger_id", self.story.sandbox.workspace.new_trigger(self.user(role)))
        answer = self.story.sockets[-1].app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        assert answer.status == 200, "it was refused, and did not fail"
        assert self.story.parts.worker.wait(60)

    # -- what comes of it ----

    def changes(self, looked: Looked, attempt: Callable[[], Any]) -> bool:
        """Whether what is looked at is another one after an attempt. All is as before then."""
        changed = self.changes_now(looked, attempt)
        self.restore()
        return changed

    def changes_now(self, looked: Looked, attempt: Callable[[], Any]) -> bool:
        """The same, and it stays until `restore`."""
        with self.session() as session:
            before = looked(session)
        attempt()
        with self.session() as session:
            return bool(before != looked(session))

    def delivered(self, what: str, attempt: Callable[[str], Any]) -> dict[str, str]:
        """All that comes into each role's messages after its attempt, the files included; tried once."""
        if what not in self._delivered:
            before = {role: len(self.story.dms(name)) for role, name in ROLES.items()}
            for role in ROLES:
                attempt(role)
            self.story.deliver()
            self._delivered[what] = {role: self._came(role, before[role]) for role in ROLES}
            self.restore()
        return self._delivered[what]

    def _came(self, role: str, before: int) -> str:
        workspace = self.story.sandbox.workspace
        came = self.story.dms(ROLES[role])[before:]
        files = [
            (workspace.files[one].content or b"").decode(errors="replace") for m in came for one in m.files
        ]
        return " ".join([*map(said, came), *files])

    @contextmanager
    def after(self, change: Callable[[], Any]) -> Iterator[None]:
        """Attempts are made as things are after a change, until the end."""
        change()
        first, self._kept = self._kept, self._kept.with_name("after.db")
        self._copy(self._path, self._kept)
        self._seen = self._data_version()
        try:
            yield
        finally:
            self._kept = first
            self._copy(self._kept, self._path)
            self._seen = self._data_version()

    def keep(self) -> None:
        """From now on, attempts leave nothing behind."""
        self._copy(self._path, self._kept)
        self._version = sqlite3.connect(self._path, check_same_thread=False)
        self._seen = self._data_version()

    def restore(self) -> None:
        """All rows as they were kept."""
        if self._data_version() != self._seen:
            self._copy(self._kept, self._path)
            self._seen = self._data_version()

    def _copy(self, source: Path, to: Path) -> None:
        with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(to)) as here:
            # Nothing here has to outlast a power cut.
            here.execute("PRAGMA synchronous = OFF")
            there.backup(here)

    def close(self) -> None:
        """Let go of the database."""
        self._version.close()

    def _data_version(self) -> int:
        return int(self._version.execute("PRAGMA data_version").fetchone()[0])

    @property
    def _path(self) -> Path:
        return self.story.hospital.folder / "rounds.db"

    # -- who, and what stands there ----

    @cached_property
    def homes(self) -> dict[str, str]:
        """What stands on everybody's Home."""
        self.sent.add("app_home_opened")
        return {role: self.story.home(name) for role, name in ROLES.items()}

    @cached_property
    def month(self) -> list[Message]:
        """What was told of the care in Ash Ward in October, wherever it stands."""
        channels = self.story.sandbox.workspace.channels.values()
        head = "The month's care in Ash Ward"
        return [one for place in channels for one in place.messages if one.text == head]

    @cached_property
    def messages(self) -> dict[str, str]:
        """All that Rounds wrote to everybody, once they asked for their digest and their trends."""
        for role in ROLES:
            self.command(role, "/digest")
            self.press(role, home.TRENDS, str(WEEK))
            self.press(role, home.AGAIN, str(WEEK))
        self.story.deliver()
        self.restore()
        return {role: " ".join(map(said, self.story.dms(name))) for role, name in ROLES.items()}

    def user(self, role: str) -> str:
        """The Slack id of a role."""
        return self.story.user(ROLES[role])

    def person(self, session: Session, role: str) -> int:
        """The id of a role's person."""
        found = session.exec(select(Person).where(Person.name == ROLES[role])).one()
        assert found.id is not None
        return found.id

    def known(self, session: Session, role: str) -> int | None:
        """The id of a role's person; None for whom Rounds does not know by name."""
        return session.exec(select(Person.id).where(Person.name == ROLES[role])).first()

    def unit(self, name: str) -> int:
        """The id of a unit."""
        with self.session() as session:
            return session.exec(select(Unit.id).where(Unit.name == name)).one() or 0

    def session(self) -> Any:
        return self.story.hospital.database.read()

    def does(self, role: str, act: Callable[[Session, Doing], Outcome]) -> Done:
        """Have a role do something for good, while all is being made."""
        with self.story.hospital.database.write() as session:
            outcome = act(session, self.doing(session, role))
        assert isinstance(outcome, Done), outcome
        return outcome

    def doing(self, session: Session, role: str) -> Doing:
        """A role, as acts know it."""
        settings, user = self.story.hospital.settings, self.user(role)
        actor = with_duties(session, identify(session, TEAM_ID, user), settings, self.story.today)
        return Doing(actor, user, TEAM_ID, self.story.clock.now(), settings)


def rows(session: Session, table: Any) -> list[Any]:
    """All rows of a table."""
    return list(session.exec(select(table)))
