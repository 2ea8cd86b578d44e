"""The text that Prometheus reads: what this group of processes counts, and from the web how all stands."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from django.conf import settings
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from infrastructure.dependencies import DATABASE, PROBE_TIMEOUT_SECONDS, REDIS
from infrastructure.metrics.ended_processes import read_counts
from infrastructure.metrics.measures import COUNTED
from infrastructure.metrics.process_files import shared_folder
from infrastructure.metrics.standing import standing_reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client import Metric

    from infrastructure.probe import Question

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
# They have work of their own, and the database is asked from one place.
_TELL_NO_STANDING = ("worker", "relay", "beat")


def render_metrics() -> bytes:
    """Whatever is away: what does not answer is said to be down. Raises CountsAreBusyError."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counts())
    registry.register(_Build())
    if shared_folder() is None:
        ProcessCollector(registry=registry)
    if settings.ROLE not in _TELL_NO_STANDING:
        registry.register(_Standing())
    return generate_latest(registry)


class _Counts(Collector):
    def collect(self) -> Iterable[Metric]:
        folder = shared_folder()
        return COUNTED.collect() if folder is None else read_counts(folder)


class _Build(Collector):
    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily(
            "payouts_build_info", "What runs here.", labels=("role", "version", "code", "python")
        )
        info.add_metric(
            (settings.ROLE, version("payouts"), settings.CODE_VERSION, platform.python_version()), 1
        )
        yield info


class _Standing(Collector):
    def collect(self) -> Iterator[Metric]:
        database, redis = DATABASE.ask(), REDIS.ask()
        is_database_up = _is_up(database)
        families = standing_reader.read() if is_database_up else None
        yield _flag("payouts_database_up", "Whether PostgreSQL answers.", is_true=is_database_up)
        yield _flag("payouts_redis_up", "Whether the cache answers.", is_true=_is_up(redis))
        yield _flag(
            "payouts_standing_up", "Whether the standing could be read.", is_true=families is not None
        )
        for family in families or ():
            gauge = GaugeMetricFamily(family["name"], family["words"])
            for labels, value in family["samples"]:
                gauge.add_sample(family["name"], labels, value)
            yield gauge


def _is_up(question: Question) -> bool:
    try:
        return question.is_up(PROBE_TIMEOUT_SECONDS)
    except Exception:  # noqa: BLE001  the probe has logged it, and whoever asks is told all the rest
        return False


def _flag(name: str, words: str, *, is_true: bool) -> Metric:
    return GaugeMetricFamily(name, words, value=float(is_true))
