"""Take an import back: the values before it return."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bot.clock import Clock
from bot.intake.follow_cases import follow_cases
from bot.intake.load import exclusive
from bot.intake.problems import IntakeErrors, Problem, quoted
from storage.engine import Database
from storage.intake import (
    as_json,
    batches_with_observations,
    current_versions,
    every,
    from_json,
    live_batches,
    references,
    remove_rows,
    table_called,
)
from storage.measures import BatchChange, ImportBatch, Measure, MeasureVersion
from storage.people import Clinician, ClinicianBinding, Unit
from storage.terms import BatchState

# Whatever refers to others goes before them.
_ENDS = ("unit_rules", "clinician_binding", "slack_account", "absence", "role_grant", "membership")
_ROOTS = ("unit", "person", "peer_group")
_KEPT_SHOWN = 20
_EXAMPLES = 3
_WORDS = {"unit": "the unit", "person": "the person", "peer_group": "the peer group"}
_ONE_AND_MANY = {
    "unit": ("unit", "units"),
    "person": ("person", "people"),
    "peer_group": ("peer group", "peer groups"),
}
_OF_PEOPLE = {
    "look": "somebody looked at their figures and that record is kept",
    "digest": "they were sent digests and that record is kept",
    "outbox": "messages were written to them and that record is kept",
    "digest_preference": "they chose when their digest comes",
    "slack_account": "they have a Slack account here",
    "clinician_binding": "figures are kept under their code",
    "role_grant": "they were given a role",
    "membership": "they belong to a unit",
    "absence": "they have an absence here",
    "unit": "they lead a unit",
}
_OF_OTHERS = {
    "membership": "people belong there",
    "role_grant": "somebody has a role there",
    "unit": "other units are part of it",
    "unit_rules": "it has rules of its own",
}


class NoSuchBatch(LookupError):
    """There is no import with this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no import {number}; `rounds imports` lists them")


@dataclass(frozen=True)
class BatchSummary:
    """One import as the list shows it; `counts` are the rows of each file that were new or changed."""

    number: int
    state: BatchState
    source: str
    imported_by: str
    started_at: datetime
    published_at: datetime | None
    undone_at: datetime | None
    undone_by: str
    counts: dict[str, int]


@dataclass(frozen=True)
class UndoReport:
    """What taking back an import did.

    `restored` rows of people, units and the like have their values from before; `removed` rows are gone;
    `kept` says in words which rows had to stay, because something besides imports refers to them. `followed`
    figures of other imports were worked out again, from the cases that are left.
    """

    number: int
    restored: int
    removed: int
    kept: tuple[str, ...]
    followed: int = 0

    def __str__(self) -> str:
        """What was done, in words."""
        lines = [f"Import {self.number} is taken back; the figures before it count again."]
        if self.restored or self.removed:
            lines.append(
                f"Of people, units and the like, {self.restored:,} rows have their earlier values"
                f" and {self.removed:,} are removed."
            )
        if self.followed:
            were = (
                "1 figure of another import was" if self.followed == 1 else f"{self.followed:,} figures were"
            )
            lines.append(f"{were} worked out again, from the cases that are left.")
        lines += [f"{sentence}." for sentence in self.kept[:_KEPT_SHOWN]]
        if len(self.kept) > _KEPT_SHOWN:
            lines.append(f"… and {len(self.kept) - _KEPT_SHOWN:,} more that stay.")
        return "\n".join(lines)


def list_batches(database: Database) -> list[BatchSummary]:
    """All imports that were published, also those taken back; the latest first."""
    with database.read() as session:
        rows = session.exec(
            select(ImportBatch)
            .where(col(ImportBatch.state) != BatchState.LOADING)
            .order_by(col(ImportBatch.id).desc())
        ).all()
        return [
            BatchSummary(
                row.id or 0,
                row.state,
                row.source,
                row.imported_by,
                row.started_at,
                row.published_at,
                row.undone_at,
                row.undone_by,
                {file: said["new"] + said["changed"] for file, said in row.counts.items()},
            )
            for row in rows
        ]


def undo_batch(database: Database, number: int, *, clock: Clock, by: str) -> UndoReport:
    """Take a live import back, all of it or nothing.

    Raises NoSuchBatch, or IntakeErrors where it was taken back before, another import is running, or later
    imports build on it: they are named, to be taken back first.
    """
    with exclusive(database), database.write() as session:
        batch = session.get(ImportBatch, number)
        if batch is None or batch.state == BatchState.LOADING:
            raise NoSuchBatch(number)
        if batch.state == BatchState.UNDONE:
            assert batch.undone_at is not None
            raise _refused(number, f"it was taken back already, on {batch.undone_at.date().isoformat()}")
        later = [other for other in live_batches(session) if other > number]
        _nothing_builds_on_its_measures(session, number)
        try:
            report = _Undo(session, number).run()
        except IntegrityError as error:
            # What it replaced was replaced again: the old rows no longer fit in.
            advice = _first(later) if later else "correct them with an import instead"
            raise _refused(number, f"the rows that it replaced no longer fit in; {advice}") from error
        batch.state = BatchState.UNDONE
        batch.undone_at = clock.now()
        batch.undone_by = by[:100]
        session.flush()
        return replace(report, followed=follow_cases(session, number))


def _refused(number: int, said: str) -> IntakeErrors:
    return IntakeErrors([Problem(f"import {number}", 0, said)])


def _first(batches: list[int]) -> str:
    names = ", ".join(str(number) for number in sorted(batches, reverse=True))
    return f"take back import{'s' if len(batches) > 1 else ''} {names} first"


def _nothing_builds_on_its_measures(session: Session, number: int) -> None:
    before = current_versions(session, without=number)
    keys = {measure.id: measure.key for measure in every(session, Measure)}
    figures = batches_with_observations(session, "measure_id")
    versions = session.exec(select(MeasureVersion).where(col(MeasureVersion.batch_id) == number)).all()
    for version in versions:
        key = keys[version.measure_id]
        left = before.get(key)
        if left is not None and (
            left.batch_id > number or (left.kind, left.period) == (version.kind, version.period)
        ):
            continue
        others = figures.get(version.measure_id, set()) - {number}
        later = [other for other in others if left is None or other > number]
        if later:
            raise _refused(number, f"later figures need its measure {quoted(key)}; {_first(later)}")


class _Undo:
    """Applies the record of changes in reverse."""

    def __init__(self, session: Session, number: int) -> None:
        self._session = session
        self._number = number
        self._restored = 0
        self._removed = 0
        self._kept: list[str] = []
        changes = session.exec(
            select(BatchChange, ImportBatch.state)
            .join(ImportBatch, col(BatchChange.batch_id) == ImportBatch.id)
            .where(col(BatchChange.batch_id) >= number)
            .order_by(col(BatchChange.batch_id), col(BatchChange.id))
        ).all()
        self._own = [change for change, _ in changes if change.batch_id == number]
        self._later: dict[tuple[str, int], list[BatchChange]] = {}
        for change, state in changes:
            if change.batch_id > number and state == BatchState.LIVE:
                self._later.setdefault((change.entity, change.entity_id), []).append(change)

    def run(self) -> UndoReport:
        """Remove what was made, put back what was there, bring back what was deleted."""
        made: dict[str, set[int]] = {}
        for change in self._own:
            if change.before is None and change.after is not None and not self._handed_on(change):
                made.setdefault(change.entity, set()).add(change.entity_id)
        self._figures_keep_their_owner(made.get("clinician_binding", set()))
        # A code or a place must be free before whoever had it gets it back; people are still needed then.
        for entity in _ENDS:
            self._remove(entity, made.get(entity, set()))
        for change in self._own:
            if change.before is not None and change.after is not None:
                self._restore(change, change.before, change.after)
        self._session.flush()
        for entity in _ROOTS:
            self._remove(entity, made.get(entity, set()))
        for change in self._own:
            if change.before is not None and change.after is None:
                table = table_called(change.entity)
                self._session.add(table(**from_json(table, change.before)))
                self._restored += 1
        self._session.flush()
        return UndoReport(self._number, self._restored, self._removed, tuple(self._kept))

    def _restore(self, change: BatchChange, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Put back the columns that the import changed, unless somebody changed them since."""
        table = table_called(change.entity)
        row = self._session.get(table, change.entity_id)
        restored = from_json(table, before)
        for column, value in before.items():
            if value == after[column] or not self._last_word(change, column, value, after[column]):
                continue
            if row is not None and as_json(row)[column] == after[column]:
                setattr(row, column, restored[column])
        self._restored += row is not None

    def _last_word(self, change: BatchChange, column: str, value: Any, was: Any) -> bool:
        """Whether no later import changed the column. The later records learn what was there before."""
        for later in self._later.get((change.entity, change.entity_id), []):
            if later.before is not None:
                later.before = {**later.before, column: value}
            if later.after is None or later.after[column] != was:
                return False
            later.after = {**later.after, column: value}
        return True

    def _handed_on(self, change: BatchChange) -> bool:
        """A row that a later import changed is from now on one that the later import made."""
        later = self._later.get((change.entity, change.entity_id))
        if later:
            later[0].before = None
        return bool(later)

    def _figures_keep_their_owner(self, bindings: set[int]) -> None:
        """Refuse where later figures stand under a code that would be somebody else's, or nobody's."""
        if not bindings:
            return
        figures = batches_with_observations(self._session, "clinician_id")
        codes = {clinician.id: clinician.code for clinician in every(self._session, Clinician)}
        stored = every(self._session, ClinicianBinding)
        left = {binding.clinician_id for binding in stored if binding.id not in bindings}
        for binding in stored:
            if binding.id in bindings:
                others = figures.get(binding.clinician_id, set()) - {self._number}
                needing = [
                    other for other in others if other > self._number or binding.clinician_id not in left
                ]
                if needing:
                    code = quoted(codes[binding.clinician_id])
                    raise _refused(
                        self._number, f"later figures need its clinician_code {code}; {_first(needing)}"
                    )

    def _remove(self, entity: str, idents: set[int]) -> None:
        """Delete rows that the import made, as far as nothing refers to them."""
        removable = set(idents)
        used_by: dict[int, str] = {}
        referring = references(self._session, entity, removable) if removable else []
        moved = True
        while moved:
            moved = False
            for ident, other, other_id in referring:
                if ident not in removable or (other == entity and other_id in removable):
                    continue
                if later := self._later.get((other, other_id)):
                    batches = sorted({change.batch_id for change in later})
                    raise _refused(
                        self._number,
                        f"{self._called(entity, ident)} is used by later imports; {_first(batches)}",
                    )
                removable.discard(ident)
                used_by[ident] = other
                moved = True
        if entity == "unit":
            for ident in removable:
                self._session.get_one(Unit, ident).parent_id = None
            self._session.flush()
        remove_rows(self._session, entity, removable)
        self._session.expire_all()
        self._removed += len(removable)
        groups: dict[str, list[str]] = {}
        for ident, other in sorted(used_by.items()):
            groups.setdefault(other, []).append(self._name(entity, ident))
        self._kept += [_stay(entity, other, names) for other, names in groups.items()]

    def _called(self, entity: str, ident: int) -> str:
        return f"{_WORDS.get(entity, entity)} {self._name(entity, ident)}"

    def _name(self, entity: str, ident: int) -> str:
        row = self._session.get(table_called(entity), ident)
        return quoted(getattr(row, "email", None) or getattr(row, "name", None) or str(ident))


def _stay(entity: str, other: str, names: list[str]) -> str:
    """`2 people ("a@x", "b@x") stay on the list, because …`."""
    one, many = _ONE_AND_MANY.get(entity, ("entry", "entries"))
    examples = ", ".join(names[:_EXAMPLES])
    if len(names) > _EXAMPLES:
        examples += f" and {len(names) - _EXAMPLES:,} more"
    reasons = _OF_PEOPLE if entity == "person" else _OF_OTHERS
    why = reasons.get(other, "something else here needs what is known of them")
    who = f"{len(names):,} {one if len(names) == 1 else many} ({examples})"
    stay = "stays" if len(names) == 1 else "stay"
    return f"{who} {stay} on the list, because {why}"
