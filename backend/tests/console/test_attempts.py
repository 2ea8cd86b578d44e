"""Attempts, by the keys and references that the bank knows them by."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payouts.models import PayoutAttempt
from tests.console.cast import Records, make_operator, sign_in, text_of
from tests.payouts.application.people import payout_with

if TYPE_CHECKING:
    from django.test import Client

    from payouts.models import Payout

LIST = "admin:payouts_payoutattempt_changelist"


def address(attempt: PayoutAttempt) -> str:
    return reverse("admin:payouts_payoutattempt_change", args=[attempt.pk])


@pytest.fixture
def known_to_the_bank(acme: Records) -> PayoutAttempt:
    payout = payout_with(acme.recipient, "accepted")
    PayoutAttempt.objects.filter(payout=payout).update(provider_reference="BANK-17")
    return PayoutAttempt.objects.get(payout=payout)


def test_it_shows_an_attempt_and_leads_to_its_payout(
    reader: Client, known_to_the_bank: PayoutAttempt
) -> None:
    page = text_of(reader.get(address(known_to_the_bank)))

    assert known_to_the_bank.rail_key in page
    assert "BANK-17" in page
    assert "UA******7890" in page
    assert "UA1234567890" not in page
    assert reverse("admin:payouts_payout_change", args=[known_to_the_bank.payout_id]) in page


@pytest.mark.parametrize("name", ["rail_key", "provider_reference"])
def test_it_finds_an_attempt_by_what_the_bank_calls_it(
    reader: Client, acme: Records, known_to_the_bank: PayoutAttempt, name: str
) -> None:
    page = text_of(reader.get(reverse(LIST), {"q": getattr(known_to_the_bank, name)}))

    assert address(known_to_the_bank) in page
    assert address(acme.attempt) not in page


def test_it_narrows_the_list_to_what_is_open(
    reader: Client, acme: Records, known_to_the_bank: PayoutAttempt
) -> None:
    payout_with(acme.recipient, "unknown")
    PayoutAttempt.objects.filter(pk=known_to_the_bank.pk).update(state="failed")

    every, unknown = (
        text_of(reader.get(reverse(LIST))),
        text_of(reader.get(reverse(LIST), {"state": "unknown"})),
    )

    assert address(known_to_the_bank) in every
    assert address(known_to_the_bank) not in unknown
    assert "outcome unknown" in unknown


def test_it_does_not_look_through_all_that_has_ended(reader: Client) -> None:
    response = reader.get(reverse(LIST), {"state": "returned"})

    assert response.status_code == HTTPStatus.FOUND
    assert response["Location"].endswith("?e=1")


def test_it_names_what_is_in_a_persons_hands(reader: Client, acme: Records) -> None:
    page = text_of(reader.get(address(acme.attempt)))

    assert "in a person&#x27;s hands" in page
    assert "What a person was to pay" in page


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_changes_nothing(member: Client, acme: Records, method: str) -> None:
    assert getattr(member, method)(address(acme.attempt)).status_code == HTTPStatus.FORBIDDEN


def test_it_needs_the_right_to_look_at_attempts(acme: Records) -> None:
    stranger = sign_in(make_operator("stan", acme.organization, permissions="view_payout"))
    stranger_without = sign_in(make_operator("sam", acme.organization, permissions="view_recipient"))

    assert stranger.get(address(acme.attempt)).status_code == HTTPStatus.OK  # "view_payoutattempt" begins so
    assert stranger_without.get(address(acme.attempt)).status_code == HTTPStatus.FORBIDDEN


def test_it_looks_up_what_the_bank_calls_an_attempt_in_an_index(reader: Client, acme: Records) -> None:
    add_attempts(acme.payout, 3_000)

    with CaptureQueriesContext(connection) as queries:
        page = text_of(reader.get(reverse(LIST), {"q": "BANK-17"}))
    (searched,) = (query["sql"] for query in queries.captured_queries if "BANK-17" in query["sql"])

    assert page.count(acme.payout.reference) >= 1
    plan = explain(searched)
    assert "attempt_by_provider_reference" in plan
    assert "Seq Scan" not in plan


def add_attempts(payout: Payout, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payouts_payoutattempt (organization_id, payout_id, number, rail, rail_key, request_hash,"
            " state, fence, first_sent_at, inquiries, provider_reference, evidence, created_at, updated_at)"
            " SELECT %s, %s, n, 'sandbox', %s || '-' || n, '', 'failed', 1, now(), 0, 'BANK-' || n, '{}',"
            " now(), now() FROM generate_series(1, %s) AS n",
            [payout.organization_id, payout.pk, payout.reference, number],
        )
        cursor.execute("ANALYZE payouts_payoutattempt")


def explain(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sql.replace("%", "%%"))
        return "\n".join(line for (line,) in cursor.fetchall())
