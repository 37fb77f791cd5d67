"""The cases behind two of the demo's measures, and a few stories: written from a seed of their own.

The cases of a week add up to exactly what observations.csv says of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from bot.demo.figures import Cast, Series, random

# Proportions whose cases are given, and how their references begin. As many weeks as are compared.
CASE_MEASURES = {"antibiotic-review": "ABX", "discharge-letter": "DIS"}
CASE_WEEKS = 13
STORY_MEASURE = "intensive-care"
_STREAM = 2
_WEEK = 7

# Clinician's code, days before the last Sunday, and what happened.
_STORIES = (
    (
        "C01",
        4,
        "Moved on the second evening with rising oxygen needs. The night team had called early, and a plan"
        " for this was in the notes. The family asked afterwards what the first sign had been.",
    ),
    (
        "C02",
        11,
        "Sepsis in the afternoon after a quiet morning. Antibiotics were given within the hour. The blood"
        " pressure had been drifting since the round; a second look at noon might have shown it.",
    ),
    (
        "C05",
        18,
        "Low sodium, found on the day after admission. The sample from the evening had clotted and was"
        " repeated in the morning.",
    ),
    (
        "C05",
        46,
        "Bleeding after a fall at home, while taking a blood thinner. Everything was ready when it was"
        " needed, and the move was calm.",
    ),
    (
        "C12",
        9,
        "Breathing became harder overnight. The outreach nurse and the ward sister agreed on the move before"
        " anybody had to hurry.",
    ),
    (
        "C17",
        25,
        "Kidney injury with high potassium. The water tablet had been paused at the first review, and the"
        " potassium tablet went on for a day longer.",
    ),
    (
        "C20",
        15,
        "A fast heart rhythm that tablets did not slow. The heart team came within twenty minutes of the"
        " call.",
    ),
)


def case_rows(cast: Cast, series: Series, seed: int) -> Iterator[str]:
    """Lines of cases.csv for one measure: each week's cases, some of them met."""
    rng = random(seed, _STREAM, list(CASE_MEASURES).index(series.measure))
    prefix = CASE_MEASURES[series.measure]
    first = max(0, len(cast.mondays) - CASE_WEEKS)
    numbers = iter(rng.permutation(90_000) + 10_000)
    for row, code in enumerate(cast.codes):
        for week in range(first, len(cast.mondays)):
            cases, met = int(series.denominator[row, week]), int(series.numerator[row, week])
            days = rng.integers(0, _WEEK, cases).tolist()
            for day, place in zip(days, rng.permutation(cases).tolist(), strict=True):
                when = cast.mondays[week] + timedelta(days=day)
                reference = f"{prefix}-{next(numbers)}"
                yield f"{series.measure},{code},{when},{reference},{'yes' if place < met else 'no'}"


def narrative_rows(last_sunday: date) -> Iterator[tuple[str, str, str, str]]:
    """Rows of narratives.csv."""
    for code, before, text in _STORIES:
        yield STORY_MEASURE, code, (last_sunday - timedelta(days=before)).isoformat(), text
