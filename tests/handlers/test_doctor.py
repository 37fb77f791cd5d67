"""`rounds doctor` as it is typed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from bot.doctor.findings import Check, Finding, checked, not_checked
from handlers.cli import build
from handlers.cli.doctor import show

CHECKS = [
    checked("Tokens", "The tokens are of the right kind."),
    checked("Units", "", [Finding("Ash has no leader.", "Fill in leader_email in units.csv.")]),
    not_checked("People", "Slack did not answer."),
]


def shown(checks: list[Check], width: int = 200, terminal: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, color_system=None)
    show(checks, console)
    return out.getvalue()


def test_what_is_well_what_is_wrong_and_what_to_do_are_shown() -> None:
    assert shown(CHECKS).splitlines() == [
        "✓ Tokens  The tokens are of the right kind.",
        "✗ Units   Ash has no leader.",
        "          → Fill in leader_email in units.csv.",
        "– People  Not checked: Slack did not answer.",
        "",
        "1 thing to mend.",
    ]
    assert shown(CHECKS[:1]).endswith("All is well.\n")


def test_on_a_narrow_terminal_lines_stay_under_their_beginning() -> None:
    long = checked("Units", "", [Finding("word " * 20, "do " * 30)])
    lines = shown([long], width=40, terminal=True).splitlines()
    assert all(len(line.rstrip()) <= 40 for line in lines)
    assert all(line.startswith(("✗ Units", " " * 9)) for line in lines[:-2])


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings at all."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("nowhere")
def test_an_installation_that_was_not_set_up_fails_and_hears_where_to_begin(tmp_path: Path) -> None:
    result = CliRunner().invoke(build(), ["doctor", "--format", "json"])
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert said["ok"] is False
    failed = {check["check"] for check in said["checks"] if check["result"] == "failed"}
    assert failed == {"Tokens", "Database", "Secret key"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("nowhere")
def test_a_time_zone_that_does_not_exist_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_TIMEZONE", "Europe/Lundon")
    result = CliRunner().invoke(build(), ["doctor"])
    assert result.exit_code == 1
    assert "ROUNDS_TIMEZONE is wrong: there is no time zone called 'Europe/Lundon'" in result.stdout
