"""Django's PostgreSQL, except that no wait for it is endless. Django asks for this module by its name.

Beside the usual OPTIONS it takes `answer_timeout_seconds`, `shares_connections` for a process whose threads
answer requests, and `transaction_settings` for a server behind PgBouncer.
"""

from __future__ import annotations

from functools import partial
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

    @property
    def shares_connections(self) -> bool:
        return bool(self.settings_dict["OPTIONS"].get("shares_connections"))

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        parameters.pop("shares_connections", None)
        return parameters

    def connect(self) -> None:
        try:
            super().connect()
        except BaseException:
            self.close()  # what was not set up to its end would be taken for a connection the next time
            raise

    def get_new_connection(self, conn_params: dict[str, Any]) -> BoundedConnection:
        connect = partial(super().get_new_connection, conn_params)
        return shared_connections.take(connect) if self.shares_connections else connect()

    def _close(self) -> None:
        if self.connection is not None and self.shares_connections:
            connection, self.connection = self.connection, None
            shared_connections.put(connection)
        else:
            super()._close()  # type: ignore[misc]  # the stubs lack it
