"""Words that mean the same on a ward: the table that Rounds brings along, and the site's own rows."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib import resources
from pathlib import Path

import structlog

from storage.idea_words import Synonyms, stems, synonyms_of

log = structlog.stdlib.get_logger()

_HEADER = ["word", "means"]


class BadSynonyms(ValueError):
    """The site's table of synonyms cannot be used; the text is a sentence that says where and why."""


def load_synonyms(path: str | Path | None = None) -> Synonyms:
    """The synonyms of Rounds and, where a path is given, those of the site. Raises BadSynonyms.

    A row `venflon,cannula` says that whoever writes one may mean the other; a word may have several rows.
    """
    own = resources.files("bot.ideas.finding").joinpath("synonyms.csv").read_text(encoding="utf-8")
    rows = _rows(own, "synonyms.csv")
    if path:
        rows += _rows(_read(Path(path)), Path(path).name)
    return synonyms_of(rows)


def synonyms_at(path: str) -> Synonyms:
    """As `load_synonyms`, but the file is read again only after it was changed, and a bad one is left out.

    Nobody's idea is to be refused because of it; `rounds doctor` says what is wrong.
    """
    try:
        changed = Path(path).stat().st_mtime_ns if path else 0
    except OSError:
        changed = -1
    return _loaded(path, changed)


@lru_cache(maxsize=4)
def _loaded(path: str, _changed: int) -> Synonyms:
    try:
        return load_synonyms(path or None)
    except BadSynonyms:
        log.warning("synonyms_left_out", what_to_do="run `rounds doctor`")
        return load_synonyms()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSynonyms(
            f'{path.name}: the synonyms are not UTF-8 text; save the file as "CSV UTF-8" and start again'
        ) from error
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise BadSynonyms(
            f"{path.name}: the synonyms cannot be read ({why}); check ROUNDS_SYNONYMS"
        ) from error


def _rows(table: str, name: str) -> list[tuple[str, str]]:
    reader = csv.reader(table.splitlines(keepends=True), strict=True)
    rows: list[tuple[str, str]] = []
    headed = False
    try:
        for fields in reader:
            where = f"{name}:{reader.line_num}"
            cells = [field.strip() for field in fields]
            if not any(cells):
                continue
            if not headed:
                if [cell.casefold() for cell in cells] != _HEADER:
                    raise BadSynonyms(f"{where}: the first line must be: word,means")
                headed = True
                continue
            rows.append(_row(cells, where))
    except csv.Error as error:
        raise BadSynonyms(f"{name}:{reader.line_num}: this is not CSV ({error}); check the quotes") from error
    if not headed:
        raise BadSynonyms(f"{name}:1: the file is empty; its first line must be: word,means")
    return rows


def _row(cells: list[str], where: str) -> tuple[str, str]:
    if len(cells) != 2:
        raise BadSynonyms(
            f"{where}: there are {len(cells)} fields; a row has two, a word and what it means, "
            "such as: venflon,cannula"
        )
    for column, cell in zip(_HEADER, cells, strict=True):
        if not stems(cell):
            what = "is empty" if not cell else "has no word that ideas could be found by"
            raise BadSynonyms(
                f"{where}: {column} {what}; write a word or a short phrase, or take the row out"
            )
    return cells[0], cells[1]
