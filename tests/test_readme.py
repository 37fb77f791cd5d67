"""What the README promises about settings and files is what the program has."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
START, END = "<!-- settings -->\n", "<!-- /settings -->"


def settings_table() -> str:
    """The table of all settings, from their own descriptions."""
    lines = ["| Setting | Default | What it is for |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, SecretStr):
            default = ""
        shown = f"`{default:%H:%M}`" if hasattr(default, "hour") else f"`{default}`" if default != "" else ""
        lines.append(f"| `{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines) + "\n"


def test_the_readme_lists_every_setting_with_its_default() -> None:
    """With ROUNDS_GOLDEN=write the table is written anew."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(START)
    told, after = rest.split(END)
    if os.environ.get("ROUNDS_GOLDEN") == "write":
        README.write_text(before + START + settings_table() + END + after, encoding="utf-8")
        return
    assert told == settings_table()


def test_every_setting_says_what_it_is_for() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_a_wrong_setting_says_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_TIMEZONE", "Mars/Olympus")
    with pytest.raises(ValueError, match="use one such as Europe/London"):
        Settings(_env_file=None)


def test_a_secret_never_shows_itself() -> None:
    settings = Settings.model_construct(slack_bot_token=SecretStr("xoxb-secret"))
    assert "xoxb-secret" not in repr(settings)


def test_every_command_and_scope_in_the_manifest_says_why() -> None:
    text = (ROOT / "manifest.yml").read_text(encoding="utf-8")
    manifest = yaml.safe_load(text)
    for scope in manifest["oauth_config"]["scopes"]["bot"]:
        assert re.search(rf"^ *- {re.escape(scope)} # \w+", text, re.MULTILINE), scope
    for command in manifest["features"]["slash_commands"]:
        assert command["command"].split()[0] in README.read_text(encoding="utf-8")
