from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model


def vacuum_tables(models: Sequence[type[Model]]) -> None:
    """Afterwards the planner knows what is in them, and indexes are read without them where they can be.

    Not inside a transaction. Tables of another owner are left as they are, with a notice by the server.
    """
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {tables}")
