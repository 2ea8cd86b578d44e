"""What nobody may do in the console, whatever their permissions."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from payouts.models import Payout
from tests.console.cast import MONEY_MODELS, Records, text_of

if TYPE_CHECKING:
    from django.test import Client

NEVER_DELETED = (*MONEY_MODELS, "payouts_recipient", "access_apikey", "access_organization")


@pytest.fixture(params=["superuser", "member"])
def operator(request: pytest.FixtureRequest) -> Client:
    client: Client = request.getfixturevalue(request.param)
    return client


@pytest.mark.parametrize("model", MONEY_MODELS)
def test_it_adds_nothing_of_money(operator: Client, model: str) -> None:
    url = reverse(f"admin:{model}_add")

    assert operator.get(url).status_code == HTTPStatus.FORBIDDEN
    assert operator.post(url, {"amount_minor": "1"}).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("model", [*MONEY_MODELS, "access_apikey"])
def test_it_changes_nothing_of_money_or_keys(operator: Client, acme: Records, model: str) -> None:
    url = reverse(f"admin:{model}_change", args=[acme.id_of(model)])

    assert operator.post(url, {"amount_minor": "1", "_save": "Save"}).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("model", [*MONEY_MODELS, "access_apikey"])
def test_it_offers_nothing_to_edit(operator: Client, acme: Records, model: str) -> None:
    page = text_of(operator.get(reverse(f"admin:{model}_change", args=[acme.id_of(model)])))
    content = page.partition("<main")[2].partition("</main>")[0]

    assert "<dl" in content
    assert 'name="_save"' not in content
    assert "<textarea" not in content
    assert "<select" not in content
    assert '<input type="text"' not in content


@pytest.mark.parametrize("model", NEVER_DELETED)
def test_it_deletes_nothing(operator: Client, acme: Records, model: str) -> None:
    url = reverse(f"admin:{model}_delete", args=[acme.id_of(model)])

    assert operator.get(url).status_code == HTTPStatus.FORBIDDEN
    assert operator.post(url, {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("model", NEVER_DELETED)
def test_it_has_no_bulk_deletion(operator: Client, acme: Records, model: str) -> None:
    url = reverse(f"admin:{model}_changelist")
    choice = {"action": "delete_selected", "_selected_action": acme.id_of(model), "post": "yes"}

    operator.post(url, choice)

    assert "delete_selected" not in text_of(operator.get(url))
    assert (
        operator.get(reverse(f"admin:{model}_change", args=[acme.id_of(model)])).status_code == HTTPStatus.OK
    )


@pytest.mark.parametrize("action", ["remove", "take-over", "hold", "cancel", "ask"])
def test_it_offers_a_reader_no_action(reader: Client, acme: Records, action: str) -> None:
    url = reverse("admin:payouts_payout_changelist")

    choice = {"action": action, "_selected_action": acme.payout.pk, "reason": "because", "confirmed": "yes"}
    reader.post(url, choice)

    assert f'value="{action}"' not in text_of(reader.get(url))
    assert Payout.objects.get(pk=acme.payout.pk).stage == "ready"
    assert Payout.objects.get(pk=acme.payout.pk).deleted_at is None
