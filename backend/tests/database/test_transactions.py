from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError, connection, transaction

from core.crash_points import crash_points
from database.transactions import MOST_RETRIES, commit_names, in_transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoAssertNumQueries

    from access.models import Organization

_numbers = count()


def a_name() -> str:
    return f"of_a_test_{next(_numbers)}"


@pytest.fixture
def struck() -> Iterator[list[str]]:
    """The crash points that were reached, in order."""
    names: list[str] = []
    crash_points.strike = names.append
    yield names
    crash_points.strike = None


def rename(organization: Organization, name: str) -> None:
    type(organization).objects.filter(pk=organization.pk).update(name=name)


def name_of(organization: Organization) -> str:
    return str(type(organization).objects.get(pk=organization.pk).name)


@pytest.mark.django_db(transaction=True)
def test_it_reaches_a_point_on_each_side_of_the_commit(organization: Organization, struck: list[str]) -> None:
    @in_transaction(name := a_name())
    def work() -> None:
        rename(organization, "Hooli")

    work()

    assert struck == [f"{name}.uncommitted", f"{name}.committed"]
    assert name in commit_names()
    assert name_of(organization) == "Hooli"


@pytest.mark.django_db(transaction=True)
def test_it_takes_back_everything_when_it_raises(organization: Organization, struck: list[str]) -> None:
    @in_transaction(a_name())
    def work() -> None:
        rename(organization, "Hooli")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()

    assert not struck
    assert name_of(organization) == "Acme"


@pytest.mark.django_db(transaction=True)
def test_it_is_durable_by_itself_only(organization: Organization) -> None:
    @in_transaction(a_name(), durable=True)
    def work() -> None:
        rename(organization, "Hooli")

    with pytest.raises(RuntimeError), transaction.atomic():
        work()
    assert name_of(organization) == "Acme"

    work()
    assert name_of(organization) == "Hooli"


def test_it_refuses_a_second_commit_of_the_same_name() -> None:
    in_transaction(name := a_name())

    with pytest.raises(ValueError, match=name):
        in_transaction(name)


@contextmanager
def serialization_failure() -> Iterator[None]:
    """PostgreSQL's own refusal, raised where a repeatable read would."""
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")
    yield


def failing_function(times: int) -> tuple[list[int], object]:
    calls: list[int] = []

    @in_transaction(a_name())
    def work() -> str:
        calls.append(1)
        if len(calls) <= times:
            with serialization_failure():
                pass
        return "done"

    return calls, work


@pytest.mark.django_db(transaction=True)
def test_it_tries_again_what_could_not_be_put_in_an_order() -> None:
    calls, work = failing_function(times=MOST_RETRIES)

    assert work() == "done"  # type: ignore[operator]
    assert len(calls) == 1 + MOST_RETRIES


@pytest.mark.django_db(transaction=True)
def test_it_gives_up_after_three_retries() -> None:
    calls, work = failing_function(times=MOST_RETRIES + 1)

    with pytest.raises(OperationalError):
        work()  # type: ignore[operator]
    assert len(calls) == 1 + MOST_RETRIES == 4


@pytest.mark.django_db(transaction=True)
def test_it_leaves_trying_again_to_the_outermost_transaction() -> None:
    calls, work = failing_function(times=1)

    with pytest.raises(OperationalError), transaction.atomic():
        work()  # type: ignore[operator]
    assert len(calls) == 1


@pytest.mark.django_db(transaction=True)
def test_it_tries_again_nothing_else() -> None:
    calls: list[int] = []

    @in_transaction(a_name())
    def work() -> None:
        calls.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1")
            cursor.execute("SELECT pg_sleep(1)")

    with pytest.raises(OperationalError):
        work()
    assert len(calls) == 1


@pytest.mark.django_db(transaction=True)
def test_it_gets_out_of_a_deadlock(organization: Organization, other_organization: Organization) -> None:
    met = Barrier(2)
    tries: list[str] = []

    @in_transaction(a_name())
    def rename_both(first: Organization, second: Organization, name: str) -> None:
        tries.append(name)
        rename(first, f"{name} 1")
        if len(tries) <= 2:
            met.wait(5)
        rename(second, f"{name} 2")

    def run(first: Organization, second: Organization, name: str) -> None:
        try:
            rename_both(first, second, name)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        there = pool.submit(run, organization, other_organization, "there")
        back = pool.submit(run, other_organization, organization, "back")
        there.result()
        back.result()

    assert len(tries) == 3
    assert {name_of(organization)[:-2], name_of(other_organization)[:-2]} in ({"there"}, {"back"})


def statement_of(organization: Organization, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_organization SET name = %s WHERE id = %s", [name, organization.pk])


@pytest.mark.django_db(transaction=True)
def test_it_commits_one_statement_without_more_ways_to_the_server(
    organization: Organization, struck: list[str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    work = in_transaction(name := a_name(), is_one_statement=True)(statement_of)

    with django_assert_num_queries(1):
        work(organization, "Hooli")

    assert struck == [f"{name}.uncommitted", f"{name}.committed"]
    assert name_of(organization) == "Hooli"


@pytest.mark.django_db(transaction=True)
def test_it_tries_one_statement_again_as_well() -> None:
    calls: list[int] = []

    @in_transaction(a_name(), is_one_statement=True)
    def work() -> str:
        calls.append(1)
        if len(calls) == 1:
            with serialization_failure():
                pass
        return "done"

    assert work() == "done"
    assert len(calls) == 2


@pytest.mark.django_db(transaction=True)
def test_it_begins_a_transaction_for_one_statement_where_that_sets_the_settings(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {**connection.settings_dict["OPTIONS"], "transaction_settings": {"synchronous_commit": "on"}}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    seen: list[bool] = []

    @in_transaction(a_name(), is_one_statement=True)
    def work() -> None:
        seen.append(connection.in_atomic_block)
        statement_of(organization, "Hooli")

    work()

    assert seen == [True]
    assert name_of(organization) == "Hooli"
