"""What the nudges of each rung came to: how many were answered within 24 working hours (N13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from storage import nudge_rows
from storage.terms import Rung

# A rung of which fewer than one in ten nudges work is reported, once there were so many.
ENOUGH: Final = 50
LEAST_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class RungFigures:
    """What the nudges of one rung came to.

    `sent` of them, of which `judged` were answered or have had their 24 working hours; `worked` were answered
    within these. `share` is `worked` of `judged`, None before there is any.
    """

    rung: Rung
    sent: int
    judged: int
    worked: int

    @property
    def share(self) -> float | None:
        """The share that worked, from 0 to 1."""
        return self.worked / self.judged if self.judged else None

    @property
    def weak(self) -> bool:
        """Whether it does not work: under a tenth after fifty."""
        return self.judged >= ENOUGH and self.worked < LEAST_SHARE * self.judged


def figures(session: Session) -> tuple[RungFigures, ...]:
    """The figures of each rung on which anything was sent, in their order."""
    return tuple(
        RungFigures(one.rung, one.sent, one.judged, one.worked) for one in nudge_rows.rung_counts(session)
    )
