"""How a migration meets those who use the tables: briefly, and again."""

from __future__ import annotations

import random
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable

from database.not_migrated import NotMigrated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

# A try may hold everybody up for as long as `lock_timeout`; the pause lets them catch up.
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0

_BESIDE_OTHERS = re.compile(
    r"\s*(CREATE (UNIQUE )?INDEX|DROP INDEX|REINDEX \w+) CONCURRENTLY\b", re.IGNORECASE
)

# Whoever has had a transaction open for long is who a migration waits for, nearly always.
_FIND_OLDEST = """
SELECT pid, application_name, state, extract(epoch FROM clock_timestamp() - xact_start)::int
FROM pg_stat_activity
WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
ORDER BY xact_start LIMIT 3
"""


class LocksAreHeld(NotMigrated):
    def __init__(self, tries: int, who: str) -> None:
        super().__init__(
            f"A lock was not to be had, in {tries} tries. Migrations before the one that needs it are done, "
            f"and this can be run again at any time. Sessions with the oldest transactions: {who}. One that "
            "hangs can be ended with pg_terminate_backend."
        )


def until_locks_are_free(
    work: Callable[[], object], *, connection: BaseDatabaseWrapper, until: float, say: Callable[[str], None]
) -> None:
    """Do it, again and again while a lock is held, with growing pauses. Raises LocksAreHeld at `until`."""
    tries, pause = 1, FIRST_PAUSE_SECONDS
    while not _is_done(work, connection):
        who = _list_oldest(connection)
        if time.monotonic() + pause > until:
            raise LocksAreHeld(tries, who)
        say(f"A lock was not to be had. Trying again in {pause:g} s. Oldest transactions: {who}.")
        time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 # nosec B311 # jitter, not a secret
        tries, pause = tries + 1, min(pause * 2, LONGEST_PAUSE_SECONDS)


def _is_done(work: Callable[[], object], connection: BaseDatabaseWrapper) -> bool:
    try:
        work()
    except OperationalError as error:
        if connection.in_atomic_block or not isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
            raise
        return False
    return True


def _list_oldest(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_FIND_OLDEST)
        return "; ".join(
            f"session {pid} of {application or 'a nameless program'}, {state} for {seconds} s"
            for pid, application, state, seconds in cursor.fetchall()
        ) or ("none is left")


@contextmanager
def patient_builds(connection: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
    """Within the block, what is built beside the service waits for so long instead of `lock_timeout`.

    It waits for transactions that are older than itself, and nobody queues behind it meanwhile. Cut off, it
    would leave an index that is of no use, after all the work.
    """

    def wait_longer(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  Django's
        if not _BESIDE_OTHERS.match(str(sql)):
            return execute(sql, params, many, context)
        with _lock_timeout(connection, f"{int(seconds * 1000)}ms"):
            return execute(sql, params, many, context)

    with connection.execute_wrapper(wait_longer):
        yield


@contextmanager
def _lock_timeout(connection: BaseDatabaseWrapper, value: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, false)", [value]
        )
        before = cursor.fetchone()[0]
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])
