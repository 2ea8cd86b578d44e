"""What has been counted in this process so far, and what comes of reading it as Prometheus does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from infrastructure.metrics.measures import COUNTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.samples import Sample


def counted(name: str, **labels: str) -> float:
    return COUNTED.get_sample_value(name, labels) or 0.0


class Rise:
    """By how much counts of this process have risen since; other tests count, too."""

    def __init__(self) -> None:
        self._before = dict(_everything())

    def of(self, name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return dict(_everything()).get(key, 0.0) - self._before.get(key, 0.0)


def _everything() -> Iterator[tuple[tuple[str, frozenset[tuple[str, str]]], float]]:
    for metric in COUNTED.collect():
        for sample in metric.samples:
            yield (sample.name, frozenset(sample.labels.items())), sample.value


def samples_in(text: str | bytes) -> list[Sample]:
    whole = text if isinstance(text, str) else text.decode()
    return [sample for family in text_string_to_metric_families(whole) for sample in family.samples]


def values_in(text: str | bytes, name: str, **labels: str) -> list[float]:
    """Of the samples of this name that have these labels, among others perhaps."""
    return [
        sample.value
        for sample in samples_in(text)
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
