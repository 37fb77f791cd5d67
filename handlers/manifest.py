"""Where the Slack app's manifest stands: beside the floors, at the top of the project."""

from __future__ import annotations

from pathlib import Path

MANIFEST = Path(__file__).resolve().parent.parent / "manifest.yml"
