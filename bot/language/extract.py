"""From the source to the catalogue's template, and from the template into every language's file.

`make catalogue` runs it after a sentence was changed: translations whose sentence is gone are dropped, and
new sentences stand in each file without a translation.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

import bot
from bot.language.language import BRITISH
from bot.language.load import folder, problems, read

TEMPLATE = "rounds.pot"
# What a sentence stands in, in the source.
KEYWORDS = {"say": None, "say_many": (1, 2), "noted": None}
_WIDTH = 110
_HEAD = """\
What Rounds says. A message's id is the British sentence; names in braces are filled by Rounds and stay as
they are, and so do *bold*, `commands` and ends of lines. What has no translation is said in British English.
`make catalogue` brings this file up to the source."""


def extracted() -> Catalog:
    """Every sentence in the source of `bot`, with the files that say it."""
    root = Path(bot.__path__[0])
    catalog = Catalog(
        header_comment="\n".join(f"# {line}" for line in _HEAD.splitlines()),
        project="Rounds",
        version=version("rounds"),
        msgid_bugs_address="none",
        last_translator="Rounds",
        language_team="Rounds",
        charset="utf-8",
        fuzzy=False,
    )
    found = extract_from_dir(root, [("**.py", "python")], keywords=KEYWORDS, comment_tags=())
    for name, _, message, _, context in sorted(found, key=lambda entry: (entry[0], entry[1])):
        catalog.add(message, locations=[(f"bot/{name}", 0)], context=context)
    return catalog


def write(catalog: Catalog, path: Path) -> None:
    """Write a template or a language's file, without line numbers: they change with every other line."""
    with path.open("wb") as file:
        write_po(file, catalog, width=_WIDTH, ignore_obsolete=True, include_lineno=False)


def update(template: Catalog, path: Path) -> tuple[int, list[str]]:
    """Bring a language's file up to the template. Returns how many sentences wait, and what is wrong."""
    catalog = read(path)
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=True)
    write(catalog, path)
    waiting = sum(
        bool(message.id) and (message.fuzzy or not message.string or not all(message.string))
        for message in catalog
    )
    return waiting, [problem for message in catalog for problem in problems(message, catalog)]


def main() -> int:
    """Rewrite the template and every language; say what is left to translate. 1 where a file is wrong."""
    template = extracted()
    path = folder() / TEMPLATE
    if path.exists():
        before = read(path)
        if _ids(before) == _ids(template):
            template.creation_date = before.creation_date
    write(template, path)
    wrong = False
    for file in sorted(folder().glob("*.po")):
        if file.stem == BRITISH:
            # It holds only what a site wants to say otherwise.
            continue
        waiting, found = update(template, file)
        sys.stdout.write(f"{file.name}: {waiting} of {len(template)} sentences are said in British English\n")
        sys.stdout.writelines(f"{file.name}: {problem}\n" for problem in found)
        wrong = wrong or bool(found)
    return int(wrong)


def _ids(catalog: Catalog) -> list[object]:
    return [message.id for message in catalog if message.id]


if __name__ == "__main__":
    sys.exit(main())
