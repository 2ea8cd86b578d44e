"""Whatever keeps the database from answering is a 503, wherever it strikes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.test import Client, RequestFactory

from access.models import Operator
from config.interfaces.http.error_views import answer_server_error
from database.clock import database_now
from database.postgresql.patience import database_patience
from database.unavailable import is_database_unavailable, reason_of
from payouts.models import Payout
from tests.payouts.api.requests import PAYOUTS, payout_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings
    from rest_framework.test import APIClient

    from payouts.models import Recipient

# What is closed for good must not be the transaction in which pytest-django puts a test.
pytestmark = pytest.mark.django_db(transaction=True)

TERMINATE = "SELECT pg_terminate_backend(pg_backend_pid())"


@pytest.fixture(autouse=True)
def _fresh_connection(transactional_db: None) -> Iterator[None]:  # noqa: ARG001  before it empties the tables
    """What is at an end after each test, as after a request."""
    yield
    connection.close()


@pytest.fixture
def impatient(settings: Settings) -> None:
    """Requests that wait for nothing: every answer of the database comes too late."""
    settings.DATABASE_PATIENCE_SECONDS = 0.0


@pytest.fixture
def _slow_commit() -> Iterator[None]:
    """Each commit of a payout takes a second."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END'"
        )
        cursor.execute(
            "CREATE CONSTRAINT TRIGGER pause AFTER INSERT ON payouts_payout"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pause()"
        )
    yield
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION pause CASCADE")


def signed_in() -> Client:
    client = Client()
    client.force_login(Operator.objects.create_superuser(username="root", password="secret"))
    return client


def ensure_come_back(answer: Any, content_type: str) -> None:
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer["Content-Type"].startswith(content_type)


@pytest.mark.parametrize(
    "statements",
    [
        [TERMINATE],
        ["SET LOCAL statement_timeout = 20", "SELECT pg_sleep(1)"],
        ["SET LOCAL idle_in_transaction_session_timeout = 20", "SELECT 1 -- later"],
        ["SET LOCAL transaction_timeout = 20", "SELECT pg_sleep(1)"],
        ["SET TRANSACTION READ ONLY", "UPDATE payouts_payout SET amount_minor = 1"],
    ],
)
def test_it_knows_when_the_database_is_in_the_way(statements: list[str]) -> None:
    with pytest.raises(DatabaseError) as raised, transaction.atomic(), connection.cursor() as cursor:  # noqa: PT012  the last raises
        for statement in statements:
            time.sleep(0.1 if "later" in statement else 0)
            cursor.execute(statement)
    assert is_database_unavailable(raised.value)


@pytest.mark.parametrize("statements", [["SELECT no_such_thing"], ["SELECT no_such_thing", "SELECT 1"]])
def test_it_knows_when_the_statement_is_wrong(statements: list[str]) -> None:
    with pytest.raises(DatabaseError) as raised, transaction.atomic(), connection.cursor() as cursor:  # noqa: PT012  the last raises
        for statement in statements[:-1]:
            with pytest.raises(DatabaseError):
                cursor.execute(statement)
        cursor.execute(statements[-1])
    assert not is_database_unavailable(raised.value)


def test_it_takes_other_failures_for_what_they_are() -> None:
    assert is_database_unavailable(InterfaceError("connection already closed"))
    assert not is_database_unavailable(IntegrityError())
    assert not is_database_unavailable(ZeroDivisionError())
    assert not is_database_unavailable(None)


def test_it_logs_no_rows() -> None:
    assert reason_of(OperationalError("canceled\nCONTEXT: while inserting DE0001")) == "canceled"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("path", [PAYOUTS, "/api/payouts/1/", "/api/recipients/"])
def test_it_answers_clients_with_a_problem(api: APIClient, path: str) -> None:
    answer = api.get(path)
    ensure_come_back(answer, "application/problem+json")
    assert answer.json()["code"] == "database_unavailable"


@pytest.mark.usefixtures("impatient")
def test_it_answers_operators_of_the_api_with_a_problem() -> None:
    ensure_come_back(signed_in().get(PAYOUTS), "application/problem+json")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("path", ["/admin/", "/admin/payouts/payout/", "/admin/login/"])
def test_it_answers_people_with_a_page(path: str) -> None:
    ensure_come_back(signed_in().get(path), "text/html")


@pytest.mark.parametrize(
    ("path", "content_type"), [("/api/x/", "application/problem+json"), ("/admin/x/", "text/html")]
)
def test_it_answers_what_middleware_could_not_do(path: str, content_type: str) -> None:
    request = RequestFactory().get(path)
    try:
        with database_patience(0):
            database_now()
    except OperationalError:
        ensure_come_back(answer_server_error(request), content_type)
    assert answer_server_error(request).status_code == 500


@pytest.mark.usefixtures("_slow_commit")
def test_it_finds_the_payout_whose_commit_nobody_waited_for(
    api: APIClient, recipient: Recipient, settings: Settings
) -> None:
    body = payout_body(recipient)
    api.get(PAYOUTS)  # the first request of a process takes longer
    settings.DATABASE_PATIENCE_SECONDS = 0.5
    ensure_come_back(api.post(PAYOUTS, body, format="json"), "application/problem+json")
    time.sleep(1.2)  # the server commits, whether or not anybody listens
    connection.close()  # as at the end of each request

    settings.DATABASE_PATIENCE_SECONDS = 6.0
    repeated = api.post(PAYOUTS, body, format="json")
    assert repeated.status_code in (200, 201)
    assert [payout.pk for payout in Payout.objects.all()] == [repeated.json()["id"]]
