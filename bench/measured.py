"""What one measurement brings home."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.load import Load


@dataclass(frozen=True)
class Measured:
    """Values by name. Problems, by the name of the value that they spoil: it is then not believed."""

    values: Mapping[str, float]
    problems: Mapping[str, str] = field(default_factory=dict)
    cpu_ms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Processor time per request or payout: by what was measured, then by process."""


def of_load(name: str, load: Load, problems: Iterable[str]) -> Measured:
    """The rate of a load, under this name, and the times of its answers."""
    told = "; ".join(problems)
    return Measured(
        {name: load.rate, f"{name}_p50_ms": load.p50_ms, f"{name}_p99_ms": load.p99_ms},
        {each: told for each in (name, f"{name}_p50_ms", f"{name}_p99_ms") if told},
        {name: load.cpu_ms},
    )


def together(parts: Iterable[Measured]) -> Measured:
    values: dict[str, float] = {}
    problems: dict[str, str] = {}
    cpu_ms: dict[str, Mapping[str, float]] = {}
    for part in parts:
        values |= part.values
        problems |= part.problems
        cpu_ms |= part.cpu_ms
    return Measured(values, problems, cpu_ms)
