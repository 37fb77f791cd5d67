"""The digest's picture: the peers with the person among them, and the person's own trend beside it.

What a peer group shares is drawn once; a person's own marks go over a copy of those pixels. The same input
gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bot.digests import chart_pen as colours
from bot.digests import chart_words as say
from bot.digests.chart_alt import alt_text
from bot.digests.chart_layout import Span
from bot.digests.chart_peers import (
    SMALL,
    Frame,
    PeersPlan,
    draw_cases,
    draw_peers,
    draw_you,
    missing_on,
    plan_peers,
)
from bot.digests.chart_pen import DPI, LayerPen, Pen, Ruler, Widths, WordImages, shorten, wrap
from bot.digests.chart_png import SharedPixels
from bot.digests.chart_trend import TrendPlan, draw_trend, draw_trend_axis, plan_trend
from bot.digests.facts import PeerPicture, PeersDrawn, PersonPicture, Picture
from bot.digests.framing import in_plain_use

WIDTH = 1200
_HEIGHT = 660  # with a title of one line
_MARGIN = 36
_TITLE, _LONG_TITLE = 36.0, 30.0
_TITLE_LINE = 38
# Baseline of the panels' headings, top of the plots, baseline of the last line; from the picture's foot.
_HEADING, _TOP, _FOOT = 498.0, 472.0, 28.0


@dataclass(frozen=True, slots=True)
class _Page:
    """The picture laid out: title lines, subtitle and the panels."""

    height: int
    title: tuple[str, ...]
    title_size: float
    subtitle: str
    peers: PeersPlan | None
    trend: TrendPlan | None


class PeerLayer:
    """What one peer group shares on one measure, drawn once. One thread at a time."""

    def __init__(self, picture: PeerPicture) -> None:
        self._picture = picture
        # An axis of one's own shares the words that are drawn already: they take longest.
        self._images: WordImages = {}
        self._widths: Widths = {}
        self._canvas = self._made(())

    def _made(self, also: tuple[float, ...]) -> _Canvas:
        return _Canvas(self._picture, also, self._images, self._widths)

    def draw(self, person: PersonPicture) -> Picture:
        """Draw one person's picture (1,200 pixels wide) over the shared layer.

        Raises ValueError where the person's arrays do not have one entry a period.
        """
        _check(self._picture, person)
        canvas = self._canvas
        if also := canvas.misses(person):
            # Somebody whose value or likely range the group's axis does not hold gets an axis of their own.
            canvas = self._made(also)
        return Picture(
            png=canvas.draw(person),
            title=in_plain_use(self._picture.measure.title),
            alt_text=alt_text(self._picture, person),
        )


class _Canvas:
    """A figure with the shared layer's pixels, to draw persons on."""

    def __init__(
        self, picture: PeerPicture, also: tuple[float, ...], images: WordImages, widths: Widths
    ) -> None:
        self._picture = picture
        self._page = _plan(Ruler(widths), picture, also)
        figure = Figure(figsize=_inches(self._page), dpi=DPI, facecolor=colours.WHITE)
        self._agg = FigureCanvasAgg(figure)
        self._agg.draw()
        self._pen = LayerPen(figure, self._agg.get_renderer(), images, widths)
        _draw_shared(self._pen, picture, self._page)
        self._shared = SharedPixels(self._agg.buffer_rgba(), goal=picture.goal is not None)

    def misses(self, person: PersonPicture) -> tuple[float, ...]:
        """What of the person lies off the axis and should not."""
        peers = self._page.peers
        return () if peers is None else missing_on(peers, person)

    def draw(self, person: PersonPicture) -> bytes:
        """The PNG with the person's marks."""
        pixels = self._agg.buffer_rgba()
        self._shared.restore(pixels)
        _draw_person(self._pen, self._picture, self._page, person)
        return self._shared.encode(pixels)


def compose(figure: Figure, picture: PeerPicture, person: PersonPicture) -> None:
    """Make the whole picture of an empty figure (of `DPI`), artist by artist, and set the figure's size.

    This is the long way to the same picture: for a figure that shows itself, and to compare speeds with.
    """
    _check(picture, person)
    ruler = Ruler()
    page = _plan(ruler, picture, ())
    if page.peers is not None and (also := missing_on(page.peers, person)):
        page = _plan(ruler, picture, also)
    figure.set_size_inches(*_inches(page))
    pen = Pen(figure)
    _draw_shared(pen, picture, page)
    _draw_person(pen, picture, page, person)


def _inches(page: _Page) -> tuple[float, float]:
    return WIDTH / DPI, page.height / DPI


def _plan(ruler: Ruler, picture: PeerPicture, also: tuple[float, ...]) -> _Page:
    measure = picture.measure
    room = WIDTH - 2 * _MARGIN
    title, size = _title(ruler, in_plain_use(measure.title), room)
    height = _HEIGHT + (len(title) - 1) * _TITLE_LINE
    counted = say.counted(measure, picture.language)
    tail = f", {say.direction(measure, picture.language)}"
    subtitle = shorten(counted, lambda words: ruler.width(words + tail, SMALL), room) + tail
    one_period = len(picture.periods) < 2
    peers = None
    axis = 150.0
    if picture.drawn is not PeersDrawn.NOTHING:
        right = 1130.0 if one_period else 576.0
        text = Span(_MARGIN, WIDTH - _MARGIN if one_period else 612)
        peers = plan_peers(ruler, picture, Frame(54, right, text, _HEADING, _TOP, 186, _FOOT), also)
        axis = peers.frame.axis
    trend = None
    if peers is None:
        trend = plan_trend(
            picture, Frame(140, 1010, Span(_MARGIN, WIDTH - 16), _HEADING, _TOP - 16, axis, _FOOT)
        )
    elif not one_period:
        trend = plan_trend(picture, Frame(726, 1030, Span(630, WIDTH - 16), _HEADING, _TOP - 16, axis, _FOOT))
    return _Page(height, title, size, subtitle, peers, trend)


def _title(ruler: Ruler, title: str, room: float) -> tuple[tuple[str, ...], float]:
    """The title's lines and size: one large line, else two smaller ones."""

    def width(words: str) -> float:
        return ruler.width(words, _LONG_TITLE, bold=True)

    words = " ".join(title.split())
    size = ruler.fitting(words, _TITLE, room, bold=True)
    if size >= _LONG_TITLE:
        return (words,), size
    return tuple(wrap(words, width, room, 2)), _LONG_TITLE


def _draw_shared(pen: Pen, picture: PeerPicture, page: _Page) -> None:
    y = page.height - 56.0
    for line in page.title:
        pen.text(_MARGIN, y, line, page.title_size, colours.INK, bold=True)
        y -= _TITLE_LINE
    pen.text(_MARGIN, y - 4, page.subtitle, SMALL, colours.TEXT)
    if page.peers is not None:
        draw_peers(pen, picture, page.peers)
    if page.trend is not None:
        draw_trend_axis(pen, picture, page.trend)


def _draw_person(pen: Pen, picture: PeerPicture, page: _Page, person: PersonPicture) -> None:
    room = Span(_MARGIN, WIDTH - _MARGIN)
    draw_cases(pen, picture, person, room, _FOOT, page.peers)
    if page.peers is not None:
        draw_you(pen, picture, page.peers, person)
    if page.trend is not None:
        draw_trend(pen, picture, page.trend, person)


def _check(picture: PeerPicture, person: PersonPicture) -> None:
    count = len(picture.periods)
    arrays = (
        *(person.values, person.settled, person.centre, person.lower, person.upper),
        *(person.numerators, person.denominators, person.set_aside),
    )
    if any(a is not None and a.shape != (count,) for a in arrays):
        raise ValueError(f"The person's arrays must have one entry for each of the {count} periods.")
