"""Pictures a second: over a shared layer, and the same picture made with pyplot from scratch."""

from __future__ import annotations

import io
from dataclasses import replace
from time import perf_counter

import matplotlib

from bot.digests.chart import PeerLayer, compose
from bot.digests.chart_pen import DPI
from bot.digests.facts import PeerPicture, PersonPicture
from tests.bot.digests.chart_samples import peers, person

TARGET = 8.0
MEMBERS = 106
_ROUNDS = 4


def main() -> None:
    """Print both speeds and their ratio, for one peer group of 106 (the layer's own making included)."""
    for line in run():
        print(line)


def run() -> list[str]:
    """Time both ways in turns, so that a busy machine slows both, and take the best turn of each."""
    matplotlib.use("agg")
    group = peers(MEMBERS)
    members = [replace(person(value), numerator=100 + i) for i, value in enumerate(group.values)]
    with_pyplot(group, members[:1])  # fonts and modules are loaded once, for both
    with_layer(group, members[:1])
    turns = [(with_layer(group, members), with_pyplot(group, members[::6])) for _ in range(_ROUNDS)]
    layer, pyplot = (max(speeds) for speeds in zip(*turns, strict=True))
    ratio = layer / pyplot
    verdict = "met" if ratio >= TARGET else "MISSED"
    return [
        f"pictures: over a shared layer {layer:.0f} a second, with pyplot from scratch {pyplot:.1f} a second",
        f"pictures: {ratio:.1f} times as many (target {TARGET:.0f}): {verdict}",
    ]


def with_layer(group: PeerPicture, members: list[PersonPicture]) -> float:
    """Pictures a second of one new layer."""
    start = perf_counter()
    layer = PeerLayer(group)
    for member in members:
        layer.draw(member)
    return len(members) / (perf_counter() - start)


def with_pyplot(group: PeerPicture, members: list[PersonPicture]) -> float:
    """Pictures a second of pyplot: the same content, artist by artist on a new figure, then `savefig`."""
    import matplotlib.pyplot as plt  # the only use of pyplot in the project

    start = perf_counter()
    for member in members:
        figure = plt.figure(dpi=DPI, facecolor="white")
        compose(figure, group, member)
        figure.savefig(io.BytesIO(), format="png")
        plt.close(figure)
    return len(members) / (perf_counter() - start)


if __name__ == "__main__":
    main()
