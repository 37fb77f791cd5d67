"""Golden files: what people read, word for word, held to the byte.

`ROUNDS_GOLDEN=write pytest <the test's file>` writes them anew after a wanted change of words; read the
difference aloud before it is committed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def assert_golden(folder: Path, name: str, made: Any) -> None:
    """What was made is what `name`.json in the folder holds."""
    path = folder / f"{name}.json"
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("ROUNDS_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text.encode() == path.read_bytes()


def golden_names(folder: Path) -> set[str]:
    """The names of all golden files in a folder."""
    return {path.stem for path in folder.glob("*.json")}
