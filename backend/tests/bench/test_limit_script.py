"""`bench/limit.sql` asks PostgreSQL for what the service asks it for, as the server itself tells."""

from __future__ import annotations

import re
from contextlib import contextmanager
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from bench.limit import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.errors import Diagnostic
    from rest_framework.test import APIClient

    from payouts.models import Recipient

_TOLD = re.compile(r"(?:statement|execute [^:]+): (.*)", re.DOTALL)
# A value, here and there: a parameter, one that pgbench has no text for, or an array of one.
_VALUE = re.compile(r"ARRAY\[[^]]+\]|\$\d+|(?<!:):[a-z_]+|\bgen_random_uuid\(\)|\bnow\(\)|''|\bNULL\b")
# A request has a caller, whom a creation does not need. The empty statement tries a connection.
_BESIDES = re.compile(r'SELECT .* FROM "access_apikey" |$')


def comparable(statement: str) -> str:
    """One line, with "?" for each value."""
    return _VALUE.sub("?", " ".join(statement.split())).strip(" ;")


def statements_of(script: str) -> list[str]:
    """Those that pgbench sends: its own commands and comments are left out."""
    lines = [line for line in script.splitlines() if not line.startswith(("--", "\\"))]
    return [
        comparable(statement) for statement in re.split(r";|\\gset", "\n".join(lines)) if statement.strip()
    ]


@contextmanager
def recorded() -> Iterator[list[str]]:
    """What the server has executed for this connection, by whichever way it was sent."""
    seen: list[str] = []

    def note(told: Diagnostic) -> None:
        if found := _TOLD.match(told.message_primary or ""):
            seen.append(comparable(found[1]))

    connection.ensure_connection()
    raw: Any = connection.connection
    raw.add_notice_handler(note)
    # Set aside from the protocol under test: the settings of a connection are no statement of a request.
    raw.execute("SET client_min_messages = log")
    raw.execute("SET log_statement = 'all'")
    try:
        yield seen
    finally:
        raw.remove_notice_handler(note)
        raw.execute("RESET log_statement")
        raw.execute("RESET client_min_messages")


@pytest.mark.django_db(transaction=True)
def test_it_sends_what_the_service_sends(api: APIClient, recipient: Recipient) -> None:
    body = {"recipient_id": recipient.pk, "amount": "10.00", "currency": "USD"}
    api.post("/api/payouts/", body | {"idempotency_key": "the-first"}, format="json")
    with recorded() as seen:
        answer = api.post("/api/payouts/", body | {"idempotency_key": "the-second"}, format="json")
    assert answer.status_code == 201
    needed = [statement for statement in seen if not _BESIDES.match(statement)]
    asked = statements_of(SCRIPT.read_text())
    assert asked == needed, "\n".join(
        ["", *unified_diff(asked, needed, SCRIPT.name, "the service", lineterm="")]
    )


def test_it_compares_statements_whatever_their_values_are_called() -> None:
    script = "-- comment\n\\set a 1\nSELECT x FROM t\nWHERE a = :a AND b = ARRAY[:b]::text[];\nCOMMIT;\n"
    assert statements_of(script) == ["SELECT x FROM t WHERE a = ? AND b = ?::text[]", "COMMIT"]
    assert comparable("SELECT x FROM t WHERE a = $1 AND b = $2::text[]") == statements_of(script)[0]
