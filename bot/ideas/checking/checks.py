"""What is looked at in every free text before it is kept, and the sentence with which it is given back."""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from functools import partial
from itertools import pairwise
from typing import Final

from sqlmodel import Session

from bot.ideas.checking.concerns import raises_concern, touches_care
from bot.ideas.checking.identifiers import (
    BIRTH_DATE,
    CHI_NUMBER,
    EMAIL,
    NAME,
    NHS_NUMBER,
    PHONE,
    RECORD_NUMBER,
    SSN,
    Found,
    find_identifiers,
    normalise,
)
from storage.known_names import anybody_named

__all__ = [
    "Found",
    "find_identifiers",
    "names_somebody",
    "raises_concern",
    "refuse_text",
    "refuse_words",
    "touches_care",
]

_WHAT: Final = {
    NHS_NUMBER: "an NHS number",
    CHI_NUMBER: "a CHI number",
    SSN: "a social security number",
    RECORD_NUMBER: "a hospital record number",
    BIRTH_DATE: "a date of birth",
    PHONE: "a telephone number",
    EMAIL: "an email address",
    NAME: "somebody's name",
}
_KEPT = "Your text is still in the form."
_ROLE = (
    "Please write the role rather than a colleague's name (“the night coordinator”): then this stays "
    "about the work."
)

_MENTION = re.compile(r"<[@!](?:subteam\^)?[UWS][A-Z0-9]{2,}(?:\|[^>]*)?>")
_WORD = re.compile(r"[^\W\d_]+(?:['.-][^\W\d_]+)*")
# What stands before a colleague's surname. "Dr Foster" is a name whoever that is; a "Nurse Call" is none.
_SURE = frozenset(("dr", "doctor", "prof", "professor"))
_TITLES = _SURE | frozenset(
    ("sister", "nurse", "matron", "consultant", "sn", "hca", "midwife", "registrar", "charge")
)
# What follows these words on every ward, and is nobody's surname there.
_NO_SURNAME = frozenset(
    ["and", "or", "in", "on", "to", "is", "the", "at", "who", "with", "for", "from", "call", "calls", "can"]
) | {"station", "office", "ward", "round", "led", "team", "bank", "staff", "has", "will", "should", "per"}
_LONGEST_NAME = 4


# Whether somebody has one of these full names, or one of these surnames.
Anybody = Callable[[Set[str], Set[str]], bool]


def refuse_text(session: Session, text: str, *, names: bool = True) -> str | None:
    """Why this text cannot be kept as it is, and what to do about it; None where it can.

    With `names` off, colleagues may be named: for what reaches no channel.
    """
    found = find_identifiers(text)
    if found:
        return f"{_patient_details(text, found[0])} {_KEPT}"
    return names_somebody(session, text) if names else None


def refuse_words(text: str, anybody: Anybody) -> str | None:
    """The same of a text that nobody is typing: from a file. `anybody` knows the names of colleagues."""
    found = find_identifiers(text)
    if found:
        return _patient_details(text, found[0])
    return _ROLE if _names_one(text, anybody) else None


def names_somebody(session: Session, text: str) -> str | None:
    """What is said to whoever names a colleague: a mention, a full name, or a title with a surname."""
    return f"{_ROLE} {_KEPT}" if _names_one(text, partial(anybody_named, session)) else None


def _names_one(text: str, anybody: Anybody) -> bool:
    if _MENTION.search(text):
        return True
    plain, _ = normalise(text)
    words = [_without_possessive(word) for word in _WORD.findall(plain)]
    titled = [(title, name) for title, name in pairwise(words) if title.casefold() in _TITLES]
    if any(title.casefold() in _SURE and _is_capitalised(name) for title, name in titled):
        return True
    surnames = {name for _, name in titled if len(name) > 1 and name.casefold() not in _NO_SURNAME}
    return anybody(_windows(words), surnames)


def _patient_details(text: str, found: Found) -> str:
    seen = text[found.start : found.end].strip()
    if found.kind == NAME:
        return (
            f"This looks like {_WHAT[NAME]} (“{seen}”). Please take it out, or write the role: names of "
            "patients and colleagues do not belong here."
        )
    # Of anything else its end: enough to find it by.
    return (
        f"This looks like {_WHAT[found.kind]} (…{seen[-3:]}). Please take it out: patient details do not "
        "belong here."
    )


def _windows(words: list[str]) -> set[str]:
    """Every two to four neighbouring words: what could be somebody's full name."""
    return {
        " ".join(words[start : start + length])
        for length in range(2, _LONGEST_NAME + 1)
        for start in range(len(words) - length + 1)
    }


def _is_capitalised(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and not word.isupper()


def _without_possessive(word: str) -> str:
    return word.removesuffix("'s").removesuffix("'S").rstrip(".")
