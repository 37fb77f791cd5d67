"""What the app's manifest grants: scopes, commands, shortcuts, events and the tabs of its Home."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

LONGEST_NAME = 35
LONGEST_SHORTCUT, LONGEST_ABOUT, LONGEST_ID, MOST_SHORTCUTS = 24, 150, 255, 10
# Slack takes a subscription to an event only with a scope that lets the app see it; any one is enough.
EVENT_SCOPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "message.im": ("im:history",),
        "message.channels": ("channels:history",),
        "message.groups": ("groups:history",),
        "member_joined_channel": ("channels:read", "groups:read"),
        "member_left_channel": ("channels:read", "groups:read"),
        "channel_shared": ("channels:read", "groups:read"),
        "channel_unshared": ("channels:read", "groups:read"),
        "team_join": ("users:read",),
        "user_change": ("users:read",),
    }
)


@dataclass(frozen=True)
class Manifest:
    """The parts of manifest.yml that the workspace enforces. None grants everything."""

    name: str = "Rounds"
    scopes: frozenset[str] | None = None
    commands: frozenset[str] | None = None
    shortcuts: tuple[tuple[str, str, str], ...] | None = None
    events: frozenset[str] | None = None
    home_tab: bool = True
    messages_tab: bool = True
    messages_read_only: bool = False
    command_hints: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Reads a manifest file (YAML or JSON); ValueError with a sentence where it is not one."""
        parsed = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(parsed, dict):
            raise ValueError(f"{path}: this is not an app manifest. It should be a YAML mapping.")
        return cls.parse(parsed)

    @classmethod
    def parse(cls, parsed: dict[str, Any]) -> Manifest:
        """Takes what matters here out of a manifest of Slack's schema.

        ValueError where Slack would not take it: a name over 35 characters, a command without a slash, a
        shortcut whose name is over 24, an event or a command without its scope.
        """
        features = parsed.get("features") or {}
        settings = parsed.get("settings") or {}
        home = features.get("app_home") or {}
        commands = features.get("slash_commands") or []
        shortcuts = features.get("shortcuts") or []
        scopes = ((parsed.get("oauth_config") or {}).get("scopes") or {}).get("bot") or []
        events = (settings.get("event_subscriptions") or {}).get("bot_events") or []
        name = str((parsed.get("display_information") or {}).get("name", "Rounds"))
        if len(name) > LONGEST_NAME:
            raise ValueError(f'The app\'s name "{name}" is too long: Slack takes {LONGEST_NAME} characters.')
        for command in commands:
            if not str(command["command"]).startswith("/"):
                raise ValueError(f'The command "{command["command"]}" has to begin with "/".')
        _check_shortcuts(shortcuts)
        _check_scopes(scopes, events, bool(commands or shortcuts))
        return cls(
            name=name,
            scopes=frozenset(scopes),
            commands=frozenset(command["command"] for command in commands),
            shortcuts=tuple((s["callback_id"], s["type"], s["name"]) for s in shortcuts),
            events=frozenset(events),
            home_tab=bool(home.get("home_tab_enabled", False)),
            messages_tab=bool(home.get("messages_tab_enabled", False)),
            messages_read_only=bool(home.get("messages_tab_read_only_enabled", False)),
            command_hints=tuple(
                (command["command"], command.get("usage_hint", ""), command.get("description", ""))
                for command in commands
            ),
        )

    def grants(self, scope: str) -> bool:
        """Whether the app's token has this scope."""
        return self.scopes is None or scope in self.scopes

    def subscribes(self, event: str) -> bool:
        """Whether the app is sent this event, for example "message.im"."""
        return self.events is None or event in self.events


def _check_shortcuts(shortcuts: list[dict[str, Any]]) -> None:
    if len(shortcuts) > MOST_SHORTCUTS:
        raise ValueError(f"There are too many shortcuts: Slack takes {MOST_SHORTCUTS}.")
    ids = [str(shortcut.get("callback_id", "")) for shortcut in shortcuts]
    for shortcut, callback_id in zip(shortcuts, ids, strict=True):
        name = str(shortcut.get("name", ""))
        if shortcut.get("type") not in ("global", "message"):
            raise ValueError(f'The shortcut "{name}" has to be of the type global or message.')
        if not 0 < len(name) <= LONGEST_SHORTCUT:
            raise ValueError(f'The shortcut\'s name "{name}" needs 1 to {LONGEST_SHORTCUT} characters.')
        if len(str(shortcut.get("description", ""))) > LONGEST_ABOUT:
            raise ValueError(
                f'The description of "{name}" is too long: Slack takes {LONGEST_ABOUT} characters.'
            )
        if not 0 < len(callback_id) <= LONGEST_ID or ids.count(callback_id) > 1:
            raise ValueError(f'The shortcut "{name}" needs a callback_id of its own.')


def _check_scopes(scopes: Collection[str], events: Collection[str], commands: bool) -> None:
    for event in events:
        needed = EVENT_SCOPES.get(event, ())
        if needed and not set(needed) & set(scopes):
            raise ValueError(f'The event "{event}" needs the scope {" or ".join(needed)}.')
    if commands and "commands" not in scopes:
        raise ValueError("Slash commands and shortcuts need the scope commands.")
