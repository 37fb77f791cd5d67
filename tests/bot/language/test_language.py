"""Sentences, numbers and dates in a language, and languages from their files."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.language import british
from bot.language.load import folder, language_in, language_named, languages
from bot.settings import Settings

US = language_named("en_US")
HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def file_of(tmp_path: Path, text: str, name: str = "de.po", head: str = HEAD) -> Path:
    path = tmp_path / name
    path.write_text(head + text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ValueError, match=r"de\.po") as refused:
        language_in(path)
    return str(refused.value)


def test_a_language_is_one_file(tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        'msgid "{title}: steady."\nmsgstr "{title}: unverändert."\n\n'
        'msgid "1 measure"\nmsgid_plural "{count} measures"\n'
        'msgstr[0] "eine Messgröße"\nmsgstr[1] "{count} Messgrößen"\n\n'
        'msgid "{day} {month} {year}"\nmsgstr "{day}. {month} {year}"\n',
    )
    german = language_named(str(path))
    assert german.say("{title}: steady.", title="Stürze") == "Stürze: unverändert."
    assert german.say_many("1 measure", "{count} measures", 1) == "eine Messgröße"
    assert german.say_many("1 measure", "{count} measures", 1200) == "1.200 Messgrößen"
    assert german.day(date(2025, 3, 9), year=True) == "9. März 2025"
    assert german.number(1234.5, 1) == "1.234,5"


def test_the_template_itself_is_a_language_to_begin_with(tmp_path: Path) -> None:
    path = tmp_path / "de.po"
    shutil.copy(folder() / "rounds.pot", path)
    german = language_in(path)
    assert german.say("Why this one?") == "Why this one?"
    assert german.say_many("1 measure", "{count} measures", 3) == "3 measures"
    assert german.say("") == ""


def test_what_is_not_translated_is_said_in_british_english(tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        '#, fuzzy\nmsgid "{title}: steady."\nmsgstr "{name} vielleicht"\n\n'
        'msgid "Why this one?"\nmsgstr ""\n',
    )
    german = language_in(path)
    assert german.say("{title}: steady.", title="Falls") == "Falls: steady."
    assert german.say("Why this one?") == "Why this one?"


@pytest.mark.parametrize(
    ("translation", "said"),
    [
        ('msgid "{title}: steady."\nmsgstr "Unverändert."\n', "'{title}: steady.' lacks {title}"),
        (
            'msgid "{title}: steady."\nmsgstr "{title}: {name}."\n',
            "'{title}: steady.' has {name}, which nothing fills",
        ),
        (
            'msgid "{title}: steady."\nmsgstr "{title.__class__}"\n',
            "{title.__class__} is no placeholder; they are names in braces",
        ),
        ('msgid "{title}: steady."\nmsgstr "{title!r}"\n', "{title} is no placeholder"),
        ('msgid "{title}: steady."\nmsgstr "{0}"\n', "{0} is no placeholder"),
        ('msgid "{title}: steady."\nmsgstr "{title"\n', "'{title}: steady.': expected '}'"),
        (
            'msgid "{count} week"\nmsgid_plural "{count} weeks"\nmsgstr[0] "{count} Woche"\nmsgstr[1] ""\n',
            "'{count} week' has 1 of its 2 plural forms",
        ),
        (
            'msgid "{count} week"\nmsgid_plural "{count} weeks"\n'
            'msgstr[0] "{count} Woche"\nmsgstr[1] "Wochen"\n',
            "'{count} week' lacks {count}",
        ),
    ],
)
def test_a_translation_that_does_not_fit_is_refused_with_its_sentence(
    tmp_path: Path, translation: str, said: str
) -> None:
    assert said in refusal(file_of(tmp_path, translation))


def test_a_language_with_more_plural_forms_needs_all_of_them(tmp_path: Path) -> None:
    two = 'msgid "{count} week"\nmsgid_plural "{count} weeks"\nmsgstr[0] "{count} a"\nmsgstr[1] "{count} b"\n'
    with pytest.raises(ValueError, match="has 2 of its 3 plural forms"):
        language_in(file_of(tmp_path, two, "pl.po"))


@pytest.mark.parametrize(
    ("text", "said"),
    [("msgid steady\n", "is no .po file"), ('msgid "open\n', "is no .po file")],
)
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(file_of(tmp_path, text))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "de.po"
    path.write_bytes('msgid "steady"\nmsgstr "unverändert"\n'.encode("latin-1"))
    assert "is no .po file in UTF-8" in refusal(path)


def test_a_file_named_after_no_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"name the file de\.po or pt_BR\.po"):
        language_in(file_of(tmp_path, "", "klingon.po"))


def test_a_setting_that_names_no_language_lists_those_that_there_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ROUNDS_LANGUAGE", "tlh")
    with pytest.raises(ValueError, match=r"no language called 'tlh'; use one of en_GB, en_US"):
        Settings(_env_file=None)
    monkeypatch.setenv("ROUNDS_LANGUAGE", str(tmp_path / "de.po"))
    with pytest.raises(ValueError, match=r"there is no file .*de\.po"):
        Settings(_env_file=None)
    monkeypatch.setenv("ROUNDS_LANGUAGE", "../en_US")
    with pytest.raises(ValueError, match="no language called"):
        Settings(_env_file=None)


def test_the_setting_makes_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(_env_file=None).language.locale == british().locale
    monkeypatch.setenv("ROUNDS_LANGUAGE", "en_US")
    assert str(Settings(_env_file=None).language.locale) == "en_US"


def test_every_language_that_is_shipped_can_be_spoken() -> None:
    assert {"en_GB", "en_US"} <= set(languages())
    for name in languages():
        assert str(language_named(name).locale) == name
    assert (folder() / "rounds.pot").exists()


def test_what_is_filled_in_is_never_read_as_a_template() -> None:
    said = british().say("{title}: steady.", title="{since} {title.__class__} {0}")
    assert said == "{since} {title.__class__} {0}: steady."


@given(st.floats(-1e9, 1e9), st.integers(0, 6))
def test_british_numbers_have_commas_and_points(value: float, decimals: int) -> None:
    assert british().number(value, decimals) == f"{value:,.{decimals}f}"


def test_a_number_can_leave_out_what_says_nothing() -> None:
    assert british().number(95.0, 1, trimmed=True) == "95"
    assert british().number(95.5, 1, trimmed=True) == "95.5"


@pytest.mark.parametrize(
    ("first", "last", "plain", "full"),
    [
        (date(2025, 7, 14), date(2025, 7, 20), "July 14–20", "Jul 14–20, 2025"),
        (date(2025, 4, 28), date(2025, 7, 20), "April 28 – July 20", "Apr 28 – Jul 20, 2025"),
        (date(2025, 10, 1), date(2025, 12, 31), "October–December", "Oct–Dec 2025"),
        (date(2025, 2, 1), date(2025, 2, 28), "February", "Feb 2025"),
        (
            date(2024, 12, 30),
            date(2025, 1, 5),
            "December 30, 2024 – January 5, 2025",
            "Dec 30, 2024 – Jan 5, 2025",
        ),
        (
            date(2024, 11, 1),
            date(2025, 1, 31),
            "November 2024 – January 2025",
            "Nov 2024 – Jan 2025",
        ),
        (date(2025, 7, 20), date(2025, 7, 20), "July 20", "Jul 20, 2025"),
    ],
)
def test_american_days_have_the_month_first(first: date, last: date, plain: str, full: str) -> None:
    assert US.span(first, last) == plain
    assert US.span(first, last, year=True, short=True) == full


def test_an_american_percentage_has_no_space() -> None:
    assert US.percent("69") == "69%"
    assert british().percent("69") == "69\u00a0%"
