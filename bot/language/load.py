"""Languages from their files: one .po each, read and checked at the start, with no step between."""

from __future__ import annotations

import gettext
from importlib import resources
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from bot.language.language import Language, placeholders

_ENDING = ".po"


def folder() -> Path:
    """Where the catalogue is: its template `rounds.pot` and a file for each language."""
    return Path(str(resources.files("bot.language").joinpath("catalogue")))


def languages() -> tuple[str, ...]:
    """The languages that there are, by name."""
    return tuple(sorted(path.stem for path in folder().glob(f"*{_ENDING}")))


def language_named(name: str) -> Language:
    """The language of that name, or of a file of one's own (`/etc/rounds/de.po`).

    Raises ValueError with a sentence that says what to do where there is none, or where its file is wrong.
    """
    own = name.endswith(_ENDING)
    path = Path(name) if own else folder() / f"{name}{_ENDING}"
    if not own and name not in languages():
        raise ValueError(
            f"there is no language called {name!r}; use one of {', '.join(languages())}, "
            f"or the path of a {_ENDING} file"
        )
    if not path.is_file():
        raise ValueError(f"there is no file {name}; use one of {', '.join(languages())}, or make it")
    return language_in(path)


def language_in(path: Path) -> Language:
    """The language of one file, whose name is its locale (`de.po`, `pt_BR.po`).

    Raises ValueError with the file, and the message where one is wrong.
    """
    try:
        locale = Locale.parse(path.stem)
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(
            f"{path}: nobody knows a language called {path.stem!r}; name the file de.po or pt_BR.po"
        ) from error
    catalog = read(path)
    wrong = [f"{path}: {problem}" for message in catalog for problem in problems(message, catalog)]
    if wrong:
        raise ValueError("\n".join(wrong))
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Language(locale, gettext.GNUTranslations(compiled))


def read(path: Path) -> Catalog:
    """A file's catalogue. Raises ValueError with the file where it is no .po file in UTF-8."""
    try:
        with path.open("rb") as file:
            locale = path.stem if path.suffix == _ENDING else None
            return read_po(file, locale=locale, charset="utf-8", abort_invalid=True)
    except (PoFileError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{path} is no {_ENDING} file in UTF-8: {error}") from error


def problems(message: Message, catalog: Catalog) -> list[str]:
    """What is wrong with one translation, in words; nothing where it is right or is not made yet.

    What is not translated, or marked as fuzzy, is said in British English.
    """
    if not message.id or message.fuzzy or not _made(message):
        return []
    many = isinstance(message.id, tuple | list)
    originals = list(message.id) if many else [str(message.id)]
    forms = list(message.string) if isinstance(message.string, tuple | list) else [str(message.string)]
    named = f"{originals[0]!r}"
    wanted = catalog.num_plurals if many else 1
    if len(forms) != wanted or not all(forms):
        there = sum(bool(form) for form in forms)
        return [f"{named} has {there} of its {wanted} plural forms"]
    try:
        known = [placeholders(original) for original in originals]
        used = [placeholders(form) for form in forms]
    except ValueError as error:
        return [f"{named}: {error}"]
    # "1 measure" may leave out what "{count} measures" has.
    needed, allowed = frozenset.intersection(*known), frozenset.union(*known)
    found = []
    for form in used:
        found += [f"{named} lacks {{{name}}}" for name in sorted(needed - form)]
        found += [f"{named} has {{{name}}}, which nothing fills" for name in sorted(form - allowed)]
    return list(dict.fromkeys(found))


def _made(message: Message) -> bool:
    return any(message.string) if isinstance(message.string, tuple | list) else bool(message.string)
