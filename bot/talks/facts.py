"""What messages and pages about talks show, as plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from storage.terms import TalkState


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who offers to listen; `name` and `words` as typed."""

    offer_id: int
    name: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer of one's own. `title`: its measure's, "" for a coach; `until`: its last day, if any."""

    offer_id: int
    title: str = ""
    words: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of one's own that waits. `who` is "" where the colleague has not given their name yet."""

    talk_id: int
    who: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class TalksAtHome:
    """Talks on somebody's own Home. `listeners`: there are coaches for them to choose from."""

    may_listen: bool = False
    listening: Offered | None = None
    telling: tuple[Offered, ...] = ()
    asked: tuple[Asked, ...] = ()
    listeners: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request, between an asker and whoever offered; `title` is the measure's, "" for a coach.

    `asker_user` and `offerer_user` are their Slack accounts; None where none certainly is theirs.
    """

    talk_id: int
    state: TalkState
    lapsed: bool
    asker: str
    offerer: str
    title: str = ""
    key: str = ""
    asker_user: str | None = None
    offerer_user: str | None = None
