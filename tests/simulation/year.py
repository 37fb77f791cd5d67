"""Weekly digests through the real import, comparison, selection and words; nothing is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.comparison.types import Shift, Signal
from bot.digests.blame import blame_words
from bot.digests.chart_alt import alt_text
from bot.digests.counted_page import counted_view
from bot.digests.facts import Compared, MeasureView, MessageType, PastDigest
from bot.digests.gather import Book, Windows, open_book
from bot.digests.pages import more_view, who_view, why_view
from bot.digests.pictures import peer_picture, person_picture
from bot.digests.select import Choice, Quiet, candidates, choose
from bot.digests.weeks import IsoWeek
from bot.digests.wording import MOST_WORDS, count_words
from bot.digests.write import WritingContext, compose
from bot.intake.load import import_folder
from bot.settings import Settings
from storage.engine import Database
from storage.figures import people_behind
from storage.terms import Direction, PeriodLength
from tests.reading import texts
from tests.simulation.worlds import Moved

WITHIN = 7


@dataclass(frozen=True, slots=True)
class Sent:
    """One digest: whose (a clinician's code), when, and what it said."""

    clinician: str
    week: IsoWeek
    measure: str
    message_type: MessageType


@dataclass(slots=True)
class Year:
    """What came of a run. A cell is one clinician, measure and period that was compared.

    `seen` has (clinician, measure, last day) of the cells in which a lasting change is announced, and which
    way; `apart` counts the cells outside the limits twice running on the wrong side.
    """

    name: str
    weeks: int = 0
    people: int = 0
    sent: list[Sent] = field(default_factory=list)
    quiet: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    apart: Counter[str] = field(default_factory=Counter)
    seen: dict[tuple[str, str, datetime], Shift] = field(default_factory=dict)
    blame: Counter[str] = field(default_factory=Counter)
    texts: int = 0
    too_long: int = 0

    @property
    def types(self) -> Counter[MessageType]:
        """How often each type was sent."""
        return Counter(one.message_type for one in self.sent)

    def twice_running(self) -> list[tuple[Sent, Sent]]:
        """Pairs of digests, one after the other, that told the same person the same of the same measure."""
        last: dict[str, Sent] = {}
        found = []
        for one in self.sent:
            before = last.get(one.clinician)
            if before and (before.measure, before.message_type) == (one.measure, one.message_type):
                found.append((before, one))
            last[one.clinician] = one
        return found


def imported(folder: Path, database: Database) -> None:
    """Import a folder into an empty, migrated database."""
    import_folder(
        database,
        folder,
        clock=ManualClock(datetime(2026, 12, 31, tzinfo=UTC)),
        imported_by="simulation",
        settings=Settings.model_construct(),
    )


def run(
    name: str, database: Database, first: IsoWeek, weeks: int, progress: Callable[[], None] | None = None
) -> Year:
    """Choose and write everybody's digest, week after week."""
    year = Year(name, weeks)
    past: dict[int, list[PastDigest]] = {}
    book: Book | None = None
    for number in range(weeks):
        week = IsoWeek.of(first.monday + timedelta(weeks=number))
        # Months have new figures only once in about four weeks: until then the comparison is the same.
        fresh = book is None or _has_new_periods(book, week)
        if fresh:
            with database.read() as session:
                book = open_book(session, week.sunday, Windows(), written_on=week.written_on)
                codes = {person: code for code, person in people_behind(session, week.sunday)}
        assert book is not None
        for person, views in book.views.items():
            if fresh:
                _judge(year, codes[person], views)
            choice = choose(views, past.get(person, []), week=week)
            if isinstance(choice, Quiet):
                year.quiet[choice.reason] += 1
                continue
            facts = _write(year, book, choice, week, person)
            one = Sent(codes[person], week, choice.view.measure.key, choice.message_type)
            year.sent.append(one)
            past.setdefault(person, []).append(PastDigest(str(week), one.measure, one.message_type, facts))
        year.people = max(year.people, len(book.views))
        if progress is not None:
            progress()
    return year


def _has_new_periods(book: Book, week: IsoWeek) -> bool:
    weekly = any(measure.period is PeriodLength.WEEK for measure in book.measures)
    return weekly or week.sunday.month != (week.sunday - timedelta(days=6)).month or week.sunday.day < 8


def _judge(year: Year, code: str, views: tuple[MeasureView, ...]) -> None:
    """Count what would be announced, whatever else was more helpful to say that week."""
    types = {c.view.measure.key: c.message_type for c in candidates(views)}
    for view in views:
        key, good = view.measure.key, view.measure.direction
        if view.compared is not Compared.YES:
            continue
        year.cells[key] += 1
        shift = view.result.trend.shift
        if shift is not Shift.NONE:
            year.changes[key] += 1
            day = datetime.combine(view.last_day, datetime.min.time(), UTC)
            year.seen[code, key, day] = shift
        wrong = Signal.LOWER if good is Direction.HIGHER else Signal.HIGHER
        signals = (view.result.signal, view.result.previous_signal)
        assert types.get(key) is not MessageType.GAP or signals == (wrong, wrong)
        year.apart[key] += signals == (wrong, wrong)


def _write(year: Year, book: Book, choice: Choice, week: IsoWeek, person: int) -> dict[str, float]:
    """Write the digest with its pages and the words about its picture, and read them all for blame."""
    view = choice.view
    figure = next(f for f in book.figures if (f.measure.key, f.group) == (view.measure.key, view.group))
    alt = alt_text(peer_picture(figure, view), person_picture(view))
    context = WritingContext(week, str(week), alt)
    message = compose(choice, context)
    pages = [more_view(choice, context), counted_view(view), why_view(choice), who_view(context)]
    for text in texts([*message.blocks, *pages]):
        year.texts += 1
        year.blame.update(word.lower() for word in blame_words(text))
        year.blame["!"] += "!" in text
    said = [b["text"]["text"] for b in message.blocks if b["type"] == "section"]
    year.too_long += sum(count_words(text) for text in said) > MOST_WORDS
    return message.facts


def found(year: Year, moved: list[Moved]) -> Counter[str]:
    """How many of the changes put into the data, by measure, were seen within seven periods."""
    hits: Counter[str] = Counter()
    for one in moved:
        wanted = Shift.UP if one.up else Shift.DOWN
        ends = (one.since + timedelta(weeks=number, days=6) for number in range(WITHIN))
        days = (datetime.combine(end, datetime.min.time(), UTC) for end in ends)
        hits[one.measure] += any(year.seen.get((one.clinician, one.measure, day)) is wanted for day in days)
    return hits


def told(year: Year, moved: list[Moved], weeks: int = 13) -> int:
    """How many of the changes reached their reader as the headline within a quarter."""
    return sum(
        any(
            s.clinician == one.clinician
            and s.measure == one.measure
            and 0 <= (s.week.sunday - one.since).days < 7 * weeks
            for s in year.sent
        )
        for one in moved
    )
