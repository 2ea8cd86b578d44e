from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rest_framework.test import APIClient

from access.environment import Environment
from access.scopes import EVERY_SCOPE, Scope
from payouts.models import Payout
from tests import factories
from tests.payouts.api.requests import PAYOUTS, payout_body

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pytest_django import DjangoAssertNumQueries, Settings

    from access.models import Organization
    from payouts.models import Recipient

    ApiFor = Callable[[Collection[Scope]], APIClient]

FIELDS = [
    "id",
    "recipient_id",
    "amount",
    "currency",
    "status",
    "recipient_name_snapshot",
    "account_number_snapshot",
    "bank_code_snapshot",
    "created_at",
    "updated_at",
    "reference",
    "stage",
    "failure",
    "metadata",
    "completed_at",
]


def test_it_creates_a_payout(api: APIClient, recipient: Recipient) -> None:
    response = api.post(PAYOUTS, payout_body(recipient, metadata={"order": "A-1"}), format="json")
    answer = response.json()
    payout = Payout.objects.get()
    assert response.status_code == 201
    assert list(answer) == FIELDS
    assert response["Location"] == f"http://testserver/api/payouts/{payout.pk}/"
    assert answer | {"created_at": "", "updated_at": ""} == {
        "id": payout.pk,
        "recipient_id": recipient.pk,
        "amount": "100.50",
        "currency": "USD",
        "status": "NEW",
        "recipient_name_snapshot": "John Doe",
        "account_number_snapshot": "UA1234567890",
        "bank_code_snapshot": "MFO123",
        "created_at": "",
        "updated_at": "",
        "reference": payout.reference,
        "stage": "ready",
        "failure": None,
        "metadata": {"order": "A-1"},
        "completed_at": None,
    }
    assert answer["created_at"] == payout.created_at.isoformat().replace("+00:00", "Z")


def test_it_puts_the_configured_address_into_the_location(
    api: APIClient, recipient: Recipient, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://payouts.example"
    response = api.post(PAYOUTS, payout_body(recipient), format="json")
    assert response["Location"].startswith("https://payouts.example/api/payouts/")


def test_it_answers_a_repeat_with_the_same_payout(api: APIClient, recipient: Recipient) -> None:
    body = payout_body(recipient)
    first = api.post(PAYOUTS, body, format="json")
    second = api.post(PAYOUTS, body, format="json")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert second["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Payout.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"amount": "100.51"}, ["amount"]),
        ({"currency": "EUR"}, ["currency"]),
        ({"metadata": {"order": "B"}}, ["metadata"]),
        ({"amount": "1.00", "currency": "EUR"}, ["amount", "currency"]),
    ],
)
def test_it_refuses_the_key_of_another_request(
    api: APIClient, recipient: Recipient, changes: dict[str, Any], fields: list[str]
) -> None:
    body = payout_body(recipient)
    first = api.post(PAYOUTS, body, format="json").json()
    response = api.post(PAYOUTS, body | changes, format="json")
    problem = response.json()
    assert response.status_code == 422
    assert problem["code"] == "idempotency_key_reused"
    assert [error["field"] for error in problem["errors"]] == fields
    assert str(first["id"]) in problem["detail"]
    assert "100.5" not in problem["detail"]


def test_it_refuses_the_key_of_a_deleted_payout(api: APIClient, recipient: Recipient) -> None:
    body = payout_body(recipient)
    payout_id = api.post(PAYOUTS, body, format="json").json()["id"]
    assert api.delete(f"{PAYOUTS}{payout_id}/").status_code == 204
    response = api.post(PAYOUTS, body, format="json")
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_deleted")


@pytest.mark.parametrize("header", ["header-key-1", '"header-key-1"'])
def test_it_takes_the_key_from_the_header(api: APIClient, recipient: Recipient, header: str) -> None:
    body = payout_body(recipient, idempotency_key=None)
    response = api.post(PAYOUTS, body, format="json", headers={"Idempotency-Key": header})
    assert response.status_code == 201
    assert Payout.objects.get().idempotency_key == "header-key-1"


def test_it_takes_the_same_key_twice(api: APIClient, recipient: Recipient) -> None:
    body = payout_body(recipient, idempotency_key="the-same-key")
    response = api.post(PAYOUTS, body, format="json", headers={"Idempotency-Key": '"the-same-key"'})
    assert response.status_code == 201


def test_it_refuses_another_organizations_recipient(api: APIClient, other_organization: Organization) -> None:
    stranger = factories.make_recipient(other_organization)
    response = api.post(PAYOUTS, payout_body(stranger), format="json")
    assert (response.status_code, response.json()["detail"]) == (404, "Recipient not found")


def test_it_refuses_an_inactive_recipient(api: APIClient, recipient: Recipient) -> None:
    api.patch(f"/api/recipients/{recipient.pk}/", {"is_active": False}, format="json")
    response = api.post(PAYOUTS, payout_body(recipient), format="json")
    assert (response.status_code, response.json()["code"]) == (409, "recipient_inactive")


def test_it_masks_the_account_number(api_for: ApiFor, recipient: Recipient) -> None:
    api = api_for(EVERY_SCOPE - {Scope.BANK_DETAILS_READ})
    answer = api.post(PAYOUTS, payout_body(recipient), format="json").json()
    assert answer["account_number_snapshot"] == "UA******7890"


def test_it_pays_by_hand_for_a_live_organization(db: None) -> None:  # noqa: ARG001  asks for the database
    organization = factories.make_organization("Live", Environment.LIVE)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.make_key(organization)}")
    response = client.post(PAYOUTS, payout_body(factories.make_recipient(organization)), format="json")
    assert response.status_code == 201
    assert Payout.objects.get().rail == "manual"


def test_it_creates_with_three_statements(
    api: APIClient, recipient: Recipient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    body = payout_body(recipient)
    with django_assert_max_num_queries(50) as captured:
        assert api.post(PAYOUTS, body, format="json").status_code == 201
    assert len(_statements(captured)) == 3


def test_it_replays_with_two_statements(
    api: APIClient, recipient: Recipient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    body = payout_body(recipient)
    api.post(PAYOUTS, body, format="json")
    with django_assert_max_num_queries(50) as captured:
        assert api.post(PAYOUTS, body, format="json").status_code == 200
    assert len(_statements(captured)) == 2


def _statements(captured: Any) -> list[str]:
    """Without the borders of transactions, which are savepoints in a test."""
    borders = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [query["sql"] for query in captured.captured_queries if not query["sql"].startswith(borders)]
