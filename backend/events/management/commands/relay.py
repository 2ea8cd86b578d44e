from __future__ import annotations

import random
import signal
from queue import Empty, SimpleQueue
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, close_old_connections

from core.event_bus import event_bus
from core.garbage import spare_what_stays
from database.unavailable import is_database_unavailable, reason_of
from events.relay import BATCH_SIZE, relay_events
from heartbeats.pulse import Pulse, this_process
from heartbeats.signs_of_life import Role

log = structlog.get_logger(__name__)

# Polling, since NOTIFY serialises every committing writer. The jitter keeps several relays apart. A batch
# that is not full has left nothing over: what comes meanwhile is taken together.
IDLE_SECONDS = (0.05, 0.15)
DATABASE_AWAY_SECONDS = 1.0


class Command(BaseCommand):
    help = "Hands recorded events to their handlers until it is told to stop. Any number may run."
    requires_system_checks = ()  # they belong to deployment, and take longer than all the rest of its start

    def handle(self, *_args: Any, **_options: Any) -> None:
        # Not an Event: set by a signal that interrupts its own wait, it waits for itself for ever.
        signals: SimpleQueue[int] = SimpleQueue()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda number, _frame: signals.put(number))
        pulse = Pulse(role=Role.RELAY, instance=this_process())
        spare_what_stays()
        log.info("relay_ready")
        while not _is_told_to_stop(signals, within_seconds=_relay_and_tell_pause(pulse)):
            pass
        log.info("relay_stopped")


def _is_told_to_stop(signals: SimpleQueue[int], *, within_seconds: float) -> bool:
    try:
        signals.get(timeout=within_seconds)
    except Empty:
        return False
    return True


def _relay_and_tell_pause(pulse: Pulse) -> float:
    """Relay one batch; return the seconds to wait before the next: none after a full one."""
    try:
        taken = relay_events(event_bus)
    except (DatabaseError, InterfaceError) as error:
        if not is_database_unavailable(error):
            raise
        log.warning("relay_cannot_reach_database", error=reason_of(error))
        close_old_connections()
        return DATABASE_AWAY_SECONDS
    pulse.show()  # after each batch, empty or not: a relay that hangs in one falls silent
    return 0.0 if taken == BATCH_SIZE else random.uniform(*IDLE_SECONDS)  # noqa: S311 # nosec B311 # jitter, not a secret
