"""Operators at the API; what keys may do is in tests/access/test_access_matrix.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rest_framework.test import APIClient

from access.repositories import get_or_add_membership, get_or_add_operator
from tests import factories

if TYPE_CHECKING:
    from access.models import Operator, Organization


@pytest.fixture
def operator(organization: Organization) -> Operator:
    operator = get_or_add_operator("olena")
    get_or_add_membership(operator=operator, organization=organization)
    return operator


def test_it_lets_an_operator_read(operator: Operator, organization: Organization) -> None:
    payout = factories.make_payout(factories.make_recipient(organization))
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(operator)
    answer = client.get(f"/api/payouts/{payout.pk}/").json()
    assert answer["account_number_snapshot"] == "UA******7890"


def test_it_asks_an_operator_for_the_csrf_token(operator: Operator, organization: Organization) -> None:
    payout = factories.make_payout(factories.make_recipient(organization))
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(operator)
    response = client.patch(f"/api/payouts/{payout.pk}/", {"status": "CANCELED"}, format="json")
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(("is_staff", "status"), [(True, 200), (False, 403)])
def test_it_lets_only_staff_change_a_status(
    operator: Operator, organization: Organization, *, is_staff: bool, status: int
) -> None:
    operator.is_staff = is_staff
    operator.save()
    payout = factories.make_payout(factories.make_recipient(organization))
    client = APIClient()
    client.force_login(operator)
    response = client.patch(f"/api/payouts/{payout.pk}/", {"status": "CANCELED"}, format="json")
    assert response.status_code == status
