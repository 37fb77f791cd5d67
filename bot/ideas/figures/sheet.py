"""The sheet for the wall: "You said, we did", one page of A4, as PDF or PNG.

It names nobody. Text is measured before it is placed: it gets smaller until everything fits, and at the
smallest size it is cut with an ellipsis. The font (DejaVu Sans, which matplotlib brings) is embedded. It has
no emoji and no East Asian letters, and right-to-left script would come out in the wrong order: emoji are left
out, and of a text that is written in such a script the sheet says where it can be read.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from sqlmodel import Session

from bot.clock import local_date
from bot.digests import chart_pen as colours
from bot.digests.chart_pen import Ruler, drawable, font_file, shorten, wrap
from bot.digests.values import format_span
from bot.ideas.checking.checks import names_somebody
from bot.ideas.figures.metrics import month_before
from bot.settings import Settings
from bot.slack_text import shorten as shorten_text
from storage.idea_figures import TitleRow, titles_in_place, titles_not_now
from storage.terms import IdeaState

PAIRS, NOT_NOW = 8, 3
# Points: 72 to the inch. https://www.iso.org/standard/36631.html (ISO 216, A4: 210 × 297 mm)
WIDTH, HEIGHT = 210 / 25.4 * 72, 297 / 25.4 * 72
PNG_DPI = 150
_MARGIN, _GAP = 42.0, 14.0
_TOP, _FOOT = 146.0, 62.0
# Of the size of the letters.
_PAD, _BETWEEN = 0.65, 0.55
_LEADING = 1.28
# Sizes with the most lines that a text may have: a short sheet is large, and before a long one gets too small
# to be read on a wall, its longest texts are cut. The last step always fits (tested).
_WHOLE = 60
_STEPS = (
    *((size, _WHOLE) for size in (18.0, 16.5, 15.0, 14.0, 13.0, 12.0)),
    *((size, most) for size in (12.0, 11.0, 10.0) for most in (6, 5, 4)),
    *((9.0, most) for most in (4, 3, 2)),
)
_MEASURED = 100.0
_LONG_WORD = 20
_SAID, _DID, _LATER = "#eef3fb", "#e3f3f0", "#f1f1f4"
_EMOJI = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_UNREADABLE: Final = "(In a script that this sheet cannot print: it is #{} in Rounds.)"


@dataclass(frozen=True, slots=True)
class Pair:
    """What somebody said and what was done, as typed. `confirmed`: whoever said it says it is in place."""

    number: int
    said: str
    did: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """What is not done now, why, and when it is looked at again."""

    number: int
    said: str
    why: str
    again: date | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the sheet of one unit. `first` and `last` are days; `more` pairs had no room."""

    unit: str
    first: date
    last: date
    pairs: tuple[Pair, ...]
    later: tuple[Later, ...] = field(default=())
    more: int = 0


def gather_sheet(
    session: Session, unit_id: int, unit: str, now: datetime, settings: Settings, months: int = 3
) -> Sheet:
    """What a unit's sheet of the last `months` months, this one included, says.

    Left out: ideas whose words were taken out, those that skipped the unit's leaders and are not confirmed,
    and texts that name somebody.
    """
    today = local_date(now, settings.zone)
    first = month_before(today.replace(day=1), months - 1)
    since = datetime.combine(first, time(), settings.zone)

    def nameless(row: TitleRow) -> bool:
        return names_somebody(session, row.text) is None and names_somebody(session, row.done) is None

    done = [row for row in titles_in_place(session, unit_id, since, now) if nameless(row)]
    later = [row for row in titles_not_now(session, unit_id, since, now) if nameless(row)]
    pairs = tuple(Pair(row.id, row.text, row.done, row.state is IdeaState.VERIFIED) for row in done)
    return Sheet(
        unit=unit,
        first=first,
        last=today,
        pairs=pairs[:PAIRS],
        later=tuple(Later(row.id, row.text, row.done, row.on) for row in later[:NOT_NOW]),
        more=max(0, len(pairs) - PAIRS),
    )


def as_pdf(sheet: Sheet) -> bytes:
    """The sheet as PDF, its fonts embedded; the same sheet gives the same bytes."""
    # Here and not above: it takes half a second to load, and only this needs it.
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    out = io.BytesIO()
    figure = draw_sheet(sheet)
    about = {"Title": f"You said, we did: {drawable(sheet.unit)}", "CreationDate": None}
    # TrueType rather than matplotlib's Type 3: its text can be copied and read aloud.
    with matplotlib.rc_context({"pdf.fonttype": 42}):
        FigureCanvasPdf(figure).print_pdf(out, metadata=about)
    return out.getvalue()


def as_png(sheet: Sheet) -> bytes:
    """The sheet as PNG (1,240 × 1,754 pixels)."""
    out = io.BytesIO()
    figure = draw_sheet(sheet)
    FigureCanvasAgg(figure).print_png(out, metadata={"Software": None})
    return out.getvalue()


def draw_sheet(sheet: Sheet) -> Figure:
    """The sheet as a figure. Raises ValueError where there is nothing to show."""
    if not sheet.pairs:
        raise ValueError("nothing is in place yet")
    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=PNG_DPI, facecolor=colours.WHITE)
    paper = _Paper(figure)
    _draw_head(paper, sheet)
    rows = _fit(paper, sheet)
    y = HEIGHT - _TOP
    for row in rows:
        y = row.draw(paper, y)
    _draw_foot(paper, sheet)
    return figure


def printable(text: str, number: int) -> str:
    """A text as far as the font has it; a sentence about where to read it where it has too little of it."""
    found, missing, right_to_left = [], 0, False
    for sign in _EMOJI.sub("", " ".join(text.split())):
        if unicodedata.bidirectional(sign) in ("R", "AL", "AN"):
            right_to_left = True
        if drawable(sign) == sign:
            found.append(sign)
        elif unicodedata.category(sign)[0] in "LN":
            missing += 1
            found.append(drawable(sign))
    kept = " ".join("".join(found).split())
    if right_to_left or missing > 0.2 * len(kept) or not kept:
        return _UNREADABLE.format(number)
    return kept


class _Paper(Ruler):
    """Places text and areas in points, y upwards, whatever the figure's resolution."""

    def __init__(self, figure: Figure) -> None:
        super().__init__()
        self._figure = figure
        self._points = Affine2D().scale(1 / 72) + figure.dpi_scale_trans

    def width(self, words: str, size: float, *, bold: bool = False) -> float:
        """The width of a line in points: measured large, where no hinting for a screen rounds it."""
        return super().width(words, _MEASURED, bold=bold) * size / _MEASURED

    def text(
        self, x: float, y: float, words: str, size: float, colour: str = colours.INK, *, bold: bool = False
    ) -> None:
        font = FontProperties(fname=font_file(bold), size=size)
        self._figure.add_artist(
            Text(
                x,
                y,
                drawable(words),
                color=colour,
                fontproperties=font,
                verticalalignment="baseline",
                parse_math=False,
                transform=self._points,
                zorder=2,
            )
        )

    def area(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self._figure.add_artist(
            Rectangle(
                (x, y),
                width,
                height,
                facecolor=colour,
                edgecolor="none",
                linewidth=0,
                transform=self._points,
                zorder=1,
            )
        )

    def lines(self, words: str, size: float, room: float, most: int, *, bold: bool = False) -> list[str]:
        """The text in lines; a word that is longer than the line (a link) is broken."""

        def measured(part: str) -> float:
            return self.width(part, size, bold=bold)

        # No more is broken into lines and measured than could stand in that many.
        words = shorten_text(words, int(most * room / (0.3 * size)))
        # On a screen letters stand a little wider, as they begin at whole pixels.
        room *= 0.98
        return wrap(" ".join(_broken(words, measured, room)), measured, room, most)


def _broken(words: str, measured: Callable[[str], float], room: float) -> Iterator[str]:
    for word in words.split():
        if len(word) > _LONG_WORD and (width := measured(word)) > room:
            length = max(1, int(0.8 * len(word) * room / width))
            yield from (word[start : start + length] for start in range(0, len(word), length))
        else:
            yield word


@dataclass(frozen=True, slots=True)
class _Cell:
    x: float
    width: float
    colour: str
    lines: tuple[str, ...]
    mark: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the table: its cells side by side, or one heading."""

    size: float
    cells: tuple[_Cell, ...] = ()
    heading: str = ""

    @property
    def height(self) -> float:
        """From its top to that of the next one."""
        if self.heading:
            return 30.0
        most = max(len(cell.lines) + bool(cell.mark) for cell in self.cells)
        return (most * _LEADING + 2 * _PAD + _BETWEEN) * self.size

    def draw(self, paper: _Paper, top: float) -> float:
        """Draw below `top`; returns where the next one begins."""
        if self.heading:
            paper.text(_MARGIN, top - 21, self.heading, 13, colours.TEXT, bold=True)
            return top - self.height
        filled = self.height - _BETWEEN * self.size
        for cell in self.cells:
            paper.area(cell.x, top - filled, cell.width, filled, cell.colour)
            x, y = cell.x + _PAD * self.size, top - (_PAD + 1) * self.size
            for line in cell.lines:
                paper.text(x, y, line, self.size)
                y -= self.size * _LEADING
            if cell.mark:
                paper.text(x, y, cell.mark, self.size * 0.85, colours.REACHED, bold=True)
        return top - self.height


def _fit(paper: _Paper, sheet: Sheet) -> list[_Row]:
    """The rows at the first step at which they fit."""
    room = HEIGHT - _TOP - _FOOT
    rows: list[_Row] = []
    for size, most in _STEPS:
        rows = _rows(paper, sheet, size, most)
        if sum(row.height for row in rows) <= room:
            break
    return rows


def _rows(paper: _Paper, sheet: Sheet, size: float, most: int) -> list[_Row]:
    half = (WIDTH - 2 * _MARGIN - _GAP) / 2
    right = _MARGIN + half + _GAP
    inside = half - 2 * _PAD * size
    rows = []
    for pair in sheet.pairs:
        said = paper.lines(_quoted(pair.said, pair.number), size, inside, most)
        did = paper.lines(printable(pair.did, pair.number), size, inside, most)
        mark = "✓ confirmed" if pair.confirmed else ""
        rows.append(
            _Row(
                size,
                (
                    _Cell(_MARGIN, half, _SAID, tuple(said)),
                    _Cell(right, half, _DID, tuple(did), mark),
                ),
            )
        )
    if sheet.later:
        rows.append(_Row(size, heading="Not now, and why"))
        width = WIDTH - 2 * _MARGIN
        for later in sheet.later:
            lines = paper.lines(_later_words(later), size, width - 2 * _PAD * size, min(most, 2))
            rows.append(_Row(size, (_Cell(_MARGIN, width, _LATER, tuple(lines)),)))
    return rows


def _quoted(text: str, number: int) -> str:
    found = printable(text, number)
    return found if found == _UNREADABLE.format(number) else f"“{found}”"


def _later_words(later: Later) -> str:
    again = f" We look again on {format_span(later.again, later.again, year=True)}." if later.again else ""
    said = _quoted(later.said.strip().rstrip("."), later.number)
    why = printable(later.why, later.number) if later.why.strip() else ""
    return f"{said}{': ' if why else ''}{why}{again}"


def _draw_head(paper: _Paper, sheet: Sheet) -> None:
    paper.text(_MARGIN, HEIGHT - 66, "You said, we did", 34, bold=True)

    def measured(words: str) -> float:
        return paper.width(words, 16, bold=True)

    where = shorten(printable(sheet.unit, 0), measured, WIDTH - 2 * _MARGIN)
    paper.text(_MARGIN, HEIGHT - 92, where, 16, bold=True)
    paper.text(_MARGIN, HEIGHT - 109, format_span(sheet.first, sheet.last, year=True), 12, colours.TEXT)
    half = (WIDTH - 2 * _MARGIN - _GAP) / 2
    paper.text(_MARGIN, HEIGHT - 138, "You said", 13, colours.YOU, bold=True)
    paper.text(_MARGIN + half + _GAP, HEIGHT - 138, "We did", 13, colours.REACHED, bold=True)


def _draw_foot(paper: _Paper, sheet: Sheet) -> None:
    thanks = "Thank you to everybody who said something."
    if sheet.more:
        thanks = f"Thank you to everybody who said something: {sheet.more} more came into place."
    paper.text(_MARGIN, 38, thanks, 12, bold=True)
    small = "Something that could go better? Type /idea in Slack."
    if any(pair.confirmed for pair in sheet.pairs):
        small = f"{small}  ✓ whoever said it confirmed that it is in place."
    paper.text(_MARGIN, 22, small, paper.fitting(small, 10, WIDTH - 2 * _MARGIN), colours.TEXT)
