"""From drawn pixels to a small PNG, quickly: one fixed palette, and only what changed is looked up again."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import cKDTree

from bot.digests import chart_pen as pen

_BITS = 5  # of each colour channel; 2 ** 15 colours are looked up
# Level 3 is as quick as 1 on pictures of flat colour, and a tenth smaller.
_COMPRESSION = 3

Pixels = NDArray[np.uint32]
Indices = NDArray[np.uint8]


class SharedPixels:
    """The RGBA pixels of a layer, to begin each picture from and to encode it against.

    `goal`: the goal's colour is among them; pictures without one keep the palette, and so the bytes, that
    they had.
    """

    def __init__(self, shared: memoryview, *, goal: bool = False) -> None:
        self._pixels = _words(shared).copy()
        self._colours, self._nearest = _palette(goal)
        self._indices = self._nearest[_keys(self._pixels)]

    def restore(self, pixels: memoryview) -> None:
        """Put the layer's pixels back into a renderer's buffer."""
        _words(pixels)[:] = self._pixels

    def encode(self, pixels: memoryview) -> bytes:
        """A PNG of RGBA pixels, without date or software; the same pixels give the same bytes."""
        now = _words(pixels)
        changed = now != self._pixels
        indices = self._indices.copy()
        indices[changed] = self._nearest[_keys(now[changed])]
        height, width = indices.shape
        image = Image.frombytes("P", (width, height), indices.tobytes())
        image.putpalette(self._colours)
        out = io.BytesIO()
        image.save(out, "png", compress_level=_COMPRESSION)
        return out.getvalue()


def _words(pixels: memoryview) -> Pixels:
    """RGBA bytes (height × width × 4) as one number a pixel."""
    words: Pixels = np.asarray(pixels, np.uint8).view("<u4")[..., 0]
    return words


def _keys(pixels: Pixels) -> NDArray[np.uint32]:
    """The upper bits of red, green and blue, which lie in this order from the lowest byte."""
    red = (pixels >> np.uint32(8 - _BITS)) & np.uint32(0x1F)
    green = (pixels >> np.uint32(16 - 2 * _BITS)) & np.uint32(0x1F << _BITS)
    blue = (pixels >> np.uint32(24 - 3 * _BITS)) & np.uint32(0x1F << 2 * _BITS)
    keys: NDArray[np.uint32] = red | green | blue
    return keys


@lru_cache(maxsize=2)
def _palette(goal: bool) -> tuple[bytes, Indices]:
    """The palette's bytes, and the nearest of its colours for every key."""
    named = [*_colours(), *(_goal_colours() if goal else ())]
    colours = np.array(list(dict.fromkeys(named)), dtype=float)
    levels = np.arange(2**_BITS) * (255 / (2**_BITS - 1))
    blue, green, red = np.meshgrid(levels, levels, levels, indexing="ij")
    every = np.stack([red.ravel(), green.ravel(), blue.ravel()], axis=1)
    _, nearest = cKDTree(colours).query(every)
    return colours.astype(np.uint8).tobytes(), nearest.astype(np.uint8)


def _colours() -> Iterator[tuple[int, int, int]]:
    """The picture's colours, and the blends between those that meet, at most 256 in all."""
    named = (pen.WHITE, pen.INK, pen.TEXT, pen.YOU, pen.REACHED, pen.PEERS, pen.AXIS, pen.GRID, pen.BAND)
    yield from (_rgb(name) for name in named)
    pairs = (
        (pen.WHITE, pen.INK, 40),
        (pen.WHITE, pen.TEXT, 24),
        (pen.WHITE, pen.YOU, 40),
        (pen.WHITE, pen.REACHED, 32),
        (pen.WHITE, pen.PEERS, 16),
        (pen.WHITE, pen.BAND, 6),
        (pen.BAND, pen.YOU, 20),
        (pen.BAND, pen.AXIS, 10),
        (pen.BAND, pen.REACHED, 14),
        (pen.PEERS, pen.YOU, 14),
        (pen.PEERS, pen.REACHED, 14),
        (pen.REACHED, pen.YOU, 10),
    )
    yield from _blends(pairs)


def _goal_colours() -> Iterator[tuple[int, int, int]]:
    """What a goal's line and words need beside; with the others these are still at most 256."""
    yield _rgb(pen.GOAL)
    yield from _blends(((pen.WHITE, pen.GOAL, 20), (pen.PEERS, pen.GOAL, 6), (pen.BAND, pen.GOAL, 6)))


def _blends(pairs: Iterable[tuple[str, str, int]]) -> Iterator[tuple[int, int, int]]:
    for start, end, steps in pairs:
        a, b = np.array(_rgb(start)), np.array(_rgb(end))
        for share in np.linspace(0, 1, steps)[1:-1]:
            red, green, blue = (int(c) for c in np.round(a + (b - a) * share))
            yield red, green, blue


def _rgb(name: str) -> tuple[int, int, int]:
    return int(name[1:3], 16), int(name[3:5], 16), int(name[5:7], 16)
