"""Checks of manifest.yml: against the program's listeners, and against the app as it is installed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.doctor.findings import Check, Finding, checked, counted
from bot.doctor.workspace import REINSTALL

NOT_COMPARED = (
    "Slack does not tell a bot which commands its app has. To compare the installed app as well, set "
    "ROUNDS_CONFIG_TOKEN."
)


def read_manifest(path: Path) -> Mapping[str, Any]:
    """The manifest as it stands in the file. Raises OSError, or ValueError where it is none."""
    try:
        parsed = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError("not YAML") from error
    if not isinstance(parsed, dict):
        raise ValueError("not a mapping")
    return parsed


def scopes_of(manifest: Mapping[str, Any]) -> frozenset[str]:
    """The bot's scopes."""
    return frozenset(_at(manifest, "oauth_config", "scopes", "bot") or ())


def commands_of(manifest: Mapping[str, Any]) -> frozenset[str]:
    """The slash commands, with their slash."""
    return frozenset(entry["command"] for entry in _at(manifest, "features", "slash_commands") or ())


def check_commands(manifest: Mapping[str, Any], answered: Collection[str]) -> Check:
    """The manifest has exactly the commands that the program answers (`answered`, with their slash)."""
    wanted = commands_of(manifest)
    findings = [
        Finding(
            f"{command} is missing in manifest.yml, so Slack does not know it.",
            "Take manifest.yml as it came with this version of Rounds. " + REINSTALL,
        )
        for command in sorted(set(answered) - wanted)
    ]
    findings += [
        Finding(
            f"{command} is in manifest.yml, but this version of Rounds does not answer it.",
            "Take manifest.yml as it came with this version of Rounds. " + REINSTALL,
        )
        for command in sorted(wanted - set(answered))
    ]
    return checked("Commands", f"The manifest has each of {', '.join(sorted(answered))}.", findings)


def check_installed(wanted: Mapping[str, Any], installed: Mapping[str, Any], *, socket_mode: bool) -> Check:
    """The app as Slack has it offers what manifest.yml says. `installed` is of apps.manifest.export."""
    findings = [Finding(f"The app at Slack lacks {what}.", REINSTALL) for what in _lacking(wanted, installed)]
    over_sockets = bool(_at(installed, "settings", "socket_mode_enabled"))
    if over_sockets != socket_mode:
        has, needs = ("on", "HTTP mode") if over_sockets else ("off", "Socket Mode")
        findings.append(
            Finding(
                f"Socket Mode is {has} for the app at Slack, but Rounds is set up for {needs}.",
                "Change it at api.slack.com/apps → Socket Mode, or set or remove SLACK_APP_TOKEN.",
            )
        )
    count = len(commands_of(wanted))
    return checked("Installed app", f"It has {counted(count, 'command')} and all else it needs.", findings)


def _lacking(wanted: Mapping[str, Any], installed: Mapping[str, Any]) -> list[str]:
    lacks = [f"the command {one}" for one in sorted(commands_of(wanted) - commands_of(installed))]
    lacks += [f"the shortcut {one}" for one in sorted(_shortcuts(wanted) - _shortcuts(installed))]
    lacks += [f"the event {one}" for one in sorted(_events(wanted) - _events(installed))]
    tabs = (("home_tab_enabled", "the Home tab"), ("messages_tab_enabled", "the messages tab"))
    for key, words in tabs:
        if _at(wanted, "features", "app_home", key) and not _at(installed, "features", "app_home", key):
            lacks.append(words)
    interactive = ("settings", "interactivity", "is_enabled")
    if _at(wanted, *interactive) and not _at(installed, *interactive):
        lacks.append("interactivity (buttons and forms)")
    return lacks


def _shortcuts(manifest: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(entry["callback_id"] for entry in _at(manifest, "features", "shortcuts") or ())


def _events(manifest: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(_at(manifest, "settings", "event_subscriptions", "bot_events") or ())


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
