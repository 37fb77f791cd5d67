"""Writes rows and remembers what each was before, so that an import can be counted and taken back."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeVar

from sqlalchemy import insert
from sqlmodel import Session

from storage.base import Table
from storage.intake import as_json, id_column
from storage.measures import BatchChange, MeasureVersion

_T = TypeVar("_T", bound=Table)
_Place = tuple[str, int]


class Recorder:
    """Puts rows into a session. With no batch it is dry: it counts, and stores nothing."""

    def __init__(self, session: Session, batch_id: int | None) -> None:
        self._session = session
        self._batch = batch_id
        self._states: dict[_Place, str] = {}
        self._touched: dict[int, tuple[Table, dict[str, Any] | None]] = {}
        self._dropped: set[int] = set()
        self._dry_id = 0
        self.any_change = False

    def put(
        self,
        table: type[_T],
        row: _T | None,
        values: dict[str, Any],
        place: _Place | None,
        *,
        part: bool = False,
    ) -> _T:
        """Make a row, or set what differs in one. `place` is the file and line that say so.

        With `part` the row is only part of what the line is about: a new one changes the line's subject.
        """
        if row is None:
            row = table(**values)
            self._touched[id(row)] = (row, None)
            self.note(place, "changed" if part else "new")
            if self._batch is None:
                self._dry_id -= 1
                if id_column(table) == "id":
                    row.id = self._dry_id
            else:
                self._session.add(row)
            return row
        different = {name: value for name, value in values.items() if getattr(row, name) != value}
        if different:
            self._touched.setdefault(id(row), (row, as_json(row)))
            self.note(place, "changed")
            for name, value in different.items():
                setattr(row, name, value)
        return row

    def drop(self, row: Table) -> None:
        """Delete a row that another one replaces."""
        self.any_change = True
        if id(row) in self._touched and self._touched[id(row)][1] is None:
            # It was made by this very import.
            del self._touched[id(row)]
        else:
            self._touched.setdefault(id(row), (row, as_json(row)))
            self._dropped.add(id(row))
        if self._batch is not None:
            self._session.delete(row)

    def add_version(
        self, table: type[MeasureVersion], measure_id: int | None, values: dict[str, Any]
    ) -> None:
        """Add a measure's version, which carries its batch itself."""
        if self._batch is not None:
            assert measure_id is not None
            self._session.add(table(measure_id=measure_id, batch_id=self._batch, **values))

    def note(self, place: _Place | None, state: str) -> None:
        """Remember that a line of a file made something `new` or `changed`; new stays new."""
        self.any_change = True
        if place is not None:
            self._states.setdefault(place, state)

    def flush(self) -> None:
        """Send what was put so far, so that new rows get their ids."""
        if self._batch is not None:
            self._session.flush()

    def counts(self, lines: dict[str, list[int]], files: list[str]) -> dict[str, Counter[str]]:
        """How many lines of each file were new, changed or the same."""
        return {
            file: Counter(self._states.get((file, line), "same") for line in lines[file])
            for file in files
            if file in lines
        }

    def save_changes(self) -> None:
        """Store the record of changes. Call it after the last flush."""
        assert self._batch is not None
        records: list[dict[str, Any]] = []
        for key, (row, before) in self._touched.items():
            after = None if key in self._dropped else as_json(row)
            records.append(
                {
                    "batch_id": self._batch,
                    "entity": row.__tablename__,
                    "entity_id": (after or before or {})[id_column(type(row))],
                    "before": before,
                    "after": after,
                }
            )
        if records:
            # Thousands of rows while others wait to write: without the weight of objects.
            self._session.connection().execute(insert(BatchChange), records)
