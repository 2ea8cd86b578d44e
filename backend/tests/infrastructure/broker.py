"""The broker's side of Celery: which wake-ups wait in it."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import redis
from kombu import pools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery import Celery

QUEUE = "celery"
# What the sandbox rail's workers are sent: name of the task, and its arguments.
WAKE_UP = ("process_payouts", ["sandbox"])


@dataclass(frozen=True)
class Broker:
    url: str

    def wake_ups(self) -> list[tuple[str, list[str]]]:
        """Name and arguments of each waiting message, oldest first."""
        with redis.Redis.from_url(self.url, decode_responses=True) as client:
            messages = cast("list[str]", client.lrange(QUEUE, 0, -1))
        return [_read(json.loads(message)) for message in reversed(messages)]

    def is_drained(self) -> bool:
        """Whether every message has been taken, and acknowledged after the work."""
        with redis.Redis.from_url(self.url) as client:
            return not client.exists(QUEUE, "unacked")

    def lose_everything(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


def _read(message: dict[str, dict[str, str] | str]) -> tuple[str, list[str]]:
    headers = cast("dict[str, str]", message["headers"])
    arguments, _, _ = json.loads(base64.b64decode(cast("str", message["body"])))
    return headers["task"].rpartition(".")[2], arguments


@contextmanager
def connect_celery(app: Celery, url: str) -> Iterator[Broker]:
    """Have the application publish there, until the end of the test."""
    before = {"task_always_eager": app.conf.task_always_eager, "broker_url": app.conf.broker_url}
    app.conf.update(task_always_eager=False, broker_url=url)
    _forget_connections(app)
    try:
        yield Broker(url)
    finally:
        app.conf.update(before)
        _forget_connections(app)


def _forget_connections(app: Celery) -> None:
    """The application keeps the pools of the first broker that it has published to."""
    pools.reset()
    app._pool = None  # type: ignore[attr-defined]  # the stubs know the public side only
    app.amqp._producer_pool = None  # type: ignore[attr-defined]
