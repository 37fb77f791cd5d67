"""Reads the published reference numbers, which live beside the project, not in it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[4] / "shared"
VECTORS = SHARED / "vectors"
PRESCRIBING = SHARED / "data" / "prescribing"

needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the reference vectors (../shared/vectors) are not here"
)
needs_prescribing = pytest.mark.skipif(
    not PRESCRIBING.is_dir(), reason="the prescribing data (../shared/data/prescribing) are not here"
)


def read_json(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def read_csv(name: str) -> list[dict[str, str]]:
    with (VECTORS / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def number(text: str) -> float:
    """An empty field is a missing number."""
    return float(text) if text else float("nan")
