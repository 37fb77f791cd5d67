"""Files into storage: people, units, measures and figures, all or nothing; and back again."""

from bot.intake.load import ImportBusy, import_folder
from bot.intake.problems import IntakeErrors, Problem
from bot.intake.report import FileCounts, ImportReport
from bot.intake.undo import BatchSummary, NoSuchBatch, UndoReport, list_batches, undo_batch

__all__ = [
    "BatchSummary",
    "FileCounts",
    "ImportBusy",
    "ImportReport",
    "IntakeErrors",
    "NoSuchBatch",
    "Problem",
    "UndoReport",
    "import_folder",
    "list_batches",
    "undo_batch",
]
