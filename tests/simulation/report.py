"""The simulation's tables, and the targets of STATISTICS.md that they are held to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from bot.digests.facts import MessageType
from bot.digests.weights import WEIGHTS
from tests.simulation.worlds import DETECTABLE, SERIES, Moved, series_of
from tests.simulation.year import Year, found, told

MOST_FALSE_ALARMS = 0.05
LEAST_FOUND = 0.8


def weights_table() -> list[str]:
    """Every weight of the selection, with its source."""
    return ["What selection weighs with (bot/digests/weights.py)"] + [
        f"  {name:<22} {one.value:6.2f}  {one.does}  [{one.source}]" for name, one in WEIGHTS.items()
    ]


def sent_table(years: Iterable[Year]) -> list[str]:
    """How often each type was sent, and how many weeks were quiet."""
    kinds = list(MessageType)
    lines = [
        "Digests by type, with the share of people's weeks that were quiet",
        f"  {'data':<26} {'weeks':>5} {'people':>6} "
        + " ".join(f"{kind.value:>7}" for kind in kinds)
        + f" {'quiet':>6} {'twice running':>14}",
    ]
    for year in years:
        quiet = sum(year.quiet.values())
        whole = max(1, quiet + len(year.sent))
        lines.append(
            f"  {year.name:<26} {year.weeks:>5} {year.people:>6} "
            + " ".join(f"{year.types[kind]:>7}" for kind in kinds)
            + f" {quiet / whole:>6.0%} {len(year.twice_running()):>14}"
        )
    return lines


def words_table(years: Iterable[Year]) -> list[str]:
    """What reading everything that was written found."""
    lines = ["Everything written, read for blame, money, exclamation marks and length"]
    for year in years:
        words = ", ".join(f"{word} ({count})" for word, count in year.blame.items() if count) or "none found"
        lines.append(f"  {year.name:<26} {year.texts:>8} texts: {words}; {year.too_long} over 90 words")
    return lines


def by_series(counts: Mapping[str, int]) -> Counter[str]:
    """Counts by measure as counts by series."""
    series: Counter[str] = Counter()
    for key, count in counts.items():
        series[series_of(key)] += count
    return series


def alarms(year: Year) -> dict[str, tuple[float, float]]:
    """Per series: the shares of cells with a change announced, and outside the limits twice running."""
    cells, changes, apart = (by_series(counts) for counts in (year.cells, year.changes, year.apart))
    return {
        series: (changes[series] / cells[series], apart[series] / cells[series])
        for series in SERIES
        if cells[series]
    }


def alarms_table(year: Year) -> list[str]:
    """False alarms on data in which nothing ever happened."""
    lines = [f"False alarms where nothing happened (target: under {MOST_FALSE_ALARMS:.0%} of cells)"]
    lines += [
        f"  {series:<16} change {change:6.2%}   apart from colleagues {apart:6.2%}"
        for series, (change, apart) in alarms(year).items()
    ]
    hard = sum(year.types[kind] for kind in (MessageType.GAIN, MessageType.LOSS, MessageType.GAP))
    asked = year.weeks * year.people
    lines.append(f"  sent as a headline: {hard} in {asked} weeks of people ({hard / asked:.2%})")
    return lines


def detection(year: Year, moved: list[Moved]) -> dict[str, tuple[int, int]]:
    """Per series: how many of the lasting changes were found within seven periods, of how many."""
    hits = by_series(found(year, moved))
    all_of_them = by_series(Counter(one.measure for one in moved))
    return {series: (hits[series], count) for series, count in all_of_them.items()}


def detection_table(year: Year, moved: list[Moved]) -> list[str]:
    """Detection of lasting changes of 2 SD."""
    lines = [
        f"Lasting changes of 2 SD found within seven periods (target: {LEAST_FOUND:.0%} of "
        f"{' and '.join(DETECTABLE)})"
    ]
    for series, (hits, count) in detection(year, moved).items():
        lines.append(f"  {series:<16} {hits:>4} of {count:<4} {hits / count:6.1%}")
    lines.append(
        f"  led a digest within a quarter: {told(year, moved)} of {len(moved)}; other messages may help more"
    )
    return lines
