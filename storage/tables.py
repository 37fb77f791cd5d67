"""All tables in one place, for the migrations and for whoever wants to see them at a glance."""

from __future__ import annotations

from storage import answers, cases, digests, goals, ideas, leading, measures, outbox, people, talks
from storage.base import Table

metadata = Table.metadata

__all__ = [
    "answers",
    "cases",
    "digests",
    "goals",
    "ideas",
    "leading",
    "measures",
    "metadata",
    "outbox",
    "people",
    "talks",
]
