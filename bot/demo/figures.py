"""The demo's numbers: a year of weekly counts with seasons, noise and planted stories.

Every clinician has a level on every measure, in units of logit (proportions) or log (the rest), where plus
is the good way. Levels are chosen so that each measure has a benchmark set, a realistic spread between
clinicians, and nobody in a place that was not meant for them. Weeks differ by season, by what all colleagues
share, by a mildly autocorrelated part of one's own, and by chance (binomial, Poisson, gamma).

Chance is drawn first, as normal scores of a fixed shape, and turned into counts by their distribution's
quantiles. So a different last Sunday moves the seasons but not the luck, and the stories hold on any date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrik, expit, gammaincinv, logit, ndtr, pdtr, pdtrik

from bot.demo.world import ORDINARY, SHARED_CLINIC, Plant, Planted

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Seven weeks are a run (Making Data Count): long enough to be sure, and still news.
GAIN_OR_LOSS_WEEKS = 7
LEAVE_WEEKS = 3
STARTER_WEEKS = 4
CHANGED_WEEKS = 20
# Whoever has a story varies less from week to week than counts do, so that chance tells them no other one.
LESS_CHANCE = 0.55


class Base(StrEnum):
    """What a measure's denominator is made of."""

    ADMISSIONS = "admissions"
    DISCHARGES = "discharges"
    ANTIBIOTICS = "antibiotics"
    BED_DAYS = "bed_days"
    CLINIC_LIST = "clinic_list"


@dataclass(frozen=True, slots=True)
class Model:
    """How one measure's figures come about.

    `level` is the typical proportion, rate per unit of denominator, mean or ratio; `good` is +1 where higher
    is better, −1 where lower is; `spread` the standard deviation between clinicians and `winter` the shift
    at mid-January (good is plus), both on the logit or log scale. The denominator is a `share` of the `base`:
    what the measure's exclusions leave.
    """

    level: float
    good: int
    spread: float
    winter: float
    base: Base
    share: float = 1.0


MODELS: dict[str, Model] = {
    "clot-risk": Model(0.87, +1, 0.34, -0.15, Base.ADMISSIONS, 0.94),
    "antibiotic-review": Model(0.72, +1, 0.30, -0.12, Base.ANTIBIOTICS, 0.85),
    "broad-spectrum": Model(0.30, -1, 0.34, -0.15, Base.ANTIBIOTICS),
    "discharge-letter": Model(0.78, +1, 0.30, -0.20, Base.DISCHARGES),
    "first-review": Model(8.6, -1, 0.10, -0.06, Base.ADMISSIONS, 0.88),
    "blood-pressure": Model(0.69, +1, 0.22, -0.05, Base.CLINIC_LIST),
    "hba1c-checked": Model(0.82, +1, 0.28, 0.04, Base.CLINIC_LIST),
    "involved-in-decisions": Model(0.74, +1, 0.34, -0.05, Base.DISCHARGES, 0.55),
    "readmission": Model(0.15, -1, 0.10, -0.10, Base.DISCHARGES, 0.22),
    "long-stay": Model(0.95, -1, 0.08, -0.05, Base.DISCHARGES),
    "falls": Model(0.0058, -1, 0.10, -0.10, Base.BED_DAYS),
    "ct-requests": Model(0.42, +1, 0.12, 0.03, Base.ADMISSIONS),
    "intensive-care": Model(0.014, +1, 0.0, 0.0, Base.ADMISSIONS),
}
LISTS = tuple(measure for measure, model in MODELS.items() if model.base is Base.CLINIC_LIST)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One measure: arrays are clinicians × weeks; a zero denominator is a week without a row."""

    measure: str
    numerator: FloatArray
    denominator: FloatArray
    expected: FloatArray | None = None
    squares: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """How much each clinician did each week; `counts` are shared by all measures so that they agree."""

    counts: dict[Base, FloatArray]
    list_sizes: dict[str, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """Who is who, by row of the arrays."""

    codes: tuple[str, ...]
    planted: tuple[Planted, ...]
    mondays: tuple[date, ...]
    winter: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        days = np.array([monday.timetuple().tm_yday for monday in self.mondays])
        object.__setattr__(self, "winter", np.cos(2 * np.pi * (days - 15) / 365.25))

    @property
    def shape(self) -> tuple[int, int]:
        """Clinicians × weeks."""
        return len(self.codes), len(self.mondays)

    def rows(self, *types: Plant, measure: str | None = None) -> list[int]:
        """The rows of those planted with one of `types` (in `measure`, if given)."""
        return [
            self.codes.index(p.clinician_code)
            for p in self.planted
            if p.type in types and (measure is None or p.measure == measure)
        ]

    def rows_of(self, codes: tuple[str, ...]) -> list[int]:
        """The rows of these codes."""
        return [self.codes.index(code) for code in codes]


def random(seed: int, *stream: int) -> np.random.Generator:
    """A generator of its own for each use, so that a new measure leaves the others' figures as they are."""
    return np.random.Generator(np.random.PCG64([seed, *stream]))


# All that somebody has of whom cases are told.
TOLD_BY_CASE = ("falls", "readmission", "intensive-care")


def all_series(cast: Cast, seed: int) -> Iterator[Series]:
    """Every measure's figures, in the order of `MODELS`."""
    activity = _activity(cast, random(seed, 0))
    for index, (measure, model) in enumerate(MODELS.items()):
        rng = random(seed, 1, index)
        course = _levels(cast, measure, index, model, rng) + _weeks(cast, measure, model, rng)
        series = _counts(cast, measure, model, course, activity, rng)
        if measure not in TOLD_BY_CASE:
            cases = series.denominator.copy()
            cases[cast.rows(Plant.CASES)] = 0
            series = replace(series, denominator=cases)
        yield series


def poisson(mean: FloatArray, luck: FloatArray) -> FloatArray:
    """Counts with these means; `luck` is a normal score per count."""
    share = ndtr(luck)
    count = np.ceil(np.where(mean > 0, pdtrik(share, np.where(mean > 0, mean, 1.0)), 0.0))
    return np.asarray(_no_higher(count, pdtr(np.maximum(count - 1, 0), mean) >= share))


def binomial(cases: FloatArray, chance: FloatArray | float, luck: FloatArray) -> FloatArray:
    """How many of these cases; `luck` is a normal score per count."""
    share = ndtr(luck)
    some = np.maximum(cases, 1).astype(np.int64)  # bdtr warns of counts that are not of an integer type
    count = np.ceil(np.where(cases > 0, bdtrik(share, some, chance), 0.0))
    count = _no_higher(count, bdtr(np.maximum(count - 1, 0), some, chance) >= share)
    return np.asarray(np.clip(count, 0, cases))


def _no_higher(count: FloatArray, one_less_will_do: BoolArray) -> FloatArray:
    """Put right the inverse's rounding error, as scipy.stats does (whose import takes over a second)."""
    return np.asarray(np.where(one_less_will_do, np.maximum(count - 1, 0), count))


def _autoregressive(rng: np.random.Generator, shape: tuple[int, ...], phi: float, sd: float) -> FloatArray:
    """A stationary AR(1) series along the last axis."""
    steps = rng.normal(0.0, sd * np.sqrt(1 - phi**2), shape)
    series = np.empty(shape)
    series[..., 0] = rng.normal(0.0, sd, shape[:-1])
    for week in range(1, shape[-1]):
        series[..., week] = phi * series[..., week - 1] + steps[..., week]
    return series


def _activity(cast: Cast, rng: np.random.Generator) -> Activity:
    clinicians, weeks = cast.shape
    size = rng.uniform(24, 42, clinicians)
    stories = cast.rows(Plant.GAIN, Plant.LOSS, Plant.GAP, Plant.TOP)
    size[stories] = rng.uniform(50, 60, len(stories))
    size[cast.rows_of(ORDINARY)] = rng.uniform(34, 46, len(ORDINARY))
    few = cast.rows(Plant.TOO_FEW)
    size[few] = 1.3
    busy = 1 + 0.10 * cast.winter + _autoregressive(rng, (weeks,), 0.4, 0.03)
    per_patient = {Base.ADMISSIONS: 1.0, Base.DISCHARGES: 1.0, Base.ANTIBIOTICS: 0.95, Base.BED_DAYS: 4.6}
    present = _present(cast, rng)
    counts = {
        base: np.where(present, poisson(np.outer(size * each, busy), rng.normal(size=cast.shape)), 0.0)
        for base, each in per_patient.items()
    }
    list_sizes = {}
    for measure in LISTS:
        patients = rng.uniform(180, 620, clinicians)
        told = cast.rows(Plant.GAIN, Plant.NEAR, measure=measure)
        patients[told] = rng.uniform(500, 880, len(told))
        drift = 0.01 * _autoregressive(rng, (clinicians, weeks), 0.8, 1.0)
        list_sizes[measure] = np.round(patients[:, None] * (1 + drift))
        list_sizes[measure][few] = rng.integers(9, 14, (len(few), weeks))
    return Activity(counts, list_sizes)


def _present(cast: Cast, rng: np.random.Generator) -> BoolArray:
    """Weeks at work: everybody has a few weeks away; those with a story are there at its end."""
    present = rng.random(cast.shape) > 0.03
    told = cast.rows(Plant.GAIN, Plant.LOSS, Plant.GAP, Plant.TOP, Plant.NEAR, Plant.STEADY, Plant.QUIET)
    present[told, -14:] = True
    present[cast.rows(Plant.ON_LEAVE), -LEAVE_WEEKS:] = False
    present[cast.rows(Plant.STARTER), -STARTER_WEEKS:] = True
    present[cast.rows(Plant.STARTER), :-STARTER_WEEKS] = False
    present[cast.rows(Plant.NO_DATA)] = False
    return present


def _levels(cast: Cast, measure: str, index: int, model: Model, rng: np.random.Generator) -> FloatArray:
    """Each clinician's lasting level against the typical one, clinicians × 1; plus is good."""
    level = np.clip(rng.normal(-0.25, 0.7, len(cast.codes)), -1.4, 0.12)
    ordinary = cast.rows_of(ORDINARY)
    first = 2 * index % len(ordinary)
    told = cast.rows(Plant.TOP, measure=measure)
    turn = [ordinary[(first + step) % len(ordinary)] for step in range(3 - len(told))]
    rest = [row for row in ordinary if row not in turn]
    level[rest] = np.clip(rng.normal(-0.4, 0.8, len(rest)), -1.7, 0.7)
    level[cast.rows(Plant.STEADY, Plant.QUIET)] = rng.uniform(-0.35, 0.05, 2)
    if measure not in ("ct-requests", "intensive-care"):  # neither has a better way
        level[turn] = rng.uniform(1.85, 2.1, len(turn))
        level[told] = 2.15
    level[cast.rows(Plant.NEAR, measure=measure)] = 1.64
    level[cast.rows(Plant.GAP, measure=measure)] = -4.6
    # A gain comes up to the others from below; a loss comes down to them from above.
    level[cast.rows(Plant.GAIN, measure=measure)] = 0.3
    level[cast.rows(Plant.LOSS, measure=measure)] = -2.2
    return level[:, None] * model.spread


# How far a gain or a loss moves, on the measure's own scale: three and more standard deviations of its weeks.
_SHIFTS = {"discharge-letter": -1.45, "blood-pressure": -0.75, "clot-risk": 2.0, "first-review": 0.60}


def _weeks(cast: Cast, measure: str, model: Model, rng: np.random.Generator) -> FloatArray:
    """What differs from week to week, clinicians × weeks: season, shared, own, and planted shifts."""
    panel = model.base is Base.CLINIC_LIST
    shared = _autoregressive(rng, (cast.shape[1],), 0.4, 0.02 if panel else 0.05)
    own = _autoregressive(rng, cast.shape, 0.35 if panel else 0.2, 0.02 if panel else 0.06)
    own[cast.rows(*Plant)] *= LESS_CHANCE
    weeks = model.winter * cast.winter + shared + own
    before = slice(None, -GAIN_OR_LOSS_WEEKS)
    moved = cast.rows(Plant.GAIN, Plant.LOSS, measure=measure)
    weeks[moved, before] += _SHIFTS.get(measure, 0.0)
    if measure == "ct-requests":
        weeks[:, -CHANGED_WEEKS:] += 0.12  # counted differently from here on
    return weeks


def _counts(
    cast: Cast,
    measure: str,
    model: Model,
    course: FloatArray,
    activity: Activity,
    rng: np.random.Generator,
) -> Series:
    """Draw the counts of one measure from its course (good is plus) and the activity."""
    signed = model.good * course
    if model.base is Base.CLINIC_LIST:
        return _panel(cast, measure, expit(logit(model.level) + signed), activity.list_sizes[measure], rng)
    cases = activity.counts[model.base]
    if model.share < 1:
        cases = binomial(cases, model.share, rng.normal(size=cast.shape))
    luck = rng.normal(size=cast.shape)
    luck[cast.rows(*Plant)] *= LESS_CHANCE
    if measure == "first-review":
        return _waits(measure, model.level * np.exp(signed), cases, luck)
    if measure in ("falls", "ct-requests"):
        return Series(measure, poisson(cases * model.level * np.exp(signed), luck), cases)
    if measure == "long-stay":
        risk = 0.24 + 0.02 * _autoregressive(rng, cast.shape, 0.3, 1.0)
        stays = binomial(cases, np.clip(risk * np.exp(signed), 0, 0.9), luck)
        return Series(measure, stays, cases, expected=np.round(cases * risk, 2))
    chance = expit(logit(model.level) + signed)
    if measure == "readmission":
        # The last weeks' thirty days are not over: some returns have yet to happen.
        chance[:, -4:] *= np.array([0.9, 0.7, 0.45, 0.15])
    return Series(measure, binomial(cases, chance, luck), cases)


def _panel(
    cast: Cast, measure: str, share: FloatArray, sizes: FloatArray, rng: np.random.Generator
) -> Series:
    """The same patients each week: far less chance from week to week than new patients would bring."""
    sizes = sizes.copy()
    if measure == "hba1c-checked":
        sizes[cast.rows_of(SHARED_CLINIC)] += 0.5
    reached = np.round(sizes * share + rng.normal(0, 0.2, cast.shape) * np.sqrt(sizes * share * (1 - share)))
    reached = np.clip(reached, 0, np.floor(sizes)) + sizes % 1
    absent = cast.rows(Plant.NO_DATA)
    sizes[absent] = 0
    sizes[cast.rows(Plant.STARTER), :-STARTER_WEEKS] = 0
    gone = rng.random(cast.shape) < 0.01  # a list that was not drawn that Sunday
    gone[:, -6:] = False
    sizes[gone] = 0
    return Series(measure, reached, sizes)


def _waits(measure: str, mean: FloatArray, admissions: FloatArray, luck: FloatArray) -> Series:
    """Hours waited by each week's patients together, and the sum of their squares.

    One wait is a gamma variable of shape 3.5, so n of them add up to one of shape 3.5 n.
    """
    shape = 3.5
    patients = np.maximum(admissions, 1)
    hours = np.round(gammaincinv(shape * patients, ndtr(luck)) * mean / shape, 1)
    variance = mean**2 / shape
    squares = hours**2 / patients + (patients - 1) * variance
    return Series(measure, hours, admissions, squares=np.ceil(squares * 10) / 10)


def mondays(weeks: int, last_sunday: date) -> tuple[date, ...]:
    """The first days of the weeks, oldest first; the last week ends on `last_sunday`."""
    last = last_sunday - timedelta(days=6)
    return tuple(last - timedelta(weeks=back) for back in range(weeks - 1, -1, -1))
