"""Queries of the imports: what is stored already, observations in bulk, and a batch's record of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from sqlalchemy import Column, Date, Time, inspect, literal, text
from sqlalchemy import Table as SqlTable
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from storage import tables
from storage.base import Table
from storage.columns import UtcDateTime
from storage.engine import Database
from storage.measures import ImportBatch, Measure, MeasureVersion
from storage.terms import BatchState

# A row of `observation`, in the order of `OBSERVATION_COLUMNS`; the day is text (2025-07-14).
ObservationRow = tuple[int, int, str, int, float, float, float | None, float | None]
OBSERVATION_COLUMNS = (
    "measure_id",
    "clinician_id",
    "period_start",
    "batch_id",
    "numerator",
    "denominator",
    "expected",
    "squares",
)
# What carries its batch, by primary key: deleted with a batch, and taken back with it.
_FIGURES = {
    "observation": "measure_id, clinician_id, period_start, batch_id",
    "case_row": "measure_id, clinician_id, day, case_ref, batch_id",
    "narrative": "id",
}
# Any number will do, as long as all replicas of Rounds use the same one.
_ADVISORY_LOCK = 7_268_374
_FETCH = 50_000
_DELETE = 5_000
_AT_ONCE = 500
_T = TypeVar("_T", bound=Table)


class ImportRunning(Exception):
    """Another import or undo is going on in this database."""


@contextmanager
def import_lock(database: Database) -> Iterator[None]:
    """Hold the right to import; it is free again when the process ends, however it ends.

    Raises ImportRunning where somebody else holds it.
    """
    if database.is_sqlite:
        if database.path is None:
            yield
            return
        lock = FileLock(f"{database.path}.import.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise ImportRunning from error
        try:
            yield
        finally:
            lock.release()
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(text(f"SELECT pg_try_advisory_lock({_ADVISORY_LOCK})")).scalar():
            raise ImportRunning
        try:
            yield
        finally:
            connection.execute(text(f"SELECT pg_advisory_unlock({_ADVISORY_LOCK})"))


def every(session: Session, table: type[_T]) -> Sequence[_T]:
    """All rows of a table of moderate size, in the order of their ids."""
    return session.exec(select(table).order_by(*inspect(table).primary_key)).all()


def live_batches(session: Session) -> list[int]:
    """The ids of the batches that count, the latest last."""
    live = select(ImportBatch.id).where(ImportBatch.state == BatchState.LIVE).order_by(col(ImportBatch.id))
    return [number for number in session.exec(live) if number is not None]


def current_versions(session: Session, without: int | None = None) -> dict[str, MeasureVersion]:
    """Each measure's id in the files, and its version of the latest live batch (other than `without`)."""
    rows = session.exec(
        select(Measure.key, MeasureVersion)
        .join(MeasureVersion, col(MeasureVersion.measure_id) == Measure.id)
        .join(ImportBatch, col(MeasureVersion.batch_id) == ImportBatch.id)
        .where(ImportBatch.state == BatchState.LIVE, ImportBatch.id != without if without else True)
        .order_by(col(MeasureVersion.batch_id))
    )
    return dict(rows.all())


def observations_of(session: Session, measure_id: int) -> Iterator[Sequence[Any]]:
    """Chunks of a measure's rows in every batch: clinician id, day (text or date), batch id and four numbers.

    In the order of clinician, period and batch.
    """
    rows = session.connection().execute(
        text(
            "SELECT clinician_id, period_start, batch_id, numerator, denominator, expected, squares"
            " FROM observation WHERE measure_id = :measure ORDER BY clinician_id, period_start, batch_id"
        ),
        {"measure": measure_id},
        execution_options={"yield_per": _FETCH},
    )
    yield from rows.partitions(_FETCH)


def add_observations(session: Session, rows: Iterable[ObservationRow]) -> None:
    """Insert observations as fast as the driver can."""
    add_rows(session, "observation", OBSERVATION_COLUMNS, rows)


def add_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows of a table as fast as the driver can: COPY on PostgreSQL."""
    connection = session.connection()
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows))
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def remove_batch(database: Database, batch_id: int, rest: Callable[[float], None]) -> None:
    """Delete an unpublished batch with its figures, in short transactions with a rest in between."""
    for table, key in _FIGURES.items():
        some = text(
            f"DELETE FROM {table} WHERE ({key}) IN"
            f" (SELECT {key} FROM {table} WHERE batch_id = :batch LIMIT {_DELETE})"
        )
        deleted = _DELETE
        while deleted == _DELETE:
            with database.write() as session:
                deleted = session.connection().execute(some, {"batch": batch_id}).rowcount
            rest(0.01)
    with database.write() as session:
        batch = session.get(ImportBatch, batch_id)
        if batch is not None and batch.state == BatchState.LOADING:
            session.delete(batch)


def batches_with_observations(session: Session, column: str) -> dict[int, set[int]]:
    """For each measure or clinician (`column` says which) the live batches that have rows of it.

    Cases and narratives count as well.
    """
    assert column in ("measure_id", "clinician_id")
    rows_of = text(
        " UNION ".join(f"SELECT {column} FROM {table} WHERE batch_id = :batch" for table in _FIGURES)
    )
    found: dict[int, set[int]] = {}
    for batch in live_batches(session):
        for (ident,) in session.connection().execute(rows_of, {"batch": batch}):
            found.setdefault(ident, set()).add(batch)
    return found


def has_observations(session: Session, clinician_id: int) -> bool:
    """Whether a live batch has rows of a clinician: observations, cases or narratives."""
    # By way of the measures, as the primary keys begin with the measure.
    return any(
        session.connection()
        .execute(
            text(
                f"SELECT 1 FROM measure JOIN {table} AS figure ON figure.measure_id = measure.id"
                " AND figure.clinician_id = :clinician"
                " JOIN import_batch ON import_batch.id = figure.batch_id"
                " AND import_batch.state = 'live' LIMIT 1"
            ),
            {"clinician": clinician_id},
        )
        .first()
        for table in _FIGURES
    )


def as_json(row: Table) -> dict[str, Any]:
    """A row's columns as JSON has them."""
    values: dict[str, Any] = {}
    for column in inspect(type(row)).columns:
        value = getattr(row, column.key)
        values[column.key] = value.isoformat() if isinstance(value, date | time) else value
    return values


def id_column(table: type[Table]) -> str:
    """The column that names a row: its own id, or that of the row that it goes with."""
    (column,) = inspect(table).primary_key
    return str(column.key)


def from_json(table: type[Table], values: dict[str, Any]) -> dict[str, Any]:
    """The columns that `as_json` wrote, with their types."""
    restored: dict[str, Any] = {}
    for column in inspect(table).columns:
        value = values.get(column.key)
        if isinstance(value, str) and isinstance(column.type, UtcDateTime):
            value = datetime.fromisoformat(value)
        elif isinstance(value, str) and isinstance(column.type, Date):
            value = date.fromisoformat(value)
        elif isinstance(value, str) and isinstance(column.type, Time):
            value = time.fromisoformat(value)
        restored[column.key] = value
    return restored


def table_called(name: str) -> type[Table]:
    """The class of a table, by the table's name."""
    for table in Table.__subclasses__():
        if table.__tablename__ == name:
            return table
    raise LookupError(name)


def references(session: Session, table: str, idents: set[int]) -> list[tuple[int, str, int]]:
    """What refers to rows of a table: the row's id, the table that refers to it, and the id there.

    The last is 0 for a table whose rows have no id.
    """
    found: list[tuple[int, str, int]] = []
    for other in tables.metadata.sorted_tables:
        for column in other.columns:
            if not any(key.column.table.name == table for key in column.foreign_keys):
                continue
            own = literal(0) if (named_by := _named_by(other)) is None else named_by
            for some in _in_pieces(sorted(idents)):
                rows = session.connection().execute(sql_select(column, own).where(column.in_(some)))
                found += [(row[0], other.name, row[1]) for row in rows]
    return found


def remove_rows(session: Session, table: str, idents: set[int]) -> None:
    """Delete rows by their ids."""
    for some in _in_pieces(sorted(idents)):
        rows = tables.metadata.tables[table]
        named_by = _named_by(rows)
        assert named_by is not None
        session.connection().execute(rows.delete().where(named_by.in_(some)))


def _named_by(rows: SqlTable) -> Column[Any] | None:
    columns = list(rows.primary_key.columns)
    return columns[0] if len(columns) == 1 else None


def _in_pieces(idents: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(idents), _AT_ONCE):
        yield idents[start : start + _AT_ONCE]
