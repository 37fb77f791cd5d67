"""How well an idea is recognised that somebody else words in their own way.

pairs.csv holds 300 ideas that were each worded twice, and 214 that stand alone on subjects near to them. All
are one corpus; the second wording is what somebody types. In "reworded" pairs nearly every word differs, on
purpose; in "natural" ones it was left to chance (plain FTS5 shows how different that is).

What was tuned on what: the first 100 reworded pairs were there while the table of synonyms grew, and are all
"tuned". The table and the numbers of `Likeness` were then frozen, and 100 reworded pairs more were written;
recall fell from 0.90 to 0.66. Their odd half and that of 100 natural pairs went into the second tuning (more
general words; numbers), the even halves only into what is asserted here. All pairs and the table have one
author, who had written the even halves before the general words: some of those may owe to them. A site's own
recall may well be lower; its own synonyms are what raises it.
"""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlmodel import Session

from bot.ideas.facts import Similar
from bot.ideas.finding import similar as similar_ideas
from bot.ideas.finding.similar import LIKENESS, rank, similar
from bot.ideas.finding.synonyms import load_synonyms
from storage.engine import Database
from storage.idea_words import Synonyms
from storage.ideas import IdeaSupport
from storage.migrate import upgrade
from storage.people import Person
from storage.terms import IdeaState
from tests.bot.ideas.test_search import PAIRS, keep
from tests.world import START


@dataclass(frozen=True)
class Row:
    """A line of pairs.csv and the number of its first wording as an idea."""

    number: int
    kind: str
    part: str
    one: str
    other: str


@dataclass(frozen=True)
class Measured:
    """How likely the right idea is among the first three, and is shown; how likely a wrong one is shown."""

    recall: float
    shown: float
    false: float


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """pairs.csv."""
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return [Row(number, **row) for number, row in enumerate(csv.DictReader(file), 1)]


@pytest.fixture(scope="module")
def corpus(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """All first wordings as ideas."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('similar') / 'rounds.db'}")
    upgrade(database)
    with database.write() as session:
        keep(session, [row.one for row in rows])
    yield database
    database.close()


def measure(session: Session, synonyms: Synonyms, rows: list[Row]) -> Measured:
    """Second wordings asked for, and again as if their first ones were not there; the lone ideas likewise."""
    recalled = shown = false = pairs = 0
    for row in rows:
        likest = rank(session, row.other or row.one, synonyms)
        others = [likeness for number, likeness in likest if number != row.number]
        false += max(others, default=0.0) >= LIKENESS.least
        if row.other:
            pairs += 1
            own = [likeness for number, likeness in likest[:3] if number == row.number]
            recalled += bool(own)
            shown += max(own, default=0.0) >= LIKENESS.least
    return Measured(recalled / pairs, shown / pairs, false / len(rows))


def plain(rows: list[Row], asked: list[Row], join: str, mark: str) -> float:
    """Recall at three of FTS5 with porter, asked for all words as they stand."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE ideas USING fts5(text, tokenize = 'porter unicode61')")
    connection.executemany("INSERT INTO ideas (rowid, text) VALUES (?, ?)", [(r.number, r.one) for r in rows])
    recalled = 0
    for row in asked:
        query = join.join(f'"{word}"{mark}' for word in re.findall(r"\w+", row.other))
        best = connection.execute(
            "SELECT rowid FROM ideas WHERE ideas MATCH ? ORDER BY rank LIMIT 3", (query,)
        )
        recalled += (row.number,) in best.fetchall()
    connection.close()
    return recalled / len(asked)


@pytest.mark.parametrize(
    ("kind", "recall", "shown", "false"),
    [("reworded", 0.55, 0.22, 0.25), ("natural", 0.95, 0.74, 0.30)],
)
def test_ideas_that_were_worded_twice_are_recognised(
    corpus: Database, rows: list[Row], kind: str, recall: float, shown: float, false: float
) -> None:
    asked = [row for row in rows if row.kind == kind and row.part == "held out"]
    with corpus.read() as session:
        ours = measure(session, load_synonyms(), asked)
        without = measure(session, Synonyms(), asked)
    peer, prefixes = plain(rows, asked, " OR ", ""), plain(rows, asked, " AND ", "*")
    print(
        f"\n{kind}, {len(asked)} held out: recall at 3 {ours.recall:.2f} "
        f"(without synonyms {without.recall:.2f}, plain FTS5 with porter {peer:.2f}, "
        f"all words as prefixes {prefixes:.2f}); "
        f"shown {ours.shown:.2f}, a wrong one shown {ours.false:.2f}"
    )
    assert ours.recall >= recall
    assert ours.recall > peer
    assert ours.shown >= shown
    assert ours.false <= false


def test_an_idea_that_is_like_no_other_seldom_gets_a_suggestion(corpus: Database, rows: list[Row]) -> None:
    alone = [row for row in rows if row.kind == "alone" and row.part == "held out"]
    with corpus.read() as session:
        wrong = [row for row in alone if any(one.number != row.number for one in similar(session, row.one))]
    print(f"\nalone, {len(alone)} held out: a suggestion for {len(wrong) / len(alone):.2f}")
    assert len(wrong) / len(alone) <= 0.25


def test_a_similar_idea_is_shown_with_its_ward_its_state_and_its_supporters(database: Database) -> None:
    with database.write() as session:
        number = keep(session, ["Soft close lids for the bins"], state=IdeaState.PLANNED)[0]
        session.add_all([Person(email=f"{name}@example.org", name=name) for name in "ab"])
        session.flush()
        session.add_all([IdeaSupport(idea_id=number, person_id=who, at=START) for who in (1, 2)])
        found = similar(session, "bins with a soft close lid")
    words = "Soft close lids for the bins"
    assert found == [Similar(number, words, IdeaState.PLANNED, "Ward 4", 2)]


@pytest.mark.parametrize("words", ["", "the", "😀", "helicopter landing pad"])
def test_nothing_is_shown_where_nothing_is_like_it(corpus: Database, words: str) -> None:
    with corpus.read() as session:
        assert similar(session, words) == []


def test_at_most_as_many_are_shown_as_asked_for(corpus: Database) -> None:
    with corpus.read() as session:
        many = similar(session, "drip stands for nights", how=similar_ideas.Likeness(least=0.0))
        two = similar(session, "drip stands for nights", limit=2, how=similar_ideas.Likeness(least=0.0))
    assert len(many) == 3
    assert two == many[:2]


def test_a_slip_of_the_keyboard_does_not_hide_the_idea(corpus: Database, rows: list[Row]) -> None:
    own = next(row.number for row in rows if row.one.startswith("Hearing aid batteries"))
    with corpus.read() as session:
        likest = rank(session, "hearign aid bateries on the wrad", load_synonyms())
    assert likest[0][0] == own
