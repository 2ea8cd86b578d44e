"""The API, asked with a session by every role; what keys may do is in test_access_matrix.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from access.roles import PERMISSIONS, Role, scopes_given_by
from tests.access.people import make_person
from tests.access.test_access_matrix import CLOSED, Target, written
from tests.factories import make_payout, make_recipient

if TYPE_CHECKING:
    from access.models import Organization


@pytest.fixture
def target(organization: Organization) -> Target:
    recipient = make_recipient(organization)
    return Target(make_payout(recipient).pk, recipient.pk)


@pytest.mark.parametrize("role", [*Role, None])
def test_it_answers_every_cell_as_expected(
    organization: Organization, target: Target, role: Role | None
) -> None:
    client = APIClient()
    client.force_login(make_person("olga", organization, role=role))
    scopes = scopes_given_by(PERMISSIONS[role] if role else [])

    wrong = []
    for route, doors in CLOSED.items():
        for method, door in doors.items():
            with transaction.atomic(), written() as writes:
                body = target.body(route, method)
                answer = getattr(client, method.lower())(target.path(route), body, format="json")
                transaction.set_rollback(True)
            should_be = door.own if door.scope in scopes else 403
            if answer.status_code != should_be or (should_be == 403 and writes):
                wrong.append(f"{method} {route}: {answer.status_code} instead of {should_be}, {writes}")

    assert not wrong


def test_it_gives_nothing_to_a_role_that_is_taken_away_or_to_who_is_not_active(
    organization: Organization, target: Target
) -> None:
    olga = make_person("olga", organization, role=Role.ADMINISTRATOR)
    client = APIClient()
    client.force_login(olga)
    payout = target.path("api/payouts/<str:payout_id>/")
    assert client.get(payout).status_code == 200

    olga.groups.clear()
    assert client.get(payout).status_code == 403
    olga.is_active = False
    olga.save()
    assert client.get(payout).status_code == 401
