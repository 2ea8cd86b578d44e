"""Medians and spreads of what was measured several times."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


@dataclass(frozen=True)
class Summary:
    """Of the same figure in several runs."""

    median: float
    lowest: float
    highest: float


def summarise(values: Collection[float]) -> Summary:
    return Summary(statistics.median(values), min(values), max(values))


def summarise_each(runs: Sequence[Mapping[str, float]]) -> dict[str, Summary]:
    """By name; a run that has not measured a figure says nothing about it."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: summarise([run[name] for run in runs if name in run]) for name in names}


def percentile(values: Collection[float], percent: float) -> float:
    """By the nearest rank: one of the values, and at least so many per cent are not above it."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]
