"""Who may offer a talk, who is asked, and until when either holds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.digests.facts import MeasureView
from bot.digests.select import compares
from storage.terms import TalkState

# A request that nobody answered lapses; an offer to tell how does, as figures move on.
REQUEST_LASTS: Final = timedelta(days=14)
OFFER_LASTS: Final = timedelta(weeks=26)
# Whoever said "Not now" is not put before the same colleague again so soon.
RESTS: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Peer:
    """Where somebody stands on one measure that they are compared on: with whom, and in the benchmark set?"""

    group: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Coach:
    """Somebody who offers to listen, to everybody or in some units (`units` None: everywhere)."""

    person_id: int
    offer_id: int
    words: str
    units: frozenset[int] | None

    def listens_to(self, person_id: int, units: Collection[int]) -> bool:
        """Whether this coach is there for somebody who works in these units; nobody is for themselves."""
        return person_id != self.person_id and (self.units is None or not self.units.isdisjoint(units))


@dataclass(frozen=True, slots=True)
class Offers:
    """What is offered at the moment: who would find a coach, and who tells how, by measure key."""

    coached: frozenset[int] = frozenset()
    tellers: Mapping[str, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Talking:
    """What of it stands in one person's digest: measures by their keys, and never who."""

    coach: bool = False
    may_offer: frozenset[str] = frozenset()
    may_ask: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Turn:
    """An offer that somebody may be asked by; `last_asked` None where nobody has yet."""

    offer_id: int
    offered_at: datetime
    last_asked: datetime | None = None


def peers_of(views: Iterable[MeasureView]) -> dict[str, Peer]:
    """On which measures somebody is compared with colleagues who have reached something, by key.

    Only repetitive care that is compared and has a benchmark: of anything else nobody "has reached it".
    """
    return {
        view.measure.key: Peer(view.group, view.result.in_benchmark_set)
        for view in views
        if compares(view) and view.comparison.benchmark is not None
    }


def talking_of(
    person_id: int,
    peers: Mapping[str, Peer],
    offers: Offers,
    members: Callable[[str, str], Collection[int]],
) -> Talking:
    """What a digest says of talks. `members` gives the people of a measure key and a peer group."""
    may_offer, may_ask = set(), set()
    for key, peer in peers.items():
        tellers = offers.tellers.get(key, frozenset())
        if peer.reached:
            if person_id not in tellers:
                may_offer.add(key)
        elif (tellers - {person_id}) & set(members(key, peer.group)):
            may_ask.add(key)
    return Talking(person_id in offers.coached, frozenset(may_offer), frozenset(may_ask))


def dump_peers(peers: Mapping[str, Peer]) -> dict[str, dict[str, Any]]:
    """As it is kept with a digest: what somebody may offer and ask is looked up, not computed again."""
    return {key: {"group": peer.group, "reached": peer.reached} for key, peer in sorted(peers.items())}


def load_peer(kept: Mapping[str, Any] | None, key: str) -> Peer | None:
    """Where somebody stands on a measure; None where they are not compared on it."""
    found = (kept or {}).get(key)
    return None if found is None else Peer(str(found["group"]), bool(found["reached"]))


def whose_turn(offers: Iterable[Turn]) -> int | None:
    """Which offer is asked next: the one asked least recently, of those never asked the oldest."""
    turns = sorted(
        offers,
        key=lambda one: (
            one.last_asked is not None,
            one.last_asked or one.offered_at,
            one.offered_at,
            one.offer_id,
        ),
    )
    return turns[0].offer_id if turns else None


def is_overdue(asked_at: datetime, now: datetime) -> bool:
    """Whether a request that nobody has answered is too old to be answered."""
    return now >= asked_at + REQUEST_LASTS


def has_lapsed(state: TalkState, asked_at: datetime, answered_at: datetime | None) -> bool:
    """Whether a request ended by its age. It is kept as withdrawn: nobody can take back one so old."""
    return state is TalkState.WITHDRAWN and answered_at is not None and is_overdue(asked_at, answered_at)


def beneath(unit_id: int, parents: Mapping[int, int | None]) -> frozenset[int]:
    """A unit with all units beneath it."""
    found = {unit_id}
    while new := {unit for unit, above in parents.items() if above in found} - found:
        found |= new
    return frozenset(found)
