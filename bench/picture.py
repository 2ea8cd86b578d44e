"""The ratios as a picture: each bar is a figure, in units of what it must reach at least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("Agg")  # no window

from matplotlib import pyplot as plt

from bench.table import number, target_text
from bench.targets import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from bench.record import Judged, Record

_COLOURS = {
    Verdict.AIM: "#2e7d32",
    Verdict.ENOUGH: "#9e9d24",
    Verdict.SHORT: "#c62828",
    Verdict.INVALID: "#616161",
}
_LONGEST = 4.0


def draw(record: Record, path: Path) -> None:
    judged = [each for each in record.judge() if each.ratio and each.figure.at_least][::-1]
    figure, axes = plt.subplots(figsize=(10, 0.36 * len(judged) + 1.4))
    positions = range(len(judged))
    bars = [min(_progress(each, each.ratio.median), _LONGEST) for each in judged if each.ratio]
    axes.barh(positions, bars, color=[_COLOURS[each.verdict] for each in judged])
    for position, each in zip(positions, judged, strict=True):
        if each.figure.aim:
            aim = min(_progress(each, each.figure.aim), _LONGEST)
            axes.plot([aim, aim], [position - 0.4, position + 0.4], color="black", linewidth=2)
    axes.axvline(1, color="black", linewidth=1, linestyle="--")
    axes.set_yticks(positions, [_label(each) for each in judged])
    axes.set_xlim(0, _LONGEST * 1.02)
    axes.set_xlabel("times as good as it must be (dashed line); the short lines are the aims")
    axes.set_title(f"{record.facts['name']}, {record.facts['commit']}")
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": ""})
    plt.close(figure)


def _progress(judged: Judged, value: float) -> float:
    """1 where it is just enough, above where it is better."""
    enough = judged.figure.at_least or 1.0
    if judged.figure.more_is_better:
        return value / enough
    return enough / value if value else _LONGEST


def _label(judged: Judged) -> str:
    ratio = number(judged.ratio.median) if judged.ratio else ""
    return f"{judged.figure.title}: {ratio} ({target_text(judged.figure, judged.figure.at_least)})"
