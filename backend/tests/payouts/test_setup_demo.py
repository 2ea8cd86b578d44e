from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from access.models import ApiKey, Operator, Organization
from payouts.models import Recipient

pytestmark = pytest.mark.django_db


def set_up(monkeypatch: pytest.MonkeyPatch, password: str) -> dict[str, Any]:
    monkeypatch.setenv("DEMO_ADMIN_PASSWORD", password)
    output = StringIO()
    call_command("setup_demo", stdout=output)
    credentials: dict[str, Any] = json.loads(output.getvalue())
    return credentials


def test_it_prints_credentials_that_work(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = set_up(monkeypatch, "correct horse")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {credentials['api_key']}")
    request = {
        "recipient_id": credentials["recipient_id"],
        "amount": "100.50",
        "currency": "USD",
        "idempotency_key": "unique-key-123",
    }

    answer = client.post("/api/payouts/", request, format="json")

    assert answer.status_code == 201
    assert answer.json()["account_number_snapshot"] == "UA1234567890"
    assert credentials["admin"] == {"username": "admin", "password": "correct horse"}
    assert APIClient().login(**credentials["admin"])


def test_it_makes_a_test_organization_that_moves_no_money(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = set_up(monkeypatch, "correct horse")

    organization = Organization.objects.get()
    assert (organization.name, organization.environment) == ("Demo", "test")
    assert credentials["api_key"].startswith("pk_test_")
    assert Operator.objects.get().organizations.get() == organization


def test_it_can_be_run_again_and_then_has_the_new_password(monkeypatch: pytest.MonkeyPatch) -> None:
    first, again = set_up(monkeypatch, "correct horse"), set_up(monkeypatch, "battery staple")

    assert Organization.objects.count() == Operator.objects.count() == 1
    assert ApiKey.objects.filter(revoked_at=None).count() == 2
    assert Recipient.objects.filter(pk__in=[first["recipient_id"], again["recipient_id"]]).exists()
    assert not APIClient().login(**first["admin"])
    assert APIClient().login(**again["admin"])


@pytest.mark.parametrize("password", ["", None])
def test_it_makes_nothing_without_a_password(monkeypatch: pytest.MonkeyPatch, password: str | None) -> None:
    monkeypatch.delenv("DEMO_ADMIN_PASSWORD", raising=False)
    if password is not None:
        monkeypatch.setenv("DEMO_ADMIN_PASSWORD", password)

    with pytest.raises(CommandError, match="DEMO_ADMIN_PASSWORD"):
        call_command("setup_demo")
    assert not Organization.objects.exists()
