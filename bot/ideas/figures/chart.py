"""What became of a unit's ideas, month by month, in one picture that needs no second look.

A column a month, as high as ideas were handed in, in four parts from the floor up: in place and confirmed,
in progress, answered otherwise, waiting. Beside the columns stand the same parts in words, with how many
there are in all. The parts differ in lightness as well as in hue, and what waits is hollow. There are no
ideas' words in it: what is erased elsewhere need not be looked for in a picture.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bot.digests import chart_pen as colours
from bot.digests.chart_pen import DPI, Pen, shorten
from bot.digests.facts import Picture
from bot.digests.values import format_span
from bot.ideas.lifecycle import UNANSWERED
from bot.slack_text import plain
from storage.terms import IdeaState

WIDTH, HEIGHT = 1200, 620
SUBTITLE = "by the month in which they were handed in"
_MARGIN, _KEY = 40.0, 736.0
_TITLE, _TEXT, _NUMBER, _SMALL = 40.0, 30.0, 44.0, 28.0
_FLOOR, _CEILING = 92.0, 428.0
_KEY_LINE, _SWATCH = 92.0, 30.0
# A column of one idea is not drawn as high as one of twenty.
_LEAST_TOP = 5

CONFIRMED, IN_PROGRESS, OTHERWISE, WAITING = colours.REACHED, "#8db4e8", "#c3c6cf", colours.WHITE
_OUTLINE = colours.AXIS


@dataclass(frozen=True, slots=True)
class MonthOfIdeas:
    """The ideas handed in in a month (`first`: its first day), by what has become of them."""

    first: date
    confirmed: int = 0
    in_progress: int = 0
    otherwise: int = 0
    waiting: int = 0

    @property
    def all(self) -> int:
        """How many there are."""
        return self.confirmed + self.in_progress + self.otherwise + self.waiting


@dataclass(frozen=True, slots=True)
class _Part:
    field: str
    colour: str
    words: str


_PARTS = (
    _Part("confirmed", CONFIRMED, "in place and confirmed"),
    _Part("in_progress", IN_PROGRESS, "in progress"),
    _Part("otherwise", OTHERWISE, "no, not now or tried"),
    _Part("waiting", WAITING, "waiting for an answer"),
)
_FIELDS: Mapping[IdeaState, str] = {
    IdeaState.VERIFIED: "confirmed",
    IdeaState.DECLINED: "otherwise",
    IdeaState.NOT_NOW: "otherwise",
    IdeaState.TRIED: "otherwise",
    **dict.fromkeys(UNANSWERED, "waiting"),
}
# Merged ideas are told by the one that they were merged into; withdrawn ones were taken back.
LEFT_OUT = frozenset({IdeaState.MERGED, IdeaState.WITHDRAWN})


def count_months(months: Sequence[date], ideas: Sequence[tuple[date, IdeaState]]) -> tuple[MonthOfIdeas, ...]:
    """Count ideas (the first day of their month, their state) by month; other months are left out."""
    counts: dict[date, dict[str, int]] = {first: {} for first in months}
    for first, state in ideas:
        if state not in LEFT_OUT and first in counts:
            field = _FIELDS.get(state, "in_progress")
            counts[first][field] = counts[first].get(field, 0) + 1
    return tuple(MonthOfIdeas(first, **counts[first]) for first in months)


def as_payload(months: Sequence[MonthOfIdeas]) -> list[dict[str, Any]]:
    """The numbers of a picture, to be kept beside it."""
    return [asdict(month) | {"first": month.first.isoformat()} for month in months]


def from_payload(kept: Sequence[Mapping[str, Any]]) -> tuple[MonthOfIdeas, ...]:
    """The months as they were kept."""
    return tuple(MonthOfIdeas(**{**month, "first": date.fromisoformat(month["first"])}) for month in kept)


def draw_months(months: Sequence[MonthOfIdeas], title: str) -> Picture:
    """Draw the picture (1,200 × 620 pixels). Raises ValueError where there is no month."""
    figure = Figure(dpi=DPI, facecolor=colours.WHITE)
    compose(figure, months, title)
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out, metadata={"Software": None})
    return Picture(png=out.getvalue(), title=plain(title, 200), alt_text=alt_text(months, title))


def alt_text(months: Sequence[MonthOfIdeas], title: str) -> str:
    """What the picture shows, in words and numbers (Slack allows 2,000 characters)."""
    span = format_span(months[0].first, _end(months[-1].first), year=True)
    totals = "; ".join(f"{_total(months, part)} {part.words}" for part in _PARTS)
    told = [f"{plain(title, 200)}, {span}, {SUBTITLE}: {totals}."]
    for month in months:
        parts = "; ".join(f"{n} {part.words}" for part in _PARTS if (n := getattr(month, part.field)))
        told.append(f"{_month(month.first)}: {parts or 'none'}.")
    return plain(" ".join(told), 2000)


def compose(figure: Figure, months: Sequence[MonthOfIdeas], title: str) -> None:
    """Make the picture of an empty figure (of `DPI`), artist by artist, and set the figure's size."""
    if not months:
        raise ValueError("there is no month to draw")
    figure.set_size_inches(WIDTH / DPI, HEIGHT / DPI)
    pen = Pen(figure)
    room = WIDTH - 2 * _MARGIN

    def measured(words: str) -> float:
        return pen.width(words, _TITLE, bold=True)

    pen.text(
        _MARGIN, HEIGHT - 66, shorten(" ".join(title.split()), measured, room), _TITLE, colours.INK, bold=True
    )
    pen.text(_MARGIN, HEIGHT - 110, SUBTITLE, _TEXT, colours.TEXT)
    _columns(pen, months)
    _key(pen, months)


def _columns(pen: Pen, months: Sequence[MonthOfIdeas]) -> None:
    step = (_KEY - 48 - _MARGIN) / len(months)
    width = min(64.0, step * 0.7)
    unit = (_CEILING - _FLOOR) / max(_LEAST_TOP, *(month.all for month in months))
    for index, month in enumerate(months):
        middle = _MARGIN + (index + 0.5) * step
        bottom = _FLOOR
        for part in _PARTS:
            height = getattr(month, part.field) * unit
            if height:
                _box(pen, middle - width / 2, bottom, width, height, part.colour)
            bottom += height
        if month.all:
            size = pen.fitting(str(month.all), _SMALL, step - 6)
            pen.text(middle, bottom + 10, str(month.all), size, colours.TEXT, align="center")
        # Of twelve months every second is named, the last one always.
        if len(months) <= 8 or (len(months) - 1 - index) % 2 == 0:
            _name(pen, middle, month.first, with_year=_has_year(months, index))
    pen.line([_MARGIN, _KEY - 48], [_FLOOR, _FLOOR], colours.AXIS, 2)


def _has_year(months: Sequence[MonthOfIdeas], index: int) -> bool:
    """The first named month has its year, and the first named one of another year."""
    step = 1 if len(months) <= 8 else 2
    before = index - step
    return before < 0 or months[before].first.year != months[index].first.year


def _name(pen: Pen, middle: float, first: date, *, with_year: bool) -> None:
    pen.text(middle, _FLOOR - 36, _month(first)[:3], _SMALL, colours.TEXT, align="center")
    if with_year:
        pen.text(middle, _FLOOR - 70, str(first.year), _SMALL, colours.TEXT, align="center")


def _key(pen: Pen, months: Sequence[MonthOfIdeas]) -> None:
    """The parts in words with their numbers, in the order in which they stand in a column."""
    totals = [str(_total(months, part)) for part in _PARTS]
    left = _KEY + _SWATCH + 16
    words = left + 12 + max(pen.width(total, _NUMBER, bold=True) for total in totals)
    size = min(pen.fitting(part.words, _TEXT, WIDTH - _MARGIN / 2 - words) for part in _PARTS)
    for index, (part, total) in enumerate(zip(_PARTS, totals, strict=True)):
        y = _FLOOR + index * _KEY_LINE
        _box(pen, _KEY, y + 2, _SWATCH, _SWATCH, part.colour)
        pen.text(words - 12, y, total, _NUMBER, colours.INK, bold=True, align="right")
        pen.text(words, y, part.words, size, colours.TEXT)


def _box(pen: Pen, x: float, y: float, width: float, height: float, colour: str) -> None:
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    pen.area(corners, colour)
    inset = 1.0
    low, high = y + inset, y + height - inset
    left, right = x + inset, x + width - inset
    if colour == WAITING:
        pen.line([left, right, right, left, left], [low, low, high, high, low], _OUTLINE, 3)
    else:
        # A thin gap, so that parts are apart where their colours are not.
        pen.line([x, x + width], [y + height, y + height], colours.WHITE, 2)


def _total(months: Sequence[MonthOfIdeas], part: _Part) -> int:
    return sum(getattr(month, part.field) for month in months)


def _month(first: date) -> str:
    return format_span(first, _end(first))


def _end(first: date) -> date:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
