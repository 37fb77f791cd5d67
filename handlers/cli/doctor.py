"""`rounds doctor`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from bot.clock import SystemClock
from bot.doctor import Check, Finding, examine
from bot.settings import Settings
from handlers.cli.common import print_json
from handlers.listening import answered_commands
from handlers.manifest import MANIFEST


class Format(StrEnum):
    """How the findings are printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the subcommand to the command."""
    app.command("doctor")(doctor)


def doctor(
    format: Format = typer.Option(Format.TEXT, "--format", help="How to print it."),
) -> None:
    """Check tokens, scopes, database, secret key, clock, channels, people and measures."""
    checks = look()
    if format is Format.JSON:
        print_json({"ok": not any(check.failed for check in checks), "checks": [c.as_json() for c in checks]})
    else:
        show(checks, Console(highlight=False, markup=False, emoji=False))
    if any(check.failed for check in checks):
        raise typer.Exit(1)


def look() -> list[Check]:
    """All the checks, on the settings of the environment; where these are wrong, only what is wrong."""
    try:
        settings = Settings()
    except ValidationError as wrong:
        return [_about_settings(wrong)]
    return examine(settings, SystemClock(), MANIFEST, partial(answered_commands, settings))


def _about_settings(wrong: ValidationError) -> Check:
    findings = []
    for error in wrong.errors(include_url=False, include_input=False):
        name = "_".join(str(part) for part in error["loc"]).upper()
        why = error["msg"].removeprefix("Value error, ")
        findings.append(Finding(f"{name} is wrong: {why}.", f"Mend {name}, and run `rounds doctor` again."))
    return Check("Settings", "", tuple(findings))


def show(checks: Sequence[Check], out: Console) -> None:
    """Print a calm list: a line for what is well, two for each finding, and a sum at the end."""
    width = max(len(check.name) for check in checks)
    for check in checks:
        name = f"{check.name:<{width}}  "
        for finding in check.findings:
            _line(out, Text.assemble(("✗ ", "red"), name), Text(finding.wrong))
            _line(out, Text(" " * (width + 4)), Text(f"→ {finding.todo}", "bold"))
        if not check.failed and check.made:
            _line(out, Text.assemble(("✓ ", "green"), name), Text(check.says))
        elif not check.failed:
            _line(out, Text.assemble(("– ", "dim"), name), Text(f"Not checked: {check.says}", "dim"))
    findings = sum(len(check.findings) for check in checks)
    out.print()
    if findings:
        out.print("1 thing to mend." if findings == 1 else f"{findings} things to mend.")
    else:
        out.print("All is well.")


def _line(out: Console, head: Text, body: Text) -> None:
    """One line; on a terminal it is wrapped, and what is wrapped stays under its beginning."""
    if not out.is_terminal:
        # Nothing is wrapped in a pipe, so that a line can be searched for.
        out.print(head + body, soft_wrap=True)
        return
    for line in body.wrap(out, max(20, out.width - len(head))):
        out.print(head + line)
        head = Text(" " * len(head))
