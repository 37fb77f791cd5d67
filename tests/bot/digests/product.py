"""One clinician among fourteen, in a database, for each message that care of each mode can give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from matplotlib.figure import Figure
from matplotlib.text import Text
from sqlmodel import Session, select

from bot.access import identify, with_duties
from bot.clock import ManualClock
from bot.digests.chart import compose
from bot.digests.facts import MeasureView, MessageType
from bot.digests.gather import GroupFigures, open_book
from bot.digests.pictures import peer_picture, person_picture
from bot.digests.plan import Planner, windows
from bot.digests.requests import notice_view
from bot.digests.weeks import IsoWeek
from bot.ideas.doing import Doing
from bot.names.gather import peer_page
from bot.names.words import NO_PAGE, peers_view
from bot.settings import Settings
from storage import consent_rows
from storage.answers import FigureAnswer, SetAside
from storage.cases import Narrative
from storage.digest_queries import digest_of
from storage.digests import Digest
from storage.engine import Database
from storage.outbox import OutboxPicture
from storage.people import Clinician, Person
from storage.terms import AnswerKind, Blinding, DigestState, Direction, Domain, Mode
from tests.world import TEAM, World, weeks

WEEK: Final = IsoWeek.parse("2025-W29")
MONDAYS: Final = weeks(date(2025, 7, 14), 26)
NOW: Final = datetime(2025, 7, 21, 8, tzinfo=UTC)
GROUP: Final = "Physicians"
ME: Final = "C00"
COLLEAGUES: Final = 13
NAMES: Final = (
    "Mira Novak", "Jo Adler", "Sam Reyes", "Ines Duarte", "Tom Becker", "Aiko Mori", "Lena Fischer",
    "Paul Osei", "Nora Lind", "Ravi Menon", "Eve Marsh", "Luis Prado", "Hana Sato", "Ben Carver",
)  # fmt: skip
# Those of her colleagues who agreed to names.
AGREED: Final = ("C03", "C06", "C09", "C12")


class Names(StrEnum):
    """What holds of names in the peer group."""

    BLINDED = "blinded"
    ASKED = "asked"  # some agreed, and the reader is asked
    AGREED = "agreed"  # some agreed, the reader as well


@dataclass(frozen=True)
class Cell:
    """What is imported of one measure, so that its message is of one type.

    `own` is the reader's share by the number of the week (0: the oldest); `often`: cases a week.
    """

    own: Callable[[int], float] = lambda _: 0.0
    often: int = 40
    colleague: Callable[[int], float] = lambda number: 0.6 + 0.02 * number
    measure: dict[str, Any] = field(default_factory=dict)
    stories: tuple[tuple[date, str], ...] = ()
    set_aside: int = 0


FEW: Final[dict[str, Any]] = {
    "title": "Returned to theatre within 30 days",
    "why": "A second operation is hard on a patient.",
    "numerator": "patients who returned to theatre",
    "denominator": "operations",
    "direction": Direction.LOWER,
    "domain": Domain.OUTCOME,
    "action": "Read the last one with the theatre team.",
    "mode": Mode.CONSTRAINED,
}
TOLD: Final[dict[str, Any]] = {
    "title": "Unplanned moves to intensive care",
    "why": "The hours before may hold something to learn.",
    "numerator": "patients moved unplanned to intensive care",
    "denominator": "patients",
    "direction": Direction.NEUTRAL,
    "domain": Domain.OUTCOME,
    "action": "Walk through the 24 hours before with the nurse who was there.",
    "mode": Mode.UNCONSTRAINED,
}
CELLS: Final = MappingProxyType(
    {
        (MessageType.TOP, Mode.REPETITIVE): Cell(lambda _: 0.94),
        (MessageType.NEAR, Mode.REPETITIVE): Cell(
            lambda _: 0.84, colleague=lambda number: 0.86 if number > 10 else 0.6 + 0.02 * number
        ),
        (MessageType.GAIN, Mode.REPETITIVE): Cell(lambda week: 0.6 if week < 18 else 0.8),
        (MessageType.LOSS, Mode.REPETITIVE): Cell(lambda week: 0.8 if week < 18 else 0.6),
        (MessageType.GAP, Mode.REPETITIVE): Cell(
            lambda _: 0.4, colleague=lambda number: 0.7 + 0.004 * number
        ),
        (MessageType.STEADY, Mode.REPETITIVE): Cell(lambda _: 0.7),
        (MessageType.FIGURES, Mode.REPETITIVE): Cell(lambda _: 0.7, 2, measure={"min_denominator": 50.0}),
        (MessageType.CASES, Mode.CONSTRAINED): Cell(
            lambda week: 0.25 if week % 4 == 0 else 0.0, 4, lambda number: 0.03 + 0.008 * number, FEW
        ),
        (MessageType.FIGURES, Mode.CONSTRAINED): Cell(
            lambda week: 0.25 if week % 4 == 0 else 0.0,
            4,
            lambda number: 0.03 + 0.008 * number,
            FEW,
            set_aside=3,
        ),
        (MessageType.STORY, Mode.UNCONSTRAINED): Cell(
            measure=TOLD,
            stories=(
                (
                    date(2025, 7, 17),
                    "Moved on the second evening with rising oxygen needs. The night team had called early, "
                    "and a plan for this was in the notes.",
                ),
            ),
        ),
    }
)


@dataclass(frozen=True)
class Sent:
    """A digest as it is kept, its picture as bytes and as the words drawn in it, and the group's page."""

    message_type: MessageType
    mode: Mode
    message: dict[str, Any]
    png: bytes | None
    drawn: tuple[str, ...]
    page: dict[str, Any]


class Product:
    """The digest of one cell, for each of what holds of names."""

    def __init__(self, database: Database, cell: Cell) -> None:
        self._database, self._cell = database, cell
        world = World(database)
        self._measure = world.measure(**{"key": "product", **cell.measure})
        for number in range(COLLEAGUES + 1):
            code = f"C{number:02d}"
            world.person(code, GROUP)
            if not cell.stories:
                world.observe(self._measure, code, self._weeks(number))
        with database.write() as session:
            for number, name in enumerate(NAMES):
                self._person(session, f"C{number:02d}").name = name
            self._tell(session)

    def _weeks(self, number: int) -> list[tuple[date, float, float]]:
        """What is imported of one clinician: whole patients, that carry over what is left of them."""
        found, left = [], 0.5 + number / 29
        for week, monday in enumerate(MONDAYS):
            share = self._cell.own(week) if number == 0 else self._cell.colleague(number)
            left += self._cell.often * share + (week * 7 + number * 3) % 5 / 2 - 1
            counted = max(0, min(self._cell.often, int(left)))
            left -= counted
            found.append((monday, float(counted), float(self._cell.often)))
        return found

    def _tell(self, session: Session) -> None:
        """Cases in words, and what was set aside."""
        clinician = session.exec(select(Clinician.id).where(Clinician.code == ME)).one() or 0
        for day, text in self._cell.stories:
            session.add(
                Narrative(
                    measure_id=self._measure,
                    clinician_id=clinician,
                    day=day,
                    text=text,
                    text_hash=sha256(text.encode()).hexdigest(),
                    batch_id=1,
                )
            )
        if not self._cell.set_aside:
            return
        answer = FigureAnswer(
            person_id=self._person(session, ME).id or 0,
            measure_id=self._measure,
            kind=AnswerKind.WARRANTED,
            first_day=MONDAYS[-3],
            last_day=WEEK.sunday,
            words="They came for a planned second look.",
            said_at=NOW,
        )
        session.add(answer)
        session.flush()
        for monday, counted, often in self._weeks(0)[-self._cell.set_aside :]:
            session.add(
                SetAside(
                    answer_id=answer.id or 0,
                    measure_id=self._measure,
                    clinician_id=clinician,
                    period_start=monday,
                    numerator=counted,
                    denominator=often,
                )
            )

    def send(self, names: Names) -> Sent:
        """Plan the reader's digest anew, as things are with names."""
        settings = Settings.model_construct(rounds_names_after=0)
        with self._database.write() as session:
            for row in session.exec(select(Digest)):
                session.delete(row)
            self._say(session, names)
        clock = ManualClock(NOW)
        planned = Planner(self._database, clock, settings, TEAM).plan_week(
            WEEK, [f"{ME.lower()}@example.org"]
        )
        assert planned.planned == 1, planned
        with self._database.write() as session:
            digest = digest_of(session, self._person(session, ME).id or 0, str(WEEK))
            assert digest is not None
            digest.state = DigestState.SENT
            session.add(digest)
            session.flush()
            picture = session.get(OutboxPicture, digest.outbox_id)
            assert digest.message is not None
            kind = MessageType(str(digest.message_type))
            return Sent(
                message_type=kind,
                mode=self._cell.measure.get("mode", Mode.REPETITIVE),
                message={name: digest.message[name] for name in ("text", "blocks", "views")},
                png=None if picture is None else picture.png,
                drawn=() if picture is None else self._drawn(session, settings, kind),
                page=self._page(session, settings),
            )

    def _say(self, session: Session, names: Names) -> None:
        group = consent_rows.group_named(session, GROUP)
        assert group is not None
        assert group.id is not None
        blinded = names is Names.BLINDED
        consent_rows.set_blinding(session, group, Blinding.BLINDED if blinded else Blinding.UNBLINDED, NOW)
        for code in () if blinded else (*AGREED, *([ME] if names is Names.AGREED else [])):
            person = self._person(session, code).id or 0
            consent_rows.set_agreed(session, person, group.id, NOW, leaders=False)

    def _page(self, session: Session, settings: Settings) -> dict[str, Any]:
        actor = with_duties(session, identify(session, TEAM, f"U{ME}"), settings, NOW.date())
        page = peer_page(session, Doing(actor, f"U{ME}", TEAM, NOW, settings), str(WEEK))
        return notice_view(NO_PAGE) if page is None else peers_view(page)

    def _drawn(self, session: Session, settings: Settings, kind: MessageType) -> tuple[str, ...]:
        """The words in the picture, in the order in which they are drawn."""
        figure, view = self._compared(session, settings)
        peers = peer_picture(figure, view)
        if kind is MessageType.FIGURES:
            peers = replace(peers, spread=None)
        drawn = Figure()
        compose(drawn, peers, person_picture(view, figure=figure))
        found = [one.get_text() for one in drawn.findobj(Text) if isinstance(one, Text)]
        return tuple(text for text in found if text.strip())

    def _compared(self, session: Session, settings: Settings) -> tuple[GroupFigures, MeasureView]:
        book = open_book(session, WEEK.sunday, windows(settings), written_on=WEEK.written_on)
        (view,) = book.views[self._person(session, ME).id or 0]
        (figure,) = book.figures
        return figure, view

    def _person(self, session: Session, code: str) -> Person:
        return session.exec(select(Person).where(Person.email == f"{code.lower()}@example.org")).one()
