from __future__ import annotations

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

ACCOUNT_NUMBER = "UA213223130000026007233566001"


def test_it_shows_the_server_no_values_in_a_statement() -> None:
    # What the server takes for the text of the statement is what its log would show, should it fail.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid() AND %s <> ''", [ACCOUNT_NUMBER]
        )
        (statement,) = cursor.fetchone()

    assert "$1" in statement
    assert ACCOUNT_NUMBER not in statement


def test_it_plans_what_a_cursor_asks_for_the_values_however_often_it_has_been_asked() -> None:
    wanted = "SELECT id FROM events_event WHERE organization_id = %s AND type = %s ORDER BY occurred_at DESC LIMIT 51"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for _ in range(20):
            cursor.execute(f"EXPLAIN {wanted}", [1, "PayoutHeld"])
            plan = str(cursor.fetchall())
    assert "event_of_note" in plan
