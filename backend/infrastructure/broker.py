"""How the broker stands, for people: one short look, which never holds a page up."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import structlog
from celery import current_app
from django.conf import settings

from infrastructure.brokers.kinds import broker_kind
from infrastructure.brokers.wake_ups import BrokerNotSeenError

if TYPE_CHECKING:
    from infrastructure.brokers.wake_ups import Broker, WakeUps

log = structlog.get_logger(__name__)


def look_at_broker() -> Broker | None:
    """None while it does not answer within the cache's short waits."""
    waits = settings.CACHES["default"]["OPTIONS"]
    wake_ups = open_wake_ups(
        connect_timeout_seconds=waits["socket_connect_timeout"],
        answer_timeout_seconds=waits["socket_timeout"],
    )
    with closing(wake_ups):
        try:
            return wake_ups.look()
        except BrokerNotSeenError as error:
            log.warning("broker_not_seen", error=str(error))
            return None


def open_wake_ups(*, connect_timeout_seconds: float, answer_timeout_seconds: float) -> WakeUps:
    """Of the queue that this application's tasks go to; its owner closes it."""
    url = str(current_app.conf.broker_url)
    return broker_kind(url).wake_ups(
        url,
        queue=str(current_app.conf.task_default_queue),
        connect_timeout_seconds=connect_timeout_seconds,
        answer_timeout_seconds=answer_timeout_seconds,
    )
