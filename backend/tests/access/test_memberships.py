from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from access.application.create_organization import create_organization
from access.application.grant_membership import grant_membership
from access.application.rename_organization import OrganizationNameTaken, rename_organization
from access.application.withdraw_membership import withdraw_membership
from access.environment import Environment
from access.models import Operator
from access.repositories import OrganizationNotFound
from access.selectors import list_organizations_of
from events.models import Event
from tests.factories import make_organization

if TYPE_CHECKING:
    from access.models import Organization

pytestmark = pytest.mark.django_db


def told(
    organization: Organization, subject_type: str = "organization"
) -> list[tuple[str, str, dict[str, str]]]:
    events = Event.objects.filter(organization_id=organization.pk, subject_type=subject_type).order_by("id")
    return [(event.type, event.actor, event.data) for event in events]


def test_it_tells_once_who_made_an_organization() -> None:
    for _ in range(2):
        organization = create_organization(name="Acme", environment=Environment.LIVE, actor="operator:root")

    assert told(organization) == [
        ("OrganizationCreated", "operator:root", {"name": "Acme", "environment": "live"})
    ]


def test_it_renames_an_organization_and_tells_both_names() -> None:
    organization = make_organization("Acme")
    for _ in range(2):
        renamed = rename_organization(organization_id=organization.pk, name="Acme Ltd", actor="operator:root")

    assert (renamed.pk, renamed.name) == (organization.pk, "Acme Ltd")
    assert told(organization)[1:] == [
        ("OrganizationRenamed", "operator:root", {"before": "Acme", "after": "Acme Ltd"})
    ]


def test_it_gives_no_organization_the_name_of_another() -> None:
    acme, _ = make_organization("Acme"), make_organization("Globex")

    with pytest.raises(OrganizationNameTaken, match="Globex"):
        rename_organization(organization_id=acme.pk, name="Globex", actor="shell")
    with pytest.raises(OrganizationNotFound):
        rename_organization(organization_id=0, name="Initech", actor="shell")


def test_it_grants_and_withdraws_a_membership_and_tells_each_once() -> None:
    organization, jane = make_organization(), Operator.objects.create_user("jane")
    for _ in range(2):
        grant_membership(operator=jane, organization=organization, actor="operator:root")
    assert list_organizations_of(jane) == [organization]
    for _ in range(2):
        withdraw_membership(operator=jane, organization=organization, actor="operator:ada")

    assert list_organizations_of(jane) == []
    assert told(organization)[1:] == [
        ("MembershipGranted", "operator:root", {"operator": "jane"}),
        ("MembershipWithdrawn", "operator:ada", {"operator": "jane"}),
    ]
