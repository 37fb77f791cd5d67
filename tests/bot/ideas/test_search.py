"""Ideas are found by their words, whatever is typed, on both databases; what is taken out is gone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, select

from bot.ideas.finding.similar import find, similar
from bot.ideas.finding.synonyms import BadSynonyms, load_synonyms
from bot.settings import Settings
from storage.engine import Database
from storage.idea_search import Found, frequencies, index, near_words, search, unindex, wipe_leftovers
from storage.idea_words import stems, synonyms_of
from storage.ideas import Idea, IdeaTerm
from storage.people import Unit
from storage.porter import stem
from storage.terms import IdeaState
from tests.world import START

PAIRS = Path(__file__).with_name("pairs.csv")
TEXTS = [
    "More drip stands for the night shift",
    "Charge the observation machines after the round",
    "Café trolley for relatives on Sundays",
    "Discharge letters should be printed for the patient",
]


def keep(session: Session, texts: list[str], **fields: Any) -> list[int]:
    """Ideas of one ward, indexed; their numbers."""
    if session.get(Unit, 1) is None:
        session.add(Unit(name="Ward 4"))
        session.flush()
    common: dict[str, Any] = {
        "unit_id": 1,
        "answering_unit_id": 1,
        "handed_in_at": START,
        "moved_at": START,
    } | fields
    ideas = [Idea(text=words, **common) for words in texts]
    ids = []
    for idea in ideas:
        session.add(idea)
        session.flush()
        assert idea.id is not None
        index(session, idea.id, idea.text)
        ids.append(idea.id)
    return ids


@pytest.fixture
def ward(database: Database) -> Database:
    """A database with four ideas, numbered from 1."""
    with database.write() as session:
        assert keep(session, TEXTS) == [1, 2, 3, 4]
    return database


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("stand", (1,)),
        ("CHARGING", (2,)),
        ("cafe", (3,)),
        ("printing letter", (4,)),
        ("nights, sunday", (1, 3)),
        ("helicopter", ()),
        ("", ()),
        ("the and of", ()),
        ("obsarvation", (2,)),
    ],
)
def test_ideas_are_found_by_any_form_of_their_words(kept: Database, words: str, ids: tuple[int, ...]) -> None:
    with kept.read() as session:
        found = search(session, words)
    assert (set(found.ids), found.total) == (set(ids), len(ids))


@pytest.mark.parametrize(("words", "first"), [("iv pole", 1), ("obs", 2), ("gp letter", 4), ("family", 3)])
def test_ideas_are_found_by_words_that_mean_the_same(kept: Database, words: str, first: int) -> None:
    with kept.read() as session:
        assert find(session, words).ids[0] == first


def test_the_best_comes_first_and_pages_neither_overlap_nor_leave_out(database: Database) -> None:
    with database.write() as session:
        keep(session, [f"Trolley number {number}" for number in range(7)])
        best = keep(session, ["A crash trolley with a checklist"])[0]
    with database.read() as session:
        pages = [
            search(session, "crash trolley checklist", limit=3, offset=offset) for offset in (0, 3, 6, 9)
        ]
    assert [page.total for page in pages] == [8, 8, 8, 8]
    assert pages[0].ids[0] == best
    assert sorted(one for page in pages for one in page.ids) == list(range(1, 9))
    assert pages[3] == Found((), 8)


def test_what_not_everybody_may_see_is_found_only_by_those_who_may(database: Database) -> None:
    with database.write() as session:
        everybodys = keep(session, ["Hoist slings in the bay"])
        everybodys += keep(session, ["A hoist, verified"], above=True, state=IdeaState.VERIFIED)
        everybodys += keep(session, ["No hoist"], state=IdeaState.DECLINED)
        above = keep(session, ["A hoist for the slings"], above=True)
        gone = keep(session, ["A second hoist"], state=IdeaState.MERGED)
        gone += keep(session, ["A third hoist"], state=IdeaState.WITHDRAWN)
    with database.read() as session:
        found, told = search(session, "hoist"), search(session, "hoist", hidden_except=[*above, *gone])
        first = search(session, "hoist", limit=2, hidden_except=above)
        shown = {one.number for one in similar(session, "hoist slings")}
        shown_too = {one.number for one in similar(session, "hoist slings", hidden_except=above)}
    assert (set(found.ids), found.total) == (set(everybodys), 3)
    assert (set(told.ids), told.total) == ({*everybodys, *above, *gone}, 6)
    assert (len(first.ids), first.total) == (2, 4)
    assert shown <= set(everybodys)
    assert shown_too & set(above)


def test_only_the_rarest_words_of_a_long_text_are_asked_for(database: Database) -> None:
    with database.write() as session:
        keep(session, ["Common words stand here"] * 5)
        rare = keep(session, ["alpha bravo charlie delta echo foxtrot golf hotel common"])
    with database.read() as session:
        found = search(session, "common alpha bravo charlie delta echo foxtrot golf hotel")
    assert found.ids == tuple(rare)


def test_an_idea_that_is_indexed_again_is_found_by_its_new_words_only(ward: Database) -> None:
    with ward.write() as session:
        index(session, 1, "A quieter bin")
    with ward.read() as session:
        assert search(session, "drip stands").ids == ()
        assert search(session, "quiet bin").ids == (1,)
        assert frequencies(session, ["drip", "stand", "bin"]) == {"": 4, "bin": 1}


def test_taking_out_what_is_not_there_changes_nothing(ward: Database) -> None:
    with ward.write() as session:
        unindex(session, 99)
        assert frequencies(session, [])[""] == 4


def test_the_counts_of_words_are_those_of_the_ideas(ward: Database) -> None:
    with ward.write() as session:
        unindex(session, 4)
    expected: dict[str, int] = {"": 3}
    for words in TEXTS[:3]:
        for word in set(stems(words)):
            expected[word] = expected.get(word, 0) + 1
    with ward.read() as session:
        assert {row.stem: row.ideas for row in session.exec(select(IdeaTerm))} == expected


SYNTAX = ['"', '"drip" NEAR("stand")', "drip*", "stems : drip", "NOT drip", "(((", "'; DROP TABLE idea; --"]
SYNTAX += [
    "a & b | !c <-> d",
    "\\",
    ":*",
    "😀😀",
    "\x00drip\x00",
    "\ud800",
    "%_",
    "drip AND",
    "الأدوية",
    "病人",
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with a few ideas for all of this file's examples, once for each kind."""
    from storage.migrate import upgrade
    from tests.conftest import create_postgres_database, drop_postgres_database

    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    if server is None:
        url = f"sqlite:///{tmp_path_factory.mktemp('search') / 'rounds.db'}"
    else:
        url = create_postgres_database(server)
    database = Database(url)
    upgrade(database)
    with database.write() as session:
        keep(session, TEXTS)
    yield database
    database.close()
    if server is not None:
        drop_postgres_database(server, url)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.one_of(
        st.sampled_from(SYNTAX), st.text(max_size=60), st.text("drip \"'*():&|!<>-^{}", max_size=30)
    )
)
def test_whatever_is_typed_is_words_and_never_a_query(kept: Database, words: str) -> None:
    with kept.read() as session:
        found = find(session, words, limit=2)
        likest = similar(session, words)
        near_words(session, words)
    assert set(found.ids) <= {1, 2, 3, 4}
    assert len(found.ids) == min(2, found.total)
    assert len(likest) <= 3


@hypothesis_settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=st.one_of(st.sampled_from(SYNTAX), st.text(max_size=60)))
def test_whatever_is_typed_can_be_indexed_found_and_taken_out(kept: Database, words: str) -> None:
    with kept.write() as session:
        index(session, 1, words)
        found = search(session, words)
        if stems(words):
            assert 1 in found.ids
        index(session, 1, TEXTS[0])


def test_both_databases_find_the_same_first(sqlite_url: str, postgres_url: str) -> None:
    from storage.migrate import upgrade

    with PAIRS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "natural"][:40]
    firsts = []
    for url in (sqlite_url, postgres_url):
        database = Database(url)
        upgrade(database)
        with database.write() as session:
            keep(session, [row["one"] for row in rows])
            found = [find(session, row["other"]).ids[:1] for row in rows]
            likest = [similar(session, row["other"])[:1] for row in rows]
        database.close()
        firsts.append((found, likest))
    same = [sum(a == b for a, b in zip(*both, strict=True)) for both in zip(*firsts, strict=True)]
    assert same[0] >= 38  # the two rank by different formulas of the same kind
    assert same[1] == 40


def test_what_is_taken_out_is_gone_from_the_file(sqlite: Database) -> None:
    path = sqlite.path
    assert path is not None
    with sqlite.write() as session:
        keep(session, ["Mrs Zwyrtkova in bed 4 waits for quibblewort", *TEXTS * 30])
        session.execute(text("UPDATE idea SET text = 'removed' WHERE id = 1"))
    secrets = (b"zwyrtkova", b"Zwyrtkova", stem("quibblewort").encode())
    assert any(secret in path.read_bytes() + _log(path) for secret in secrets)
    with sqlite.write() as session:
        index(session, 1, "removed")
    wipe_leftovers(sqlite)
    left = path.read_bytes() + _log(path)
    assert not [secret for secret in secrets if secret in left]


def test_while_somebody_reads_the_wiping_keeps_no_writer_waiting(sqlite: Database) -> None:
    with sqlite.write() as session:
        keep(session, TEXTS)
    with ThreadPoolExecutor(1) as pool:
        with sqlite.read() as reader:
            reader.execute(text("SELECT count(*) FROM idea")).all()
            with sqlite.write() as session:
                session.execute(text("UPDATE idea SET text = 'removed' WHERE id = 1"))
            wiped = pool.submit(wipe_leftovers, sqlite)
            for _ in range(5):
                with sqlite.write(patience=0.5) as session:
                    session.execute(text("UPDATE idea SET version = version + 1 WHERE id = 1"))
        assert wiped.result()
    assert wipe_leftovers(sqlite)


def _log(path: Path) -> bytes:
    log = path.with_name(path.name + "-wal")
    return log.read_bytes() if log.exists() else b""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("A&E, D & V", ["ae", "dv"]),
        ("T.T.O. ready", ["tto", "readi"]),
        ("Hand-over of patient's notes", ["hand", "over", "patient", "note"]),
        ("naïve Café", ["naiv", "cafe"]),
        ("x" * 90, ["x" * 40]),
    ],
)
def test_words_become_stems(said: str, words: list[str]) -> None:
    assert stems(said) == words


def test_the_longest_known_phrase_is_one_term_and_a_word_may_mean_several_things() -> None:
    synonyms = synonyms_of([("ot", "theatre"), ("ot", "occupational therapy"), ("take home drugs", "tto")])
    terms = list(synonyms.terms(stems("OT for the take home drugs, take home")))
    assert [term.phrase for term in terms] == [("ot",), ("home", "drug"), ("home",)]
    assert terms[0].meanings == ("theatr", "occup therapi")
    assert ("occup", "therapi") in synonyms.alike(terms[0])
    assert terms[2].meanings == ()


def test_the_sites_own_synonyms_are_added_to_ours(kept: Database, tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("word,means\n\nflurb,drip stand\n", encoding="utf-8-sig")
    site = Settings.model_construct(rounds_synonyms=str(path))
    with kept.read() as session:
        assert find(session, "flurb").ids == ()
        assert find(session, "flurb", settings=site).ids == (1,)
        assert find(session, "obs", settings=site).ids[0] == 2


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (b"", r"words.csv:1: the file is empty; its first line must be: word,means"),
        (b"term,means\na,b\n", r"words.csv:1: the first line must be: word,means"),
        (b"word,means\ndrip,infusion\ndrip\n", r"words.csv:3: there are 1 fields"),
        (b"word,means\ndrip,\n", r"words.csv:2: means is empty"),
        (b"word,means\nthe,infusion\n", r"words.csv:2: word has no word that ideas could be found by"),
        (b'word,means\n"drip,infusion\n', r"words.csv:2: this is not CSV"),
        (b"word,means\n\xff,infusion\n", r"words.csv: the synonyms are not UTF-8 text"),
    ],
)
def test_a_bad_table_of_synonyms_is_refused_with_its_line(tmp_path: Path, table: bytes, message: str) -> None:
    path = tmp_path / "words.csv"
    path.write_bytes(table)
    with pytest.raises(BadSynonyms, match=message):
        load_synonyms(path)


def test_a_table_of_synonyms_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        BadSynonyms, match=r"missing.csv: the synonyms cannot be read .* check ROUNDS_SYNONYMS"
    ):
        load_synonyms(tmp_path / "missing.csv")
