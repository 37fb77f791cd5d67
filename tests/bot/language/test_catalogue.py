"""The catalogue is what the source says: no more, no less, and with the names that it fills."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog

import bot
from bot.language.extract import KEYWORDS, TEMPLATE, extracted, main
from bot.language.language import placeholders
from bot.language.load import folder, problems, read

SOURCE = Path(bot.__path__[0])


def ids(catalog: Catalog) -> set[tuple[str, ...]]:
    return {
        tuple(message.id) if isinstance(message.id, tuple | list) else (str(message.id),)
        for message in catalog
        if message.id
    }


def test_the_template_is_what_the_source_says() -> None:
    """After a changed sentence: `make catalogue`, and read what it changed."""
    assert ids(read(folder() / TEMPLATE)) == ids(extracted())


def test_the_american_catalogue_is_complete() -> None:
    catalog = read(folder() / "en_US.po")
    assert ids(catalog) == ids(extracted())
    for message in catalog:
        if message.id:
            assert message.string, message.id
            assert not message.fuzzy, message.id


@pytest.mark.parametrize("path", sorted(folder().glob("*.po")), ids=lambda path: path.stem)
def test_every_placeholder_of_each_translation_fits(path: Path) -> None:
    catalog = read(path)
    assert [problem for message in catalog for problem in problems(message, catalog)] == []


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if name in KEYWORDS:
                    yield name, node


def test_every_sentence_is_given_the_names_that_stand_in_it() -> None:
    checked = 0
    for name, call in calls():
        templates = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
        told = [template for template in templates if isinstance(template, str)]
        if name == "noted" or not told or any(keyword.arg is None for keyword in call.keywords):
            continue
        wanted = frozenset[str]().union(*(placeholders(template) for template in told))
        given = {keyword.arg for keyword in call.keywords} | ({"count"} if name == "say_many" else set())
        assert wanted - {"count"} == given - {"count"}, told
        assert name == "say_many" or wanted == given, told
        checked += 1
    assert checked > 10


def test_updating_keeps_translations_and_tells_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    kept = 'msgid "{start} – {end}"\nmsgstr "{start} bis {end}"\n\nmsgid "Gone."\nmsgstr "Fort."\n'
    (tmp_path / "de.po").write_text(head + kept, encoding="utf-8")
    monkeypatch.setattr("bot.language.extract.folder", lambda: tmp_path)
    assert main() == 0
    count = len(ids(extracted()))
    assert f"de.po: {count - 1} of {count} sentences" in capsys.readouterr().out
    told = (tmp_path / "de.po").read_text(encoding="utf-8")
    assert "{start} bis {end}" in told
    assert "Gone." not in told
    assert (tmp_path / TEMPLATE).exists()


def test_updating_says_which_translation_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    wrong = 'msgid "{start} – {end}"\nmsgstr "ab {start}"\n'
    (tmp_path / "de.po").write_text(head + wrong, encoding="utf-8")
    monkeypatch.setattr("bot.language.extract.folder", lambda: tmp_path)
    assert main() == 1
    assert "de.po: '{start} – {end}' lacks {end}" in capsys.readouterr().out
