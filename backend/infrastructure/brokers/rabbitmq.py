"""RabbitMQ as the broker, from version 3.10 on: quorum queues that forget expired messages."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from amqp.exceptions import AMQPError, NotFound
from kombu import Connection, Exchange, Queue
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES

from infrastructure.brokers.wake_ups import Broker, BrokerNotSeenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# For every connection of the process, those that change to another server of the address included.
TRANSPORT_ALIASES["amqp"] = "infrastructure.brokers.bounded_amqp:BoundedTransport"
TRANSPORT_ALIASES["amqps"] = "infrastructure.brokers.bounded_amqp:SecureTransport"

# How often a wake-up may kill its worker before it is dropped; RabbitMQ 4 has the same bound by itself. It is
# a hint without content, and the sweeps send the next one: nothing is lost with it.
DELIVERY_LIMIT = 20


def queues(name: str) -> Sequence[Queue]:
    """Replicated, on disk, and never with a poisoned message for ever. Changing this needs another name."""
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT}
    return (Queue(name, Exchange(name), routing_key=name, queue_arguments=arguments),)


def transport_options(url: str) -> Mapping[str, object]:
    return {
        # Each further server of the address is tried once and at once; then it is the relay's turn to wait.
        "max_retries": url.count(";"),
        "interval_start": 0,
        # A wake-up is sent when RabbitMQ says that it has it.
        "confirm_publish": True,
        "connect_timeout": 1.0,
        "answer_timeout_seconds": 5.0,
        "write_timeout": 5.0,
    }


def publish_retries(url: str) -> Mapping[str, object]:
    """Once, without waiting: who keeps a channel, as beat does, learns only in this way that it is gone."""
    return {"max_retries": max(1, url.count(";")), "interval_start": 0, "interval_step": 0, "interval_max": 0}


class RabbitWakeUps:
    def __init__(
        self, url: str, *, queue: str, connect_timeout_seconds: float, answer_timeout_seconds: float
    ) -> None:
        self._queue = queue
        self._connection = Connection(
            url,
            transport_options={
                **transport_options(url),
                "connect_timeout": connect_timeout_seconds,
                "answer_timeout_seconds": answer_timeout_seconds,
            },
        )

    def count_waiting(self) -> int:
        with self._failures():
            return self._count()

    def look(self) -> Broker:
        with self._failures():
            channel: Any = self._connection.default_channel
            about = channel.connection.server_properties
            waiting = self._count()
        return Broker(waiting=waiting, in_work=None, software=f"{about['product']} {about['version']}")

    def close(self) -> None:
        self._connection.collect()  # without a word: it may be the broker that hangs

    def _count(self) -> int:
        channel: Any = self._connection.default_channel  # the stubs know what all transports share
        try:
            return int(channel.queue_declare(self._queue, passive=True).message_count)
        except NotFound:  # nobody has sent or awaited anything yet
            self._connection.collect()  # RabbitMQ has closed the channel with its answer
            return 0

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (AMQPError, OSError, OperationalError) as error:
            self._connection.collect()
            raise BrokerNotSeenError(error) from error
