from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from access.models import ApiKey
from database.compiled import CompiledPair, CompiledQuery
from payouts.models import Payout, Recipient
from tests.factories import make_key, make_payout, make_recipient

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model
    from pytest_django import DjangoAssertNumQueries

    from access.models import Organization

PAYOUTS = CompiledQuery(
    lambda organization_id, key: Payout.objects.filter(organization_id=organization_id, idempotency_key=key),
    "organization_id",
    "key",
)
RECIPIENTS = CompiledQuery(
    lambda organization_id, recipient_id: Recipient.objects.filter(
        organization_id=organization_id, pk=recipient_id
    ),
    "organization_id",
    "recipient_id",
)
PAIR = CompiledPair(PAYOUTS, RECIPIENTS)


def columns_of(row: Model) -> dict[str, object]:
    """As they came from the database: what is encrypted is not decrypted."""
    return {field.attname: row.__dict__[field.attname] for field in row._meta.concrete_fields}


def test_it_gives_what_django_gives(recipient: Recipient) -> None:
    payout = make_payout(recipient, metadata={"order": "ключ", "empty": "", "line": "\n\u2028"})

    found = PAYOUTS.first(organization_id=payout.organization_id, key=payout.idempotency_key)

    assert found is not None
    assert columns_of(found) == columns_of(Payout.objects.get(pk=payout.pk))
    assert found.account_number_snapshot == "UA1234567890"
    assert not found._state.adding
    assert found._state.db == "default"


def test_it_takes_other_values_each_time(recipient: Recipient) -> None:
    first, second = make_payout(recipient), make_payout(recipient)

    found = [
        PAYOUTS.first(organization_id=recipient.organization_id, key=key)
        for key in (first.idempotency_key, second.idempotency_key, "nobody-has-it")
    ]

    assert found == [first, second, None]


def test_it_finds_all(recipient: Recipient) -> None:
    payouts = {make_payout(recipient) for _ in range(3)}
    of_recipient = CompiledQuery(lambda who: Payout.objects.filter(recipient_id=who), "who")

    assert set(of_recipient.all(who=recipient.pk)) == payouts


def test_it_brings_along_what_is_selected_with_it(
    organization: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_key(organization)
    keys = CompiledQuery(
        lambda who: ApiKey.objects.select_related("organization").filter(organization_id=who), "who"
    )

    with django_assert_num_queries(1):
        key = keys.first(who=organization.pk)
        assert key is not None
        assert columns_of(key.organization) == columns_of(organization)


def test_it_can_be_asked_by_several_threads_at_once(recipient: Recipient) -> None:
    payout = make_payout(recipient)
    fresh: Callable[[], CompiledQuery[Payout]] = lambda: CompiledQuery(  # noqa: E731
        lambda key: Payout.objects.filter(idempotency_key=key), "key"
    )
    query = fresh()

    def compose(_: int) -> str:
        try:
            return str(query.composed.sql)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(compose, range(20)))) == 1
    assert query.first(key=payout.idempotency_key) == payout


@pytest.mark.parametrize("has_payout", [True, False])
@pytest.mark.parametrize("has_recipient", [True, False])
def test_it_finds_each_of_a_pair_without_the_other(
    recipient: Recipient,
    django_assert_num_queries: DjangoAssertNumQueries,
    *,
    has_payout: bool,
    has_recipient: bool,
) -> None:
    payout, other = make_payout(recipient), make_recipient(recipient.organization, name="Jane Roe")

    with django_assert_num_queries(1):
        found = PAIR.first(
            organization_id=recipient.organization_id,
            key=payout.idempotency_key if has_payout else "nobody-has-it",
            recipient_id=other.pk if has_recipient else 2**62,
        )

    assert found == (payout if has_payout else None, other if has_recipient else None)


def test_it_finds_a_pair_as_django_finds_each(recipient: Recipient) -> None:
    payout = make_payout(recipient)

    found = PAIR.first(
        organization_id=recipient.organization_id, key=payout.idempotency_key, recipient_id=recipient.pk
    )

    assert [columns_of(row) for row in found if row] == [
        columns_of(Payout.objects.get()),
        columns_of(Recipient.objects.get()),
    ]


@pytest.mark.parametrize("value", [{}, {"a": [1, 2.5, None, True]}, [], "text", 7, 0.5, None])
def test_it_reads_json_as_django_does(recipient: Recipient, value: object) -> None:
    payout = make_payout(recipient)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger refuses it
        cursor.execute(
            "UPDATE payouts_payout SET metadata = %s::jsonb WHERE id = %s", [json.dumps(value), payout.pk]
        )

    found = PAYOUTS.first(organization_id=payout.organization_id, key=payout.idempotency_key)

    assert found is not None
    assert found.metadata == Payout.objects.get(pk=payout.pk).metadata == value
