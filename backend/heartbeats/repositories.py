"""The writers' door to heartbeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from database.transactions import in_transaction

if TYPE_CHECKING:
    from heartbeats.signs_of_life import Role

FORGOTTEN_AFTER_SECONDS = 24 * 60 * 60.0

# Whoever beats clears away those that have stopped for good, so that restarts leave nothing for ever. The own
# row is left out: one statement cannot both delete and update it.
_BEAT = """
WITH forgotten AS (
    DELETE FROM heartbeats_heartbeat
    WHERE beat_at < statement_timestamp() - %(forgotten_after_seconds)s * interval '1 second'
    AND (role, instance) <> (%(role)s, %(instance)s)
)
INSERT INTO heartbeats_heartbeat (role, instance, first_beat_at, beat_at)
VALUES (%(role)s, %(instance)s, statement_timestamp(), statement_timestamp())
ON CONFLICT (role, instance) DO UPDATE SET beat_at = excluded.beat_at
"""


def beat(*, role: Role, instance: str) -> None:
    """Afterwards the process is known to have worked until now. Must not run inside a transaction.

    There it would be undone together with work that failed, and its own failure would undo the work.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a heartbeat is written in a transaction of its own")
    _beat(role, instance)


@in_transaction("beat")
def _beat(role: Role, instance: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _BEAT,
            {
                "role": role.value,
                "instance": instance,
                "forgotten_after_seconds": FORGOTTEN_AFTER_SECONDS,
            },
        )
