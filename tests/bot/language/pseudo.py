"""A language that no one speaks: every sentence of the catalogue stands in brackets."""

from __future__ import annotations

from dataclasses import dataclass, field
from gettext import NullTranslations

from babel import Locale

from bot.language.language import Language

OPEN, CLOSE = "⟦", "⟧"


@dataclass
class Bracketed(NullTranslations):
    """Says each sentence in brackets, and remembers which were said."""

    said: set[str] = field(default_factory=set)

    def gettext(self, message: str) -> str:
        self.said.add(message)
        return f"{OPEN}{message}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.said.add(msgid1)
        return f"{OPEN}{msgid1 if n == 1 else msgid2}{CLOSE}"


def pseudo() -> tuple[Language, Bracketed]:
    """The language, and what it has said so far."""
    sentences = Bracketed()
    return Language(Locale.parse("en_GB"), sentences), sentences


def outside(text: str) -> str:
    """What stands outside of all brackets. A text that was cut short may miss its last ones."""
    depth, kept = 0, []
    for character in text:
        if character == OPEN:
            depth += 1
        elif character == CLOSE:
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(character)
    return "".join(kept)
