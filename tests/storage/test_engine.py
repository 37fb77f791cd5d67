"""The database keeps its promises: aware times, foreign keys, one writer after another, all or nothing."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from storage import terms
from storage.engine import Database, DatabaseBusy
from storage.idea_search import TABLES, in_metadata
from storage.measures import ImportBatch, Measure, Observation
from storage.migrate import _config, current_revision, head_revision, upgrade
from storage.people import Clinician, ClinicianBinding, Person
from storage.tables import metadata
from tests.processes import ready_processes

MONDAY = datetime(2025, 7, 21, 9, tzinfo=timezone(timedelta(hours=5, minutes=45)))


def _person(email: str = "a@example.org") -> Person:
    return Person(email=email, name="A")


def test_the_migrations_make_exactly_the_tables_that_the_program_uses(database: Database) -> None:
    with database.engine.connect() as connection:
        apart = {"compare_type": True, "include_object": in_metadata}
        context = MigrationContext.configure(connection, opts=apart)
        assert compare_metadata(context, metadata) == []
        known = set(inspect(connection).get_table_names()) - {"alembic_version"}
    # The search tables are the only ones that the comparison passes over; FTS5 adds some of its own.
    assert known - set(metadata.tables) == (TABLES if database.is_sqlite else {"idea_search"})


def test_there_is_one_line_of_migrations() -> None:
    assert len(ScriptDirectory.from_config(_config()).get_heads()) == 1


def _upgrade(url: str) -> None:
    database = Database(url)
    upgrade(database)
    assert current_revision(database) == head_revision()
    database.close()


def test_four_replicas_that_migrate_at_once_all_start(database_url: str) -> None:
    replicas = [ready_processes().Process(target=_upgrade, args=(database_url,)) for _ in range(4)]
    for replica in replicas:
        replica.start()
    for replica in replicas:
        replica.join()
    assert [replica.exitcode for replica in replicas] == [0, 0, 0, 0]


def test_an_aware_time_comes_back_as_the_same_instant_in_utc(database: Database) -> None:
    with database.write() as session:
        session.add(ImportBatch(source="x", imported_by="y", started_at=MONDAY))
    with database.read() as session:
        kept = session.exec(select(ImportBatch)).one().started_at
    assert kept == MONDAY
    assert kept.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(sqlite: Database) -> None:
    with pytest.raises(Exception, match="without a zone"), sqlite.write() as session:
        session.add(ImportBatch(source="x", imported_by="y", started_at=datetime(2025, 7, 21)))  # noqa: DTZ001


def test_a_reference_to_nobody_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(ClinicianBinding(clinician_id=1, person_id=1))


@pytest.mark.parametrize("same", ["code", "person"])
def test_a_code_has_one_person_and_a_person_one_code_at_a_time(database: Database, same: str) -> None:
    with database.write() as session:
        session.add_all([_person(), _person("b@example.org"), Clinician(code="C1"), Clinician(code="C2")])
        session.flush()
        session.add(ClinicianBinding(clinician_id=1, person_id=1))
    code, person = (1, 2) if same == "code" else (2, 1)
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(ClinicianBinding(clinician_id=code, person_id=person, starts=MONDAY.date()))


@pytest.mark.parametrize(
    "bad", [{"numerator": -1.0}, {"denominator": -1.0}, {"expected": -1.0}, {"squares": -0.5}]
)
def test_the_schema_itself_refuses_negative_counts(database: Database, bad: dict[str, float]) -> None:
    with database.write() as session:
        session.add_all([ImportBatch(source="x", imported_by="y", started_at=MONDAY), Measure(key="m")])
        session.add(Clinician(code="C1"))
    counts = {"numerator": 1.0, "denominator": 2.0} | bad
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(
            Observation(measure_id=1, clinician_id=1, period_start=MONDAY.date(), batch_id=1, **counts)
        )


def test_a_word_outside_of_the_list_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="not a valid BatchState"), database.write() as session:
        session.add(ImportBatch(source="x", imported_by="y", started_at=MONDAY, state="gone"))  # type: ignore[arg-type]


def test_a_write_that_raises_changes_nothing(database: Database) -> None:
    def half_done() -> None:
        with database.write() as session:
            session.add(_person())
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    with database.read() as session:
        assert session.exec(select(Person)).all() == []


def test_fifty_writers_at_once_are_all_kept(database: Database) -> None:
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            with database.write() as session:
                session.add(_person(f"p{number}@example.org"))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.read() as session:
        assert session.exec(select(func.count(col(Person.id)))).one() == 50


def test_a_write_with_patience_gives_up_in_time_and_works_again_later(database: Database) -> None:
    with database.write() as session:
        session.add(_person())
    with database.write() as holder:
        person = holder.exec(select(Person)).one()
        person.name = "held"
        holder.flush()
        with pytest.raises(DatabaseBusy), database.write(patience=0.2) as session:
            session.exec(select(Person).with_for_update()).one()
    with database.write(patience=0.2) as session:
        assert session.exec(select(Person)).one().name == "held"


def test_the_words_of_storage_and_of_the_comparison_are_the_same() -> None:
    from bot.comparison import types

    for name in ("Kind", "Counts", "Direction"):
        assert [term.value for term in getattr(terms, name)] == [term.value for term in getattr(types, name)]


def test_always_and_forever_survive_both_databases(database: Database) -> None:
    with database.write() as session:
        session.add_all([_person(), Clinician(code="C1")])
        session.flush()
        session.add(ClinicianBinding(clinician_id=1, person_id=1))
    with database.read() as session:
        binding = session.exec(select(ClinicianBinding)).one()
        assert (binding.starts, binding.ends) == (terms.ALWAYS, terms.FOREVER)
    assert datetime.now(UTC).date() < terms.FOREVER
