"""Comparison among peers: pure statistics, numbers in and frozen dataclasses out."""

from bot.comparison.compare import compare_group
from bot.comparison.types import (
    Benchmark,
    ClinicianResult,
    Counts,
    Direction,
    GroupComparison,
    Kind,
    PeerData,
    Rules,
    Shift,
    Signal,
    Special,
    Trend,
)

__all__ = [
    "Benchmark",
    "ClinicianResult",
    "Counts",
    "Direction",
    "GroupComparison",
    "Kind",
    "PeerData",
    "Rules",
    "Shift",
    "Signal",
    "Special",
    "Trend",
    "compare_group",
]
