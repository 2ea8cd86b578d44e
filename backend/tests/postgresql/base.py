"""PostgreSQL as it is, except for what tests may do that nobody else may."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import creation, operations

from database.postgresql import base


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, *args: Any, **kwargs: Any) -> list[str]:
        """Empty the tables without their triggers: the event log refuses to be truncated."""
        statements = super().sql_flush(*args, **kwargs)
        return [
            "SET session_replication_role = replica",
            *statements,
            "SET session_replication_role = DEFAULT",
        ]


class DatabaseCreation(creation.DatabaseCreation):
    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:  # noqa: ARG002  Django's signature
        """Drop it whoever is connected: the server may not have noticed yet that a program was killed."""
        name = self.connection.ops.quote_name(test_database_name)
        with self._nodb_cursor() as cursor:  # type: ignore[attr-defined]  # the stubs lack it
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    creation_class = DatabaseCreation
