"""What every task of the service does with its connection to the database, and when the database is away."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Task
from celery.exceptions import Ignore
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from database.unavailable import is_database_unavailable, reason_of

log = structlog.get_logger(__name__)


class PatientTask(Task[Any, Any]):
    """Begins with the connection of the task before, if it is still of use.

    When the database is away it ends with a line in the log: the sweeps find its work as soon as it is back.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not connection.in_atomic_block:  # called by hand, inside of somebody's transaction
            close_old_connections()
        try:
            return super().__call__(*args, **kwargs)
        except (DatabaseError, InterfaceError) as error:
            if not is_database_unavailable(error):
                raise
            log.warning("task_met_no_database", task=self.name, error=reason_of(error))
            # Neither failed nor done: nobody is to take it for a sign that work is being done.
            raise Ignore from error
