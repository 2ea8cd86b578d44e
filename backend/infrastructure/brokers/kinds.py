"""What the service must know of its broker, by the scheme of its address. Nobody else asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from infrastructure.brokers import rabbitmq, redis

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kombu import Queue

    from infrastructure.brokers.wake_ups import WakeUps


@dataclass(frozen=True)
class BrokerKind:
    transport_options: Callable[[str], Mapping[str, object]]
    """What Celery hands to its connections, by the address."""
    queues: Callable[[str], Sequence[Queue] | None]
    """By the queue's name; None when Celery's own declaration will do."""
    publish_retries: Callable[[str], Mapping[str, object]]
    """How Celery sends a message again, by the address; empty for not at all."""
    wake_ups: Callable[..., WakeUps]


_REDIS = BrokerKind(
    transport_options=lambda _url: redis.TRANSPORT_OPTIONS,
    queues=lambda _name: None,
    publish_retries=lambda _url: {},
    wake_ups=redis.RedisWakeUps,
)
_RABBITMQ = BrokerKind(
    transport_options=rabbitmq.transport_options,
    queues=rabbitmq.queues,
    publish_retries=rabbitmq.publish_retries,
    wake_ups=rabbitmq.RabbitWakeUps,
)
_KINDS = {"redis": _REDIS, "rediss": _REDIS, "amqp": _RABBITMQ, "amqps": _RABBITMQ}


def broker_kind(url: str) -> BrokerKind:
    """Of an address, or of several with semicolons between them. Raises ImproperlyConfigured."""
    schemes = {urlsplit(each).scheme for each in url.split(";")}
    scheme = schemes.pop()
    if schemes or scheme not in _KINDS:
        raise ImproperlyConfigured(
            f"CELERY_BROKER_URL must begin with one of {', '.join(f'{known}://' for known in _KINDS)}."
        )
    return _KINDS[scheme]
