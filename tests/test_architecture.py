"""The three floors and the other contracts hold: import-linter, as a test, so that nobody can forget it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "handlers", "storage")


def test_each_floor_imports_only_from_those_below_it() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_pictures_are_never_made_with_pyplot() -> None:
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            assert "pyplot" not in file.read_text(encoding="utf-8"), file


def test_importing_everything_makes_nothing() -> None:
    """Nothing is created at import: no file, no thread, no connection, no Bolt app."""
    code = (
        "import importlib, pathlib, threading\n"
        f"root = pathlib.Path({str(ROOT)!r})\n"
        f"for package in {PACKAGES!r}:\n"
        "    for file in sorted((root / package).rglob('*.py')):\n"
        "        name = '.'.join(file.relative_to(root).with_suffix('').parts)\n"
        "        if 'migrations' not in name:\n"
        "            importlib.import_module(name.removesuffix('.__init__'))\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
