"""The planted stories, as the comparison sees them: each is there, and nobody tells another one."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.comparison.types import Signal
from bot.demo.figures import TOLD_BY_CASE
from bot.demo.generate import DemoWorld, Plant, generate
from tests.bot.demo.reading import Files, candidate

LED_BY_A_MEASURE = (Plant.TOP, Plant.GAIN, Plant.LOSS, Plant.GAP, Plant.NEAR)
# Six colleagues have no story and 13 measures each; chance may show one of them a little.
CHANCE_MAY_TELL = 2


def told(world: DemoWorld, through: date) -> dict[tuple[str, str], str]:
    """What each measure could say to each clinician, where it is more than steady."""
    files = Files(world.directory)
    found = {}
    for measure, about in files.measures.items():
        for group_name in (world.peer_group, world.small_peer_group):
            group = files.compare(measure, group_name, through)
            for result in group.results:
                what = candidate(about, group, result)
                if what != "steady":
                    found[result.clinician, measure] = what
                elif result.signal in (Signal.HIGHER, Signal.LOWER):
                    found[result.clinician, measure] = result.signal.value
    return found


# A year's seasons: the stories must hold on whichever day somebody starts the demo.
@pytest.mark.parametrize(
    "last_sunday", [date(2026, 1, 25), date(2026, 6, 7), date(2026, 8, 30), date(2026, 11, 15)]
)
def test_each_planted_clinician_has_exactly_the_planted_message(last_sunday: date, tmp_path: Path) -> None:
    world = generate(tmp_path, last_sunday=last_sunday)
    found = told(world, last_sunday)
    for story in world.planted:
        mine = {measure: what for (code, measure), what in found.items() if code == story.clinician_code}
        want = {story.measure: story.type.value} if story.type in LED_BY_A_MEASURE else {}
        assert mine == want, story
    others = set(world.clinicians) - {story.clinician_code for story in world.planted}
    odd = {key: what for key, what in found.items() if key[0] in others and what != "top" and what != "near"}
    assert len(odd) <= CHANCE_MAY_TELL, odd


def test_the_quiet_clinician_was_quiet_the_week_before_as_well(tmp_path: Path) -> None:
    last_sunday = date(2026, 11, 15)
    world = generate(tmp_path, last_sunday=last_sunday)
    (quiet,) = world.of(Plant.QUIET)
    before = told(world, last_sunday - timedelta(weeks=1))
    assert not [key for key in before if key[0] == quiet.clinician_code]


@pytest.mark.parametrize("seed", [1, 5])
def test_the_stories_do_not_hang_on_one_seed(seed: int, tmp_path: Path) -> None:
    last_sunday = date(2026, 11, 22)
    world = generate(tmp_path, last_sunday=last_sunday, seed=seed)
    found = told(world, last_sunday)
    for story in world.planted:
        if story.type in LED_BY_A_MEASURE and story.measure:
            assert found[story.clinician_code, story.measure] == story.type.value, story


def test_sizes_of_the_planted_changes_are_beyond_doubt(tmp_path: Path) -> None:
    last_sunday = date(2026, 11, 15)
    world = generate(tmp_path, last_sunday=last_sunday)
    files = Files(world.directory)
    for story in world.of(Plant.GAIN, Plant.LOSS):
        assert story.measure is not None
        group = files.compare(story.measure, world.peer_group, last_sunday)
        (result,) = (r for r in group.results if r.clinician == story.clinician_code)
        trend = result.trend
        before = trend.adjusted[:-7]
        spread = float(before[before == before].std(ddof=1))
        assert trend.shifted_by is not None
        assert abs(trend.shifted_by) >= 3 * spread, story
        assert trend.since is not None
        assert 18 <= trend.since <= 20, story


def test_the_starter_the_absent_and_the_three_are_not_compared(tmp_path: Path) -> None:
    last_sunday = date(2026, 11, 15)
    world = generate(tmp_path, last_sunday=last_sunday)
    files = Files(world.directory)
    alone = {
        story.clinician_code
        for story in world.of(Plant.STARTER, Plant.NO_DATA, Plant.SMALL_GROUP, Plant.TOO_FEW, Plant.CASES)
    }
    for measure in files.measures:
        main = files.compare(measure, world.peer_group, last_sunday)
        small = files.compare(measure, world.small_peer_group, last_sunday)
        assert main.clinicians == 18
        assert small.clinicians == (3 if measure in TOLD_BY_CASE else 2)
        compared = {r.clinician for g in (main, small) for r in g.results if r.percentile is not None}
        assert not compared & alone
        assert len(compared) == 18
