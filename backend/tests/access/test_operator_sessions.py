from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rest_framework.test import APIClient

from access.application.assign_role import assign_role
from access.keeper import shell_keeper
from access.models import Operator
from access.repositories import get_or_add_membership
from access.roles import Role
from events.models import Event
from payouts.models import Payout
from tests.factories import make_payout, make_recipient

if TYPE_CHECKING:
    from rest_framework.response import _MonkeyPatchedResponse

    from access.models import Organization
    from payouts.models import Recipient

LIST = "/api/payouts/"
CANCEL = {"status": "CANCELED", "reason": "A mistake."}
CSRF_TOKEN = "a" * 32


def make_operator(username: str, *organizations: Organization, role: Role | None = Role.OPERATOR) -> Operator:
    operator = Operator.objects.create_user(username, password="correct horse", is_staff=True)
    if role is not None:
        assign_role(keeper=shell_keeper(), operator_id=operator.pk, role=role)
    for organization in organizations:
        get_or_add_membership(operator=operator, organization=organization)
    return operator


def sign_in(operator: Operator) -> APIClient:
    """Sign in as a browser would, which is asked for its CSRF token."""
    client = APIClient(enforce_csrf_checks=True)
    assert client.login(username=operator.get_username(), password="correct horse")
    return client


def cancel(client: APIClient, payout: Payout, **headers: str) -> _MonkeyPatchedResponse:
    return client.patch(f"{LIST}{payout.pk}/", CANCEL, format="json", headers=headers)


def with_csrf_token(client: APIClient) -> APIClient:
    client.cookies["csrftoken"] = CSRF_TOKEN
    client.credentials(HTTP_X_CSRFTOKEN=CSRF_TOKEN)
    return client


@pytest.fixture
def jane(organization: Organization) -> Operator:
    """Works for Acme, in the role of an operator."""
    return make_operator("jane", organization)


def test_it_lets_an_operator_read_without_a_csrf_token(jane: Operator) -> None:
    assert sign_in(jane).get(LIST).status_code == 200


def test_it_refuses_a_write_without_the_csrf_token(jane: Operator, recipient: Recipient) -> None:
    payout = make_payout(recipient)

    answer = cancel(sign_in(jane), payout)

    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    payout.refresh_from_db()
    assert payout.status == "NEW"


def test_it_refuses_a_write_with_a_csrf_token_that_is_not_the_cookies(
    jane: Operator, recipient: Recipient
) -> None:
    client = with_csrf_token(sign_in(jane))
    client.cookies["csrftoken"] = "b" * 32

    assert cancel(client, make_payout(recipient)).status_code == 403


def test_it_lets_an_operator_write_with_the_csrf_token_and_keeps_their_name(
    jane: Operator, recipient: Recipient
) -> None:
    payout = make_payout(recipient)

    answer = cancel(with_csrf_token(sign_in(jane)), payout)

    assert (answer.status_code, answer.json()["status"]) == (200, "CANCELED")
    assert Event.objects.get(type="PayoutCanceled").actor == "operator:jane"


def test_it_lets_a_viewer_read_and_not_write(organization: Organization, recipient: Recipient) -> None:
    client = with_csrf_token(sign_in(make_operator("joe", organization, role=Role.VIEWER)))
    payout = make_payout(recipient)

    assert client.get(LIST).status_code == 200
    answer = cancel(client, payout)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    payout.refresh_from_db()
    assert payout.status == "NEW"


def test_it_lets_a_member_without_a_role_do_nothing(organization: Organization) -> None:
    answer = sign_in(make_operator("joe", organization, role=None)).get(LIST)

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_it_lets_no_operator_create_payouts_however_high(
    organization: Organization, recipient: Recipient
) -> None:
    root = make_operator("root", organization)
    root.is_superuser = True
    root.save()
    request = {
        "recipient_id": recipient.pk,
        "amount": "1.00",
        "currency": "USD",
        "idempotency_key": "by-hand-1",
    }

    answer = with_csrf_token(sign_in(root)).post(LIST, request, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert not Payout.objects.exists()


def test_it_masks_account_numbers_for_operators(jane: Operator, recipient: Recipient) -> None:
    payout = make_payout(recipient)

    assert sign_in(jane).get(f"{LIST}{payout.pk}/").json()["account_number_snapshot"] == "UA******7890"


def test_it_shows_an_operator_of_several_the_organization_they_name(
    organization: Organization, other_organization: Organization
) -> None:
    client = sign_in(make_operator("mary", organization, other_organization))
    acmes = make_payout(make_recipient(organization))
    globexs = make_payout(make_recipient(other_organization))

    def seen(**headers: str) -> list[Payout]:
        answers = {payout: client.get(f"{LIST}{payout.pk}/", headers=headers) for payout in (acmes, globexs)}
        return [payout for payout, answer in answers.items() if answer.status_code == 200]

    assert seen() == [acmes]
    assert seen(**{"X-Organization-Id": ""}) == [acmes]
    assert seen(**{"X-Organization-Id": str(organization.pk)}) == [acmes]
    assert seen(**{"X-Organization-Id": str(other_organization.pk)}) == [globexs]


def test_it_shows_no_operator_an_organization_they_do_not_work_for(
    jane: Operator, organization: Organization, other_organization: Organization
) -> None:
    client = sign_in(jane)
    wanted = [
        str(other_organization.pk),
        "0",
        "-1",
        "Globex",
        f"{organization.pk},{other_organization.pk}",
        f" {organization.pk}x",
        "9" * 40,
    ]

    for name in wanted:
        answer = client.get(LIST, headers={"X-Organization-Id": name})
        assert (answer.status_code, answer.json()["detail"]) == (
            401,
            "You are not a member of this organization.",
        )


def test_it_moves_no_payout_of_an_organization_they_do_not_name(
    organization: Organization, other_organization: Organization
) -> None:
    client = with_csrf_token(sign_in(make_operator("mary", organization, other_organization)))
    globexs = make_payout(make_recipient(other_organization))

    assert cancel(client, globexs).status_code == 404
    assert cancel(client, globexs, **{"X-Organization-Id": str(other_organization.pk)}).status_code == 200


@pytest.mark.django_db
def test_it_lets_nobody_in_who_works_for_no_organization() -> None:
    root = Operator.objects.create_superuser("root", password="correct horse")

    assert sign_in(root).get(LIST).status_code == 401


def test_it_puts_out_an_operator_who_is_deactivated(jane: Operator) -> None:
    client = sign_in(jane)
    assert client.get(LIST).status_code == 200
    jane.is_active = False
    jane.save()

    assert client.get(LIST).status_code == 401


def test_it_asks_the_key_and_not_the_session_of_who_brings_both(jane: Operator) -> None:
    client = sign_in(jane)
    client.credentials(HTTP_AUTHORIZATION="Bearer pk_test_wrong")

    assert client.get(LIST).status_code == 401
