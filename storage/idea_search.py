"""Full-text search in ideas: SQLite's FTS5 or PostgreSQL's text search vectors, asked in the same way.

Both hold stems that were made here (`storage.idea_words`), so that both find the same, and a query can be
nothing but stems: no quote or operator that somebody types reaches either query language. How many ideas a
stem stands in is kept in `idea_term`: FTS5's own vocabulary table counts by reading all ideas of a word,
PostgreSQL has no count at all, and one primary key look-up tells both which words are the rarest.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import BindParameter, bindparam, delete, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from storage.engine import Database
from storage.idea_words import Phrase, Synonyms, Term, stems
from storage.ideas import IdeaTerm

# The search tables, which the metadata does not know, and what FTS5 makes for itself.
TABLES = frozenset(
    ("idea_search", *(f"idea_search_{part}" for part in ("data", "idx", "content", "docsize", "config")))
)

# An OR of all words of a long idea reads most of the database; its rarest words find it as well.
RAREST = 8
# In how many ideas a word and all that is asked for beside it may stand together.
_ALIKE = 500
# In how many ideas the words of a search may stand together; beyond it the commonest are left out.
_READ = 10_000
_NO_SYNONYMS = Synonyms()
# The row of `idea_term` that counts all ideas. No word has an empty stem.
_ALL = ""
# How many words of one query are looked up as slips of the keyboard, and how long they must be.
_SLIPS = 4
_SHORTEST_SLIP = 4
_LONG = 8
# Several writers must not deadlock over the counts of common words: one indexes at a time.
_ADVISORY_LOCK = 7_268_377
# Emptying SQLite's log: for how long a try may wait (milliseconds), how many there are, seconds in between.
_WIPE_WAITS = 50
_WIPE_TRIES = 10
_WIPE_PAUSE = 0.5
_COUNTS_IN_SQLITE = text(
    "SELECT stem, ideas FROM idea_term WHERE stem IN (SELECT value FROM json_each(:words))"
)
_COUNTS_IN_POSTGRESQL = text("SELECT stem, ideas FROM idea_term WHERE stem = ANY (CAST(:words AS text[]))")
_VISIBLE = (
    "(idea.state NOT IN ('merged', 'withdrawn') AND (NOT idea.above OR idea.state = 'verified') "
    "OR idea.id IN :allowed)"
)
_ALLOWED: BindParameter[Collection[int]] = bindparam("allowed", expanding=True)
# bm25() stands only in the plain query of an FTS5 table: counting and ordering are done outside of it.
_IN_SQLITE = text(
    "WITH found AS MATERIALIZED (SELECT rowid AS id, bm25(idea_search) AS score FROM idea_search "
    "WHERE idea_search MATCH :query) "
    f"SELECT idea.id, count(*) OVER () FROM found JOIN idea ON idea.id = found.id WHERE {_VISIBLE} "
    "ORDER BY found.score, idea.id DESC LIMIT :size OFFSET :start"
).bindparams(_ALLOWED)
_IN_POSTGRESQL = (
    "SELECT idea.id, count(*) OVER () FROM idea_search JOIN idea ON idea.id = idea_search.idea_id "
    f"WHERE vector @@ CAST(:query AS tsquery) AND {_VISIBLE} "
    "ORDER BY ({score}) / (1 + 1.2 * (0.25 + 0.75 * length(vector) / 20.0)) DESC, idea.id DESC "
    "LIMIT :size OFFSET :start"
)


def in_metadata(_thing: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """For Alembic's comparison: whether this is known to the metadata. Only the search tables are not."""
    return not (kind == "table" and name in TABLES)


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of one page of what was found, best first, and how many there are in all."""

    ids: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """An idea that shares words with a text: its number and its stems in their order."""

    id: int
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a query asks for as one thing: a word or phrase and what means the same; `weight` is its idf."""

    alternatives: tuple[Phrase, ...]
    ideas: int
    weight: float


def index(session: Session, idea_id: int, text_: str) -> None:
    """Make an idea findable by these words, and by no others that it was found by before."""
    _one_at_a_time(session)
    words = stems(text_)
    before = _kept(session, idea_id)
    if before is not None:
        _take_out(session, idea_id, before)
    _put_in(session, idea_id, words)
    if before is not None and not set(before) <= set(words):
        _forget(session)


def unindex(session: Session, idea_id: int) -> None:
    """Make an idea findable no more; nothing of its words stays in the search tables."""
    _one_at_a_time(session)
    before = _kept(session, idea_id)
    if before is not None:
        _take_out(session, idea_id, before)
        _forget(session)


def wipe_leftovers(database: Database) -> bool:
    """Take what was deleted out of the database's files too; outside of a transaction, after the commit.

    SQLite keeps old pages in its write-ahead log until it is emptied, PostgreSQL old rows until a VACUUM.
    Does what it can while others read, for a few seconds, and keeps no writer waiting. Returns whether that
    was all: if not, the next call does the rest.
    """
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("VACUUM idea_search, idea_term, idea, idea_event, hidden_act")
            return True
        # While it waits for a reader nobody else can write: so it does not wait, but comes again.
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_WIPE_WAITS}")
        connection.info["busy_timeout"] = _WIPE_WAITS
        for attempt in range(_WIPE_TRIES):
            time.sleep(0 if attempt == 0 else _WIPE_PAUSE)
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
            if not busy:
                return True
        return False


def search(
    session: Session,
    words: str,
    *,
    synonyms: Synonyms = _NO_SYNONYMS,
    hidden_except: Collection[int] = (),
    limit: int = 10,
    offset: int = 0,
) -> Found:
    """Ideas with any of the (at most eight rarest) words or their synonyms, best first.

    `words` is whatever somebody typed: it is never query syntax. Ideas that not everybody may see (for a
    level above and not verified, merged, withdrawn) are found only where their id is in `hidden_except`.
    """
    wanted = rarest(session, synonyms.terms(stems(words)), synonyms, at_most=_READ)
    if not wanted:
        return Found((), 0)
    rows = _ask(session, wanted, hidden_except, limit, offset)
    if rows:
        return Found(tuple(row[0] for row in rows), rows[0][1])
    first = _ask(session, wanted, hidden_except, 1, 0) if offset else []
    return Found((), first[0][1] if first else 0)


def candidates(
    session: Session, wanted: Sequence[Wanted], *, hidden_except: Collection[int] = (), limit: int = 100
) -> list[Candidate]:
    """The ideas that share most of what is wanted, with all their stems."""
    if not wanted:
        return []
    found = [row[0] for row in _ask(session, wanted, hidden_except, limit, 0)]
    name = "rowid" if session.get_bind().dialect.name == "sqlite" else "idea_id"
    statement = text(f"SELECT {name}, stems FROM idea_search WHERE {name} IN :ids")
    rows = session.execute(statement.bindparams(bindparam("ids", expanding=True)), {"ids": found})
    kept = {row[0]: tuple(row[1].split()) for row in rows}
    return [Candidate(idea_id, kept[idea_id]) for idea_id in found]


def rarest(
    session: Session,
    terms: Iterable[Term],
    synonyms: Synonyms,
    *,
    more_within: int = 0,
    at_most: int | None = None,
) -> list[Wanted]:
    """What to ask for: the at most eight rarest of these terms that stand in any idea, the rarest first.

    More than eight as long as all together stand in no more than `more_within` ideas; fewer where they
    stand in more than `at_most`. What means the same goes along as far as it is rare: it costs as much to
    read as the word itself. A word that stands in no idea, nor does any that means the same, is taken for a
    slip of the keyboard: known words that are one slip away stand in for it.
    """
    alike = {term: synonyms.alike(term) for term in dict.fromkeys(terms)}
    known = frequencies(session, chain.from_iterable(chain.from_iterable(alike.values())))
    wanted = []
    slips = 0
    for term, phrases in alike.items():
        counts = {phrase: min(known.get(word, 0) for word in phrase) for phrase in phrases}
        if not any(counts.values()) and len(term.phrase) == 1 and slips < _SLIPS:
            slips += 1
            counts = {(word,): ideas for word, ideas in near_words(session, term.phrase[0]).items()}
        if one := _wanted(term, counts, known[_ALL]):
            wanted.append(one)
    wanted.sort(key=lambda one: one.ideas)
    chosen: list[Wanted] = []
    read = 0
    for one in wanted:
        read += one.ideas
        if read > more_within and (len(chosen) == RAREST or (chosen and at_most and read > at_most)):
            break
        chosen.append(one)
    return chosen


def _wanted(term: Term, counts: Mapping[Phrase, int], everything: int) -> Wanted | None:
    some: list[Phrase] = []
    ideas = 0
    # The word itself first, then what means the same, the rarest first.
    for phrase, number in sorted(counts.items(), key=lambda one: (one[0] != term.phrase, one[1])):
        if number and (not some or ideas + number <= _ALIKE):
            some.append(phrase)
            ideas += number
    return Wanted(tuple(some), ideas, math.log(1 + everything / ideas)) if some else None


def frequencies(session: Session, words: Iterable[str]) -> dict[str, int]:
    """In how many ideas each of these stems stands (absent: in none); under "" how many ideas there are."""
    asked = sorted({*words, _ALL})
    # One parameter, however many words: a list of them would be compiled anew for each length.
    if session.get_bind().dialect.name == "sqlite":
        rows = session.execute(_COUNTS_IN_SQLITE, {"words": json.dumps(asked)})
    else:
        rows = session.execute(_COUNTS_IN_POSTGRESQL, {"words": asked})
    return {_ALL: 0} | {row[0]: row[1] for row in rows}


def near_words(session: Session, word: str) -> dict[str, int]:
    """Stems of ideas that are one slip (in a long word two) away from this one, with their counts."""
    if len(word) < _SHORTEST_SLIP or not word.isalpha():
        return {}
    stem_column = col(IdeaTerm.stem)
    # Slips are rare in the first two letters, and so only a small part of the vocabulary is read.
    # PostgreSQL sorts by the database's language otherwise.
    ordered = stem_column if session.get_bind().dialect.name == "sqlite" else stem_column.collate("C")
    start = word[:2]
    rows = session.execute(
        select(IdeaTerm.stem, IdeaTerm.ideas).where(
            ordered >= start, ordered < start[0] + chr(ord(start[1]) + 1)
        )
    )
    return {row[0]: row[1] for row in rows if _one_slip(word, row[0])}


def _one_slip(one: str, other: str) -> bool:
    allowed = 2 if min(len(one), len(other)) >= _LONG else 1
    if len(other) < _SHORTEST_SLIP or abs(len(one) - len(other)) > allowed:
        # A slip in a suffix keeps it from being taken off: equipmnet, equip.
        shorter, longer = sorted((one, other), key=len)
        return len(shorter) >= _SHORTEST_SLIP and longer.startswith(shorter)
    return slips_between(one, other) <= allowed


def slips_between(one: str, other: str) -> int:
    """Letters to add, drop, change or swap with their neighbour (optimal string alignment distance)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, above, row = row if i == 1 else before, row, [i]
        for j, match in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != match))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == match:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = above
    return row[-1]


def _ask(
    session: Session, wanted: Sequence[Wanted], hidden_except: Collection[int], limit: int, offset: int
) -> Sequence[tuple[int, int]]:
    """Rows of an id and how many there are in all."""
    allowed = {"allowed": sorted(hidden_except), "size": limit, "start": offset}
    if session.get_bind().dialect.name == "sqlite":
        asked = {"query": " OR ".join(_fts5(one) for one in wanted)}
        rows = session.execute(_IN_SQLITE, allowed | asked)
    else:
        terms = {f"term{place}": _tsquery(one) for place, one in enumerate(wanted)}
        weights = {f"weight{place}": one.weight for place, one in enumerate(wanted)}
        # ts_rank does not know how rare a word is; this is BM25, of which each term stands once in an idea.
        score = " + ".join(
            f"CASE WHEN vector @@ CAST(:term{place} AS tsquery) "
            f"THEN CAST(:weight{place} AS float8) ELSE 0 END"
            for place in range(len(wanted))
        )
        statement = text(_IN_POSTGRESQL.format(score=score)).bindparams(_ALLOWED)
        asked = {"query": " | ".join(terms.values())}
        rows = session.execute(statement, allowed | asked | terms | weights)
    return [(row[0], row[1]) for row in rows]


def _fts5(one: Wanted) -> str:
    each = (" AND ".join(f'"{word}"' for word in phrase) for phrase in one.alternatives)
    return " OR ".join(f"({phrase})" for phrase in each)


def _tsquery(one: Wanted) -> str:
    each = (" & ".join(f"'{word}'" for word in phrase) for phrase in one.alternatives)
    return "(" + " | ".join(f"({phrase})" for phrase in each) + ")"


def _kept(session: Session, idea_id: int) -> list[str] | None:
    name = "rowid" if session.get_bind().dialect.name == "sqlite" else "idea_id"
    row = session.execute(text(f"SELECT stems FROM idea_search WHERE {name} = :id"), {"id": idea_id}).first()
    return None if row is None else str(row[0]).split()


def _put_in(session: Session, idea_id: int, words: Sequence[str]) -> None:
    kept = {"id": idea_id, "stems": " ".join(words)}
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO idea_search (rowid, stems) VALUES (:id, :stems)"), kept)
    else:
        session.execute(
            text(
                "INSERT INTO idea_search (idea_id, stems, vector) "
                "VALUES (:id, :stems, array_to_tsvector(CAST(:words AS text[])))"
            ),
            kept | {"words": sorted(set(words))},
        )
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    counted = dialect.insert(IdeaTerm)
    more = counted.on_conflict_do_update(
        index_elements=["stem"], set_={"ideas": col(IdeaTerm.ideas) + counted.excluded.ideas}
    )
    session.execute(more, [{"stem": word, "ideas": 1} for word in sorted({*words, _ALL})])


def _take_out(session: Session, idea_id: int, words: Sequence[str]) -> None:
    sqlite_ = session.get_bind().dialect.name == "sqlite"
    if sqlite_:
        # What is freed is overwritten with zeros, whatever this SQLite was built to do.
        session.execute(text("PRAGMA secure_delete = ON"))
    name = "rowid" if sqlite_ else "idea_id"
    session.execute(text(f"DELETE FROM idea_search WHERE {name} = :id"), {"id": idea_id})
    counted = col(IdeaTerm.stem).in_(sorted({*words, _ALL}))
    session.execute(update(IdeaTerm).where(counted).values(ideas=col(IdeaTerm.ideas) - 1))
    session.execute(delete(IdeaTerm).where(counted, col(IdeaTerm.ideas) <= 0))


def _forget(session: Session) -> None:
    """FTS5 only notes that a word is deleted, until the parts of its index are merged: merge them all now.

    (Its 'secure-delete' setting came with SQLite 3.42, and older ones cannot read the file any more.)
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO idea_search (idea_search) VALUES ('optimize')"))


def _one_at_a_time(session: Session) -> None:
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
