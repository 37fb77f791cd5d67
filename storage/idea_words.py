"""Text to the stems by which ideas are found, and words that mean the same. Pure; for every database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from storage.porter import stem

# Longer "words" are not language; a stem is a primary key of `idea_term`.
_LONGEST = 40
_WORD = re.compile(r"[^\W_]+")
# A&E, D&V; T.T.O. Letters that belong together.
_AMPERSAND = re.compile(r"\b([^\W\d_])\s?&\s?([^\W\d_])\b")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ`´](?:s\b)?")

# Words that say nothing about what an idea is about. Not in the index at all.
_STOP_WORDS = (
    "a about after again all also always am an and any anyone are arent as at be because been before "
    "being both but by can cannot cant could couldnt d did didnt do does doesnt doing done dont each "
    "either else even ever every everybody everyone few for from get gets getting give given go goes "
    "going gone got had has hasnt have havent having he her here him his how i id idea ideas if ill im "
    "in into is isnt it its ive just keep keeps kept let lets like ll lot lots m make makes making many "
    "may maybe me might more most much must my near never next no nobody not nothing now of often on "
    "once one ones only or other our ours own perhaps please put quite rather re really s same seem "
    "shall she should shouldnt since so some somebody someone something sometimes soon still such "
    "suggest suggestion t take than that thats the their them then there theres these they theyre thing "
    "things think this those though through to too try trying until up upon us use used using usually "
    "ve very want was wasnt way we well were weve what whatever when where which while who whoever "
    "whole whom whose why will with without wont would wouldnt yet you your youre "
)
_STOP = frozenset(_STOP_WORDS.split())


def stems(text: str) -> list[str]:
    """The stems of a text in their order, without words that say nothing: only letters and digits.

    Accents are dropped, hyphens and slashes separate, "A&E" and "t.t.o." become one word each.
    """
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text).casefold()
        if not unicodedata.combining(letter)
    )
    plain = _APOSTROPHE.sub("", plain)
    plain = _AMPERSAND.sub(r"\1\2", plain)
    plain = _DOTTED.sub(lambda found: found[0].replace(".", "") + " ", plain)
    return [stem(word[:_LONGEST]) for word in _WORD.findall(plain) if word not in _STOP]


Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a known phrase of a text: its stems, and what it can mean (keys of `Synonyms.members`)."""

    phrase: Phrase
    meanings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Synonyms:
    """Which phrases mean the same: what each one can mean. A word may have several meanings."""

    meanings: Mapping[Phrase, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def members(self) -> Mapping[str, tuple[Phrase, ...]]:
        """All phrases of each meaning."""
        members: dict[str, list[Phrase]] = {}
        for phrase, meanings in self.meanings.items():
            for meaning in meanings:
                members.setdefault(meaning, []).append(phrase)
        return {meaning: tuple(phrases) for meaning, phrases in members.items()}

    @cached_property
    def _longest(self) -> Mapping[str, int]:
        longest: dict[str, int] = {}
        for phrase in self.meanings:
            longest[phrase[0]] = max(longest.get(phrase[0], 1), len(phrase))
        return longest

    @cached_property
    def _alike(self) -> Mapping[Phrase, tuple[Phrase, ...]]:
        alike = {}
        for phrase, meanings in self.meanings.items():
            others = (other for meaning in meanings for other in self.members[meaning])
            alike[phrase] = tuple(dict.fromkeys((phrase, *others)))
        return alike

    def terms(self, words: Sequence[str]) -> Iterator[Term]:
        """The stems cut into known phrases, the longest first, and single words."""
        place = 0
        while place < len(words):
            for length in range(self._longest.get(words[place], 1), 0, -1):
                phrase = tuple(words[place : place + length])
                if length == 1 or phrase in self.meanings:
                    yield Term(phrase, self.meanings.get(phrase, ()))
                    place += len(phrase)
                    break

    def alike(self, term: Term) -> tuple[Phrase, ...]:
        """The term's own phrase first, then those that mean the same."""
        return self._alike.get(term.phrase, (term.phrase,))


def synonyms_of(rows: Sequence[tuple[str, str]]) -> Synonyms:
    """Synonyms of rows (word, means). A word is its own meaning where other words mean it."""
    meanings: dict[Phrase, list[str]] = {}
    for word, means in rows:
        head = tuple(stems(means))
        for phrase in (head, tuple(stems(word))):
            known = meanings.setdefault(phrase, [])
            if (key := " ".join(head)) not in known:
                known.append(key)
    return Synonyms({phrase: tuple(keys) for phrase, keys in meanings.items()})
