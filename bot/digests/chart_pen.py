"""A pen for the picture: matplotlib artists placed by pixel, text measured before it is placed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform
from numpy.typing import ArrayLike, NDArray

DPI = 100
_POINTS = 72 / DPI
# Digits with the signs among them, spaces, and words.
_PIECE = re.compile(r"[\d.,]|\s+|[^\s\d.,]+")

# Blue and teal differ in lightness as well as in hue, and every mark has its words next to it, so that
# nothing hangs on telling colours apart. Text colours have at least 4.5:1 on white, marks 2:1 (tested).
WHITE = "#ffffff"
INK = "#1b1c20"
TEXT = "#4a4c54"
YOU = "#17479e"
REACHED = "#0b7a6d"
GOAL = "#8f4b00"  # always dashed as well
PEERS = "#a9adb6"
AXIS = "#85878f"
GRID = "#e9e9ee"
BAND = "#e3e4ea"


# Pixels of words by themselves, their size and whether they are bold.
Widths = dict[tuple[str, float, bool], float]


class Ruler:
    """Measures text before it is placed, in pixels. Rulers of one thread may share `widths`."""

    def __init__(self, widths: Widths | None = None) -> None:
        self._measuring = RendererAgg(1, 1, DPI)
        self._widths: Widths = {} if widths is None else widths

    def width(self, words: str, size: float, *, bold: bool = False) -> float:
        """The width of a line of text of `size` pixels, in pixels."""
        return sum(self.piece_width(piece, size, bold) for piece in _pieces(words))

    def piece_width(self, piece: str, size: float, bold: bool) -> float:
        """The width of one of the pieces that lines are set from."""
        key = (piece, size, bold)
        if key not in self._widths:
            width, _, _ = self._measuring.get_text_width_height_descent(piece, _font(size, bold), False)
            self._widths[key] = float(width)
        return self._widths[key]

    def fitting(self, words: str, size: float, room: float, *, bold: bool = False) -> float:
        """The size, at most `size`, at which the line fits into `room` pixels."""
        width = self.width(words, size, bold=bold)
        return size if width <= room else size * room / width * 0.99


class Pen(Ruler):
    """Adds artists to a figure, in pixels, y upwards, in the order of the calls."""

    def __init__(self, figure: Figure, widths: Widths | None = None) -> None:
        super().__init__(widths)
        self._figure = figure

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        colour: str,
        *,
        bold: bool = False,
        align: str = "left",
    ) -> None:
        """Write a line on the baseline `y`; `align` (left, center, right) says which part stands at `x`."""
        x -= {"left": 0.0, "center": 0.5, "right": 1.0}[align] * self.width(words, size, bold=bold)
        self._letter(x, y, words, size, colour, bold)

    def line(self, xs: ArrayLike, ys: ArrayLike, colour: str, width: float, *, dashed: bool = False) -> None:
        """Draw a line through points; NaN breaks it."""
        line = Line2D(xs, ys, color=colour, linewidth=width * _POINTS, linestyle="-")
        if dashed:
            line.set_dashes((2.0, 1.6))
        line.set_solid_capstyle("butt")
        line.set_solid_joinstyle("round")
        self._put(line)

    def dots(
        self,
        xs: ArrayLike,
        ys: ArrayLike,
        diameter: float,
        face: str,
        *,
        edge: str = WHITE,
        edge_width: float = 0.0,
    ) -> None:
        """Draw round dots; `diameter` is that of the face and half of the edge on either side."""
        self._put(
            Line2D(
                xs,
                ys,
                linestyle="none",
                marker="o",
                markersize=diameter * _POINTS,
                markerfacecolor=face,
                markeredgecolor=edge if edge_width else "none",
                markeredgewidth=edge_width * _POINTS,
            )
        )

    def area(self, points: ArrayLike, colour: str) -> None:
        """Fill a polygon (points × 2)."""
        self._put(Polygon(np.asarray(points), closed=True, facecolor=colour, edgecolor="none", linewidth=0))

    def _letter(self, x: float, y: float, words: str, size: float, colour: str, bold: bool) -> None:
        self._put(_text(round(x), round(y), words, size, colour, bold))

    def _put(self, artist: Artist) -> None:
        artist.set_transform(IdentityTransform())
        artist.set_zorder(1)  # one level, so that the figure draws in the order of the calls
        self._figure.add_artist(artist)


# Words as they are drawn, by themselves, their size, their colour and whether they are bold.
WordImages = dict[tuple[str, float, str, bool], NDArray[np.uint8]]


class LayerPen(Pen):
    """Draws at once over the pixels of a renderer, and keeps each word that it has drawn as an image.

    Text is what a picture takes longest for, and most words come again from person to person. Numbers do
    not: they are set digit by digit (the font's digits are of one width and know no kerning). Pens of one
    thread may share what they keep, as `images`, and `widths`.
    """

    def __init__(
        self,
        figure: Figure,
        renderer: RendererAgg,
        images: WordImages | None = None,
        widths: Widths | None = None,
    ) -> None:
        super().__init__(figure, widths)
        self._renderer = renderer
        self._context = renderer.new_gc()
        self._images: WordImages = {} if images is None else images

    def _letter(self, x: float, y: float, words: str, size: float, colour: str, bold: bool) -> None:
        bottom = round(y) - _bleed(size)
        for piece in _pieces(words):
            if not piece.isspace():
                image = self._image(piece, size, colour, bold)
                self._renderer.draw_image(self._context, round(x) - _bleed(size), bottom, image)
            x += self.piece_width(piece, size, bold)

    def _image(self, words: str, size: float, colour: str, bold: bool) -> NDArray[np.uint8]:
        key = (words, size, colour, bold)
        if key not in self._images:
            bleed = _bleed(size)
            width = int(self.piece_width(words, size, bold)) + 2 * bleed
            small = RendererAgg(width, int(size) + 2 * bleed, DPI)
            text = _text(bleed, bleed, words, size, colour, bold)
            text.set_transform(IdentityTransform())
            text.set_figure(self._figure)
            text.draw(small)
            self._images[key] = np.ascontiguousarray(np.asarray(small.buffer_rgba())[::-1])
        return self._images[key]

    def _put(self, artist: Artist) -> None:
        artist.set_transform(IdentityTransform())
        artist.set_figure(self._figure)
        artist.draw(self._renderer)


@lru_cache(maxsize=1024)
def _pieces(words: str) -> tuple[str, ...]:
    """What is drawn and measured as one: words, spaces, and the single signs of numbers."""
    return tuple(_PIECE.findall(drawable(words)))


def _bleed(size: float) -> int:
    """Room around a line of text for descenders and overhang, in pixels."""
    return int(size * 0.4) + 1


def _text(x: int, y: int, words: str, size: float, colour: str, bold: bool) -> Text:
    return Text(
        x,
        y,
        drawable(words),
        color=colour,
        fontproperties=_font(size, bold),
        horizontalalignment="left",
        verticalalignment="baseline",
        parse_math=False,
    )


def wrap(words: str, width: Callable[[str], float], room: float, most: int) -> list[str]:
    """Break a text into at most `most` lines of at most `room` pixels; an ellipsis stands for the rest."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if width(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    kept = lines[:most]
    if len(lines) > most:
        kept[-1] = f"{kept[-1]} {lines[most]}"
    return [shorten(line, width, room) for line in kept]


def shorten(words: str, width: Callable[[str], float], room: float) -> str:
    """The text, or as much of its start as fits with an ellipsis."""
    if width(words) <= room:
        return words
    low, high = 0, len(words)
    while low < high:
        half = (low + high + 1) // 2
        low, high = (half, high) if width(words[:half].rstrip() + "…") <= room else (low, half - 1)
    return words[:low].rstrip(" ,;:") + "…"


def drawable(words: str) -> str:
    """The text on one line, with a sign in place of what the font does not have (it would warn)."""
    known = _known_characters()
    return "".join(c if ord(c) in known else "\ufffd" for c in words.replace("\n", " ").replace("\t", " "))


@lru_cache(maxsize=256)
def _font(size: float, bold: bool) -> FontProperties:
    return FontProperties(fname=font_file(bold), size=size * _POINTS)


def font_file(bold: bool) -> str:
    """The file of the font that pictures are written in."""
    # matplotlib ships DejaVu Sans; naming the file keeps other fonts of the machine out of the picture.
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name)


@lru_cache(maxsize=1)
def _known_characters() -> frozenset[int]:
    maps: Sequence[set[int]] = [set(get_font(font_file(bold)).get_charmap()) for bold in (False, True)]
    return frozenset(maps[0] & maps[1])
