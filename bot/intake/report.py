"""What an import did, or would do: counts by file, and what is to be noted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FileCounts:
    """How many rows of a file were new, changed what was stored, or were the same."""

    file: str
    new: int
    changed: int
    same: int


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do. `batch` is its number; None where nothing changed, or on a dry run."""

    files: tuple[FileCounts, ...]
    warnings: tuple[str, ...]
    batch: int | None
    dry_run: bool

    @property
    def changes_anything(self) -> bool:
        """Whether there is anything new or changed in the files."""
        return any(counts.new or counts.changed for counts in self.files)

    def __str__(self) -> str:
        """The counts by file, the warnings, and what became of it."""
        lines = [
            f"{counts.file}: {counts.new:,} new, {counts.changed:,} changed, {counts.same:,} the same"
            for counts in self.files
        ]
        lines += [f"Please note: {warning}." for warning in self.warnings]
        if self.batch is not None:
            lines.append(
                f"Imported as number {self.batch}; `rounds import --undo {self.batch}` takes it back."
            )
        elif self.dry_run and self.changes_anything:
            lines.append("The files are right. This was a dry run: nothing was changed.")
        else:
            lines.append("Nothing changed: all of this is stored already.")
        return "\n".join(lines)
