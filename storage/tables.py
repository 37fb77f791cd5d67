"""All tables in one place, for the migrations and for whoever wants to see them at a glance."""

from __future__ import annotations

from storage import digests, ideas, leading, measures, outbox, people
from storage.base import Table

metadata = Table.metadata

__all__ = ["digests", "ideas", "leading", "measures", "metadata", "outbox", "people"]
