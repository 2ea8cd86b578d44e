"""The only way to write: each commit of the service has a name, and is tried again after a deadlock."""

from __future__ import annotations

import random
import time
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import structlog
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

from core.crash_points import crash_points

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

MOST_RETRIES = 3
# Doubled each time and drawn at random up to it, so that those who met do not meet again.
FIRST_PAUSE_SECONDS = 0.02

_names: set[str] = set()


def commit_names() -> frozenset[str]:
    """The names of all commits whose modules are imported."""
    return frozenset(_names)


def in_transaction(
    name: str, *, durable: bool = False, is_one_statement: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function one transaction, committed when it returns and rolled back when it raises.

    PostgreSQL ends one of several transactions that wait for each other in a circle, or that cannot be put in
    an order. Then the function is called again, at most three times, so it must read what it decides upon
    itself. Inside another transaction it is a part of that one, which is called again as a whole; a `durable`
    one raises RuntimeError there, since it would not be committed when it returns.

    What is only one statement is a transaction by itself, and saves the ways to the server and back for its
    beginning and its end. A second one would be committed by itself too.

    Crash points: `name.uncommitted` before the commit (before the statement, where there is only one),
    `name.committed` after it.
    """
    if name in _names:
        raise ValueError(f"there are two commits of the name {name}")
    _names.add(name)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            if connection.in_atomic_block:
                return transaction.atomic(durable=durable)(function)(*args, **kwargs)
            commit = _commit_one_statement if is_one_statement else _commit_once
            result = _commit(commit, name, lambda: function(*args, **kwargs))
            crash_points.reach(f"{name}.committed")
            return result

        return run

    return decorate


def _commit(commit: Callable[[str, Callable[[], R]], R], name: str, work: Callable[[], R]) -> R:
    for retries_before in range(MOST_RETRIES):
        try:
            return commit(name, work)
        except OperationalError as error:
            if not _is_passing(error):
                raise
            log.warning("transaction_retried", commit=name, error=type(error.__cause__).__name__)
            time.sleep(random.uniform(0, FIRST_PAUSE_SECONDS * 2**retries_before))  # noqa: S311 # nosec B311 # jitter
    return commit(name, work)


def _commit_once(name: str, work: Callable[[], R]) -> R:
    with transaction.atomic():
        result = work()
        crash_points.reach(f"{name}.uncommitted")
        return result


def _commit_one_statement(name: str, work: Callable[[], R]) -> R:
    if connection.settings_dict["OPTIONS"].get("transaction_settings"):
        # Behind a pooler each transaction begins with the settings that a session would have.
        return _commit_once(name, work)
    crash_points.reach(f"{name}.uncommitted")
    return work()


def _is_passing(error: OperationalError) -> bool:
    """Whether the same transaction may well succeed a moment later: nothing of it has been written."""
    return isinstance(error.__cause__, DeadlockDetected | SerializationFailure)
