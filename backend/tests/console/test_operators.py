from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from access.models import Membership, Operator
from events.models import Event
from tests.console.cast import PEOPLE_MODELS, Records, make_operator, sign_in, text_of

if TYPE_CHECKING:
    from django.test import Client

PASSWORD = "correct horse battery staple"


def membership_rows(*, of: Operator | None = None, organization_id: int | str = "") -> dict[str, str]:
    """The inline form of memberships: one new row, for the organization when there is one."""
    return {
        "membership_set-TOTAL_FORMS": "1",
        "membership_set-INITIAL_FORMS": "0",
        "membership_set-0-organization": str(organization_id),
        "membership_set-0-operator": str(of.pk) if of else "",
    }


def test_it_makes_an_operator_who_works_for_an_organization(superuser: Client, acme: Records) -> None:
    account = {"username": "nina", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    rows = membership_rows(organization_id=acme.organization.pk)

    response = superuser.post(reverse("admin:access_operator_add"), account | rows)

    nina = Operator.objects.get(username="nina")
    assert response.status_code == HTTPStatus.FOUND
    assert list(nina.organizations.all()) == [acme.organization]
    assert nina.check_password(PASSWORD)
    assert not nina.is_staff


def test_it_keeps_the_name_of_an_operator(superuser: Client, acme: Records) -> None:
    nina = make_operator("nina", acme.organization)

    change_operator(superuser, nina, username="root2", is_staff="on", first_name="Nina")

    nina.refresh_from_db()
    assert (nina.username, nina.first_name, nina.is_staff) == ("nina", "Nina", True)


def test_it_makes_an_operator_inactive_and_never_deletes_one(superuser: Client) -> None:
    nina = make_operator("nina")
    session = sign_in(nina)

    change_operator(superuser, nina)
    response = superuser.post(reverse("admin:access_operator_delete", args=[nina.pk]), {"post": "yes"})

    nina.refresh_from_db()
    assert not nina.is_active
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert session.get(reverse("admin:index")).status_code == HTTPStatus.FOUND


def change_operator(superuser: Client, operator: Operator, **entered: str) -> None:
    """Send the form with these entries; boxes that are not among them are unticked."""
    response = superuser.post(
        reverse("admin:access_operator_change", args=[operator.pk]),
        {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"} | membership_rows(of=operator) | entered,
    )
    assert response.status_code == HTTPStatus.FOUND


def test_it_sets_the_password_of_an_operator(superuser: Client) -> None:
    nina = make_operator("nina")

    superuser.post(
        reverse("admin:auth_user_password_change", args=[nina.pk]),
        {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"},
    )

    nina.refresh_from_db()
    assert nina.check_password(PASSWORD)


def test_it_shows_no_hash_of_a_password(superuser: Client) -> None:
    nina = make_operator("nina")

    page = text_of(superuser.get(reverse("admin:access_operator_change", args=[nina.pk])))

    assert "nina" in page
    assert nina.password not in page


def test_it_ends_a_membership(superuser: Client, acme: Records) -> None:
    nina = make_operator("nina", acme.organization)
    membership = Membership.objects.get(operator=nina)
    session = sign_in(nina)

    superuser.post(reverse("admin:access_membership_delete", args=[membership.pk]), {"post": "yes"})

    page = text_of(session.get(reverse("admin:payouts_payout_changelist")))
    assert acme.payout.reference not in page


def test_it_changes_no_membership_into_another(superuser: Client, acme: Records, globex: Records) -> None:
    nina = make_operator("nina", acme.organization)
    membership = Membership.objects.get(operator=nina)

    response = superuser.post(
        reverse("admin:access_membership_change", args=[membership.pk]),
        {"operator": nina.pk, "organization": globex.organization.pk},
    )

    assert response.status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("page", ["changelist", "add"])
@pytest.mark.parametrize("model", PEOPLE_MODELS)
def test_it_lets_only_superusers_at_people(member: Client, model: str, page: str) -> None:
    url = reverse(f"admin:{model}_{page}")

    assert member.get(url).status_code == HTTPStatus.FORBIDDEN
    assert member.post(url, {}).status_code == HTTPStatus.FORBIDDEN


def test_it_lets_nobody_make_themselves_a_superuser(member: Client) -> None:
    mary = Operator.objects.get(username="mary")

    for page in ("access_operator_change", "access_operator_delete", "auth_user_password_change"):
        response = member.post(reverse(f"admin:{page}", args=[mary.pk]), {"is_superuser": "on"})
        assert response.status_code == HTTPStatus.FORBIDDEN

    mary.refresh_from_db()
    assert not mary.is_superuser


def test_it_offers_no_page_about_people_to_a_member(member: Client) -> None:
    index = text_of(member.get(reverse("admin:index")))

    assert reverse("admin:payouts_payout_changelist") in index
    assert not any(reverse(f"admin:{model}_changelist") in index for model in PEOPLE_MODELS)


def test_it_tells_who_granted_and_withdrew_memberships(
    superuser: Client, acme: Records, globex: Records
) -> None:
    nina = make_operator("nina", acme.organization)
    membership = Membership.objects.get(operator=nina)
    rows = membership_rows(of=nina) | {
        "membership_set-TOTAL_FORMS": "2",
        "membership_set-INITIAL_FORMS": "1",
        "membership_set-0-id": str(membership.pk),
        "membership_set-0-organization": str(acme.organization.pk),
        "membership_set-0-DELETE": "on",
        "membership_set-1-organization": str(globex.organization.pk),
        "membership_set-1-operator": str(nina.pk),
    }
    change_operator(superuser, nina, **rows)
    assert list(nina.organizations.all()) == [globex.organization]
    assert memberships_told() == [
        ("MembershipGranted", globex.organization.pk), ("MembershipWithdrawn", acme.organization.pk),
    ]  # fmt: skip

    superuser.post(
        reverse("admin:access_membership_add"), {"operator": nina.pk, "organization": acme.organization.pk}
    )
    chosen = [membership.pk for membership in Membership.objects.filter(operator=nina)]
    superuser.post(
        reverse("admin:access_membership_changelist"),
        {"action": "delete_selected", "_selected_action": chosen, "post": "yes"},
    )
    assert not nina.organizations.exists()
    granted, *withdrawn = memberships_told()[2:]
    assert granted == ("MembershipGranted", acme.organization.pk)
    assert sorted(withdrawn) == [
        ("MembershipWithdrawn", acme.organization.pk), ("MembershipWithdrawn", globex.organization.pk),
    ]  # fmt: skip


def memberships_told() -> list[tuple[str, int]]:
    events = Event.objects.filter(
        type__startswith="Membership", actor="operator:root", data={"operator": "nina"}
    )
    return list(events.order_by("id").values_list("type", "organization_id"))


@pytest.mark.parametrize("model", ["access_membership", "auth_group"])
def test_it_refuses_a_selection_of_what_are_no_ids(superuser: Client, model: str) -> None:
    choice = {"action": "delete_selected", "_selected_action": "abc"}

    response = superuser.post(reverse(f"admin:{model}_changelist"), choice)

    assert response.status_code == HTTPStatus.BAD_REQUEST
