"""Views of measures made by hand: as many numbers as a message can state, none of them computed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from bot.comparison.types import Benchmark, ClinicianResult, GroupComparison, Shift, Signal, Special, Trend
from bot.digests.facts import Compared, MeasureFacts, MeasureView, MessageType
from bot.digests.weeks import IsoWeek, last_day, next_start
from storage.terms import Counts, Direction, Domain, Kind, Mode, PeriodLength

WEEK = IsoWeek.parse("2025-W29")


def measure(kind: Kind = Kind.PROPORTION, **changes: Any) -> MeasureFacts:
    words: dict[Kind, dict[str, Any]] = {
        Kind.PROPORTION: {
            "key": "clot-risk",
            "title": "Clot risk assessed within 14 hours",
            "why": "Most clots after admission can be prevented.",
            "numerator": "patients whose clot risk was assessed within 14 hours",
            "denominator": "admitted patients",
            "action": "Ask for the form at the end of each admission.",
        },
        Kind.RATE: {
            "key": "falls",
            "title": "Falls",
            "why": "A fall in hospital can mean a fracture and lost confidence.",
            "numerator": "falls",
            "denominator": "bed days",
            "direction": Direction.LOWER,
            "per": 1000.0,
            "action": "Go through one patient's medicines with the ward pharmacist.",
        },
        Kind.MEAN: {
            "key": "first-review",
            "title": "Hours to first consultant review",
            "why": "An early senior review settles the plan.",
            "numerator": "hours waited",
            "denominator": "emergency admissions",
            "direction": Direction.LOWER,
            "action": "Try a short second round at five in the afternoon.",
        },
        Kind.RATIO: {
            "key": "long-stay",
            "title": "Stays over seven days, against expected",
            "why": "Days in bed cost older people strength.",
            "numerator": "stays over seven days",
            "denominator": "discharged patients",
            "direction": Direction.LOWER,
            "adjusted_for": "age and main diagnosis",
            "action": "Set an expected day of discharge at the first review.",
        },
    }
    facts: dict[str, Any] = {
        "kind": kind,
        "direction": Direction.HIGHER,
        "mode": Mode.REPETITIVE,
        "domain": Domain.PROCESS,
        "period": PeriodLength.WEEK,
        "counts": Counts.EVENTS,
        "min_denominator": 20.0,
        "per": 1.0,
    }
    return MeasureFacts(**{**facts, **words[kind], **changes})


def trend(length: int = 26, shift: Shift = Shift.NONE, by: float | None = None) -> Trend:
    values = np.linspace(0.5, 0.6, length)
    return Trend(
        values=values,
        adjusted=values - 0.5,
        centre=0.55 if length >= 13 else None,
        lower=0.4 if length >= 13 else None,
        upper=0.7 if length >= 13 else None,
        usual_centre=None,
        usual_lower=None,
        usual_upper=None,
        signals=(Special.NONE,) * length,
        shift=shift,
        shifted_by=by,
        since=None if shift is Shift.NONE else length - 8,
        autocorrelation=0.1,
    )


# Per kind: numerator, denominator, value, interval, median, benchmark with its denominator, a shift's size.
_FIGURES: dict[
    Kind, tuple[float, float, float, tuple[float | None, float | None], float, float, float, float]
] = {
    Kind.PROPORTION: (41, 50, 0.82, (0.69, 0.902), 0.9, 0.96, 1204, 0.061),
    Kind.RATE: (9, 1250, 7.2, (3.29, 13.67), 5.1, 3.2, 12480, 1.4),
    Kind.MEAN: (504, 120, 4.2, (3.71, 4.69), 3.9, 3.1, 900, 1.25),
    Kind.RATIO: (25, 300, 1.25, (0.81, 1.84), 1.02, 0.8, 2100, 0.21),
}
_SHIFTS = {MessageType.GAIN: 1, MessageType.LOSS: -1}


def view(
    kind: Kind = Kind.PROPORTION,
    says: MessageType = MessageType.STEADY,
    *,
    compared: Compared = Compared.YES,
    length: int = 26,
    benchmark: bool = True,
    past_review: bool = False,
    result: dict[str, Any] | None = None,
    comparison: dict[str, Any] | None = None,
    last: date | None = None,
    **changes: Any,
) -> MeasureView:
    """A view of which `select` makes the given type."""
    facts = measure(kind, **changes)
    good = {Direction.HIGHER: 1, Direction.LOWER: -1, Direction.NEUTRAL: 0}[facts.direction]
    x, n, value, interval, median, target, of, size = _FIGURES[kind]
    if says in (MessageType.NEAR, MessageType.TOP):
        near = says is MessageType.NEAR and kind is Kind.PROPORTION
        # So many that what is left matters.
        n = 40 * n if near else n
        value = target - good * (0.2 if near else 0.1) * abs(target - median)
        x = value * n / (facts.per if kind is Kind.RATE else 1)
        interval = (value * 0.95, min(value * 1.05, 0.999) if kind is Kind.PROPORTION else value * 1.05)
    moved = _SHIFTS.get(says, 0) * good
    signal = Signal.WITHIN
    if says is MessageType.GAP:
        signal = Signal.LOWER if good > 0 else Signal.HIGHER
    has_benchmark = benchmark and kind in (Kind.PROPORTION, Kind.RATE) and good != 0
    own = ClinicianResult(
        clinician="me",
        numerator=x,
        denominator=n,
        expected=20.0 if kind is Kind.RATIO else None,
        value=value,
        interval=interval,
        percentile=40.0,
        limits_95=None,
        limits_998=None if kind is Kind.MEAN else (value * 0.9, value * 1.1),
        signal=signal,
        previous_signal=signal,
        in_benchmark_set=says is MessageType.TOP,
        previous_value=value,
        trend=trend(length, {1: Shift.UP, -1: Shift.DOWN, 0: Shift.NONE}[moved], moved * size or None),
    )
    group = GroupComparison(
        clinicians=14,
        window=tuple(range(length - 12, length)) if facts.period is PeriodLength.WEEK else (23, 24, 25),
        centre=median,
        median=median,
        quartiles=(median * 0.9, median * 1.05),
        phi=2.0,
        tau2=0.01,
        benchmark=Benchmark(target, ("a", "b", "c"), of) if has_benchmark else None,
        results=(),
    )
    own, group = replace(own, **(result or {})), replace(group, **(comparison or {}))
    end = last or (date(2025, 7, 20) if facts.period is PeriodLength.WEEK else date(2025, 6, 30))
    newest = end - timedelta(days=6) if facts.period is PeriodLength.WEEK else end.replace(day=1)
    starts = tuple(next_start(newest, facts.period, i - length + 1) for i in range(length))
    return MeasureView(
        measure=facts,
        group="Medicine",
        compared=compared,
        comparison=group,
        result=own,
        first_day=starts[group.window[0]],
        last_day=last_day(newest, facts.period),
        periods=starts,
        settled=np.ones(length, bool),
        past_review=past_review,
        small=np.zeros(0, bool),
    )
