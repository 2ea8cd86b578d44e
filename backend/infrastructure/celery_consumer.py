"""A Celery consumer that comes back soon after its broker does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from celery.worker.consumer import Consumer

if TYPE_CHECKING:
    from kombu import Connection


# It would declare dozens of queues on RabbitMQ for tasks with a countdown. The service has none: what
# is due later is found in the database.
_DELAYED_DELIVERY = "celery.worker.consumer.delayed_delivery:DelayedDelivery"
_STEPS = [step for step in Consumer.Blueprint.default_steps if step != _DELAYED_DELIVERY]


class PromptConsumer(Consumer):
    """Tries to reconnect every second.

    Kombu's own waits grow by two seconds to half a minute, with no setting for it: after a long outage a
    worker would sleep on while payouts are due.
    """

    Blueprint = type("Blueprint", (Consumer.Blueprint,), {"default_steps": _STEPS})

    def ensure_connected(self, conn: Connection) -> Connection:
        prompt = partial(conn.ensure_connection, interval_start=1, interval_step=0, interval_max=1)
        conn.ensure_connection = prompt  # type: ignore[method-assign]  # for this connection alone
        return super().ensure_connected(conn)
