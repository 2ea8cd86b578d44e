"""One migrate at a time, however many machines start one."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from database.not_migrated import NotMigrated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

# "payouts", as a number. PostgreSQL keeps such locks for each database by itself.
KEY = int.from_bytes(b"payouts", "big")
POLL_SECONDS = 0.5

_FIND_HOLDER = """
SELECT pid, application_name, host(client_addr), extract(epoch FROM now() - backend_start)::int
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND objsubid = 1
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND (classid::bigint << 32) + objid::bigint = %s
"""


class SomebodyElseMigrates(NotMigrated):
    def __init__(self, holder: str) -> None:
        super().__init__(
            f"Nothing was done: another migrate is still at work ({holder}). Run this again when it has "
            "ended. If nobody runs one, that session is a left-over: end it with pg_terminate_backend."
        )


@contextmanager
def alone(connection: BaseDatabaseWrapper, *, until: float, say: Callable[[str], None]) -> Iterator[None]:
    """Within the block nobody else migrates this database. Raises SomebodyElseMigrates at `until`.

    The lock belongs to the session that migrates, and goes with it: no pooler may stand between. It is asked
    for again and again instead of being waited for, since a statement that waits holds a snapshot, and an
    index that the other one builds beside the service would wait for that.
    """
    has_told = False
    while not _ask(connection, "pg_try_advisory_lock"):
        holder = _find_holder(connection)
        if time.monotonic() >= until:
            raise SomebodyElseMigrates(holder)
        if not has_told:
            say(f"Another migrate is at work ({holder}). Waiting for it to end.")
            has_told = True
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        if connection.is_usable():
            _ask(connection, "pg_advisory_unlock")


def _ask(connection: BaseDatabaseWrapper, function: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s::bigint)", [KEY])
        return bool(cursor.fetchone()[0])


def _find_holder(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_FIND_HOLDER, [KEY])
        found = cursor.fetchone()
    if found is None:
        return "it has just ended"
    pid, application, address, seconds = found
    return f"session {pid}, {application or 'nameless'} on {address or 'this machine'}, for {seconds} s"
