"""Operators at the API; what keys may do is in tests/access/test_access_matrix.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rest_framework.test import APIClient

from access.application.assign_role import assign_role
from access.keeper import shell_keeper
from access.repositories import get_or_add_membership, get_or_add_operator
from access.roles import Role
from tests import factories

if TYPE_CHECKING:
    from access.models import Operator, Organization


@pytest.fixture
def operator(organization: Organization) -> Operator:
    operator = get_or_add_operator("olena")
    get_or_add_membership(operator=operator, organization=organization)
    return assign_role(keeper=shell_keeper(), operator_id=operator.pk, role=Role.VIEWER)


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


@pytest.mark.parametrize(("role", "status"), [(Role.OPERATOR, 200), (Role.VIEWER, 403)])
def test_it_lets_a_role_change_a_status_and_another_not(
    operator: Operator, organization: Organization, role: Role, status: int
) -> None:
    assign_role(keeper=shell_keeper(), operator_id=operator.pk, role=role)
    payout = factories.make_payout(factories.make_recipient(organization))
    client = APIClient()
    client.force_login(operator)
    response = client.patch(f"/api/payouts/{payout.pk}/", {"status": "CANCELED"}, format="json")
    assert response.status_code == status
