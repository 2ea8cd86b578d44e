"""The design choices that are compared. The first of each question is what the service does."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Load(Enum):
    """What a choice is measured with."""

    WEB = auto()
    """Creating and reading, as fast as sixteen clients can."""
    ENGINE = auto()
    """Settling, as fast as the workers can."""
    PACED = auto()
    """Fifty creations per second, from each to COMPLETED."""


@dataclass(frozen=True)
class Choice:
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    title: str
    load: Load
    choices: Sequence[Choice]


_OURS = Choice("as it is")
_WITH_CHOICES = {"DJANGO_SETTINGS_MODULE": "bench.inside.choice_settings"}


def _web(workers: int, threads: int) -> Choice:
    counts = {"WEB_WORKERS": str(workers), "WEB_THREADS": str(threads)}
    return Choice(f"{workers} processes of {threads} threads", counts)


def _server(name: str, arguments: str) -> Choice:
    return Choice(name, {"GUNICORN_CMD_ARGS": arguments})


def _inside(name: str, **settings: str) -> Choice:
    return Choice(name, {**_WITH_CHOICES, **settings})


QUESTIONS = {
    "web": Question(
        "how many web processes and threads",
        Load.WEB,
        (_OURS, _web(1, 8), _web(2, 4), _web(3, 3), _web(4, 2)),
    ),
    "server": Question(
        "which worker class of the web server",
        Load.WEB,
        (
            _OURS,
            _server("Gunicorn's own threads", "--worker-class=gthread"),
            _server("one request per process, 4 processes", "--worker-class=sync --threads=1 --workers=4"),
        ),
    ),
    "connections": Question(
        "how a request gets its connection to PostgreSQL",
        Load.WEB,
        (
            _OURS,
            _inside("one per request", BENCH_SHARES_CONNECTIONS="false", BENCH_CONN_MAX_AGE="0"),
            _inside("one per thread, kept", BENCH_SHARES_CONNECTIONS="false", BENCH_CONN_MAX_AGE="60"),
        ),
    ),
    "prepared": Question(
        "whether statements are prepared, for requests",
        Load.WEB,
        (_OURS, _inside("never", BENCH_PREPARES_STATEMENTS="false")),
    ),
    "prepared-engine": Question(
        "whether statements are prepared, for the engine",
        Load.ENGINE,
        (_OURS, _inside("after 5", BENCH_PREPARE_AFTER="5")),
    ),
    "concurrency": Question(
        "how many processes a worker has",
        Load.ENGINE,
        (_OURS, *(Choice(str(count), {"WORKER_CONCURRENCY": str(count)}) for count in (1, 4))),
    ),
    "batch": Question(
        "how many payouts a worker claims at once",
        Load.ENGINE,
        (_OURS, *(_inside(str(size), BENCH_BATCH=str(size)) for size in (50, 1_000))),
    ),
    "relay": Question(
        "how long an idle relay waits",
        Load.PACED,
        (
            _OURS,
            _inside("20 to 50 ms", BENCH_RELAY_IDLE="0.02,0.05"),
            _inside("500 to 1,000 ms", BENCH_RELAY_IDLE="0.5,1.0"),
        ),
    ),
}
