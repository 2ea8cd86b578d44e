"""Django's PostgreSQL, except that no wait for it is endless. Django asks for this module by its name.

Beside the usual OPTIONS it takes `answer_timeout_seconds`, `shares_connections` for a process whose threads
answer requests, and `transaction_settings` for a server behind PgBouncer.
"""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import base

from database.postgresql import driver
from database.postgresql.sharing import SharedConnections

if TYPE_CHECKING:
    from database.postgresql.connection import BoundedConnection

# One for the process: each of its threads has a wrapper of its own.
shared_connections = SharedConnections()


class DatabaseWrapper(base.DatabaseWrapper):
    Database = driver
    _is_set_up = False

    @property
    def shares_connections(self) -> bool:
        return bool(self.settings_dict["OPTIONS"].get("shares_connections"))

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        parameters.pop("shares_connections", None)
        return parameters

    def connect(self) -> None:
        if self._is_set_up and self.shares_connections and (resting := shared_connections.take_resting()):
            self._go_on_with(resting)
            return
        try:
            super().connect()
        except BaseException:
            self.close()  # what was not set up to its end would be taken for a connection the next time
            raise
        self._is_set_up = True

    def _go_on_with(self, resting: BoundedConnection) -> None:
        """As after Django's own `connect`, which would set up again what has been since the first time."""
        self.in_atomic_block = self.closed_in_transaction = self.needs_rollback = self.errors_occurred = False
        self.savepoint_ids, self.atomic_blocks, self.run_on_commit = [], [], []
        self.health_check_done = True
        self.close_at = monotonic()  # it is given back at the request's end
        if not resting.autocommit:
            resting.autocommit = True
        self.connection, self.autocommit = resting, True

    def get_new_connection(self, conn_params: dict[str, Any]) -> BoundedConnection:
        connect = partial(super().get_new_connection, conn_params)
        return shared_connections.take(connect) if self.shares_connections else connect()

    def _close(self) -> None:
        if self.connection is not None and self.shares_connections:
            connection, self.connection = self.connection, None
            shared_connections.put(connection)
        else:
            super()._close()  # type: ignore[misc]  # the stubs lack it
