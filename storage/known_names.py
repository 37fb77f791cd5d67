"""Whose names stand in a text: asked by what the text says, so that nobody's name is loaded."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from storage.people import Person

# Well under the parameters that both databases take in one statement, and under the depth of its terms.
_AT_ONCE = 8000
_MOST_SURNAMES = 50


def anybody_named(session: Session, full_names: Collection[str], surnames: Collection[str]) -> bool:
    """Whether somebody who works here has one of these names, or one of these as its last word.

    Capital letters make no difference.
    """
    forms = sorted({form for name in full_names for form in _forms(name)})
    endings = [f"% {_literally(form)}" for name in sorted(surnames)[:_MOST_SURNAMES] for form in _forms(name)]
    name = func.lower(col(Person.name))
    ends = [name.like(ending, escape="\\") for ending in endings]
    for start in range(0, len(forms) or 1, _AT_ONCE):
        found = select(col(Person.id)).where(or_(name.in_(forms[start : start + _AT_ONCE]), *ends)).limit(1)
        if session.execute(found).first() is not None:
            return True
    return False


def _forms(name: str) -> set[str]:
    """As lower() has it: PostgreSQL's of every letter, SQLite's of A-Z alone."""
    forms = {name.lower(), _ascii_lower(name), _ascii_lower(name.title())}
    return forms | {form.replace("'", "’") for form in forms}


def _ascii_lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
