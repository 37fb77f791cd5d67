"""What the app's manifest grants: scopes, commands, shortcuts, events and the tabs of its Home."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LONGEST_NAME = 35


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

        ValueError where Slack would not take it: a name over 35 characters, a command without a slash.
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
