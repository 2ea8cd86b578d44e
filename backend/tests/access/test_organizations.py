from __future__ import annotations

import pytest
from django.db import IntegrityError

from access.application.create_organization import OrganizationExists, create_organization
from access.application.set_up_administrator import set_up_administrator
from access.environment import Environment
from access.models import Membership, Operator, Organization
from access.repositories import OrganizationNotFound, get_or_add_membership, get_organization
from access.selectors import list_organizations_of
from tests.factories import make_organization

pytestmark = pytest.mark.django_db


def test_it_makes_an_organization_once() -> None:
    first = create_organization(name="Acme", environment=Environment.LIVE, actor="shell")
    again = create_organization(name="Acme", environment=Environment.LIVE, actor="shell")

    assert first.pk == again.pk
    assert str(first) == "Acme (live)"


def test_it_never_moves_an_organization_to_the_other_environment() -> None:
    create_organization(name="Acme", environment=Environment.TEST, actor="shell")

    with pytest.raises(OrganizationExists, match="Acme"):
        create_organization(name="Acme", environment=Environment.LIVE, actor="shell")
    assert get_organization("Acme").environment == "test"


def test_it_refuses_a_name_that_it_does_not_know() -> None:
    with pytest.raises(OrganizationNotFound, match="Initech"):
        get_organization("Initech")


@pytest.mark.parametrize("environment", ["", "prod", "TEST"])
def test_it_knows_two_environments(environment: str) -> None:
    with pytest.raises(IntegrityError, match="organization_environment_is_known"):
        Organization.objects.create(name="Acme", environment=environment)


def test_it_lists_the_organizations_that_an_operator_works_for() -> None:
    acme, globex = make_organization("Acme"), make_organization("Globex")
    make_organization("Initech")
    jane = Operator.objects.create_user("jane")
    for organization in (globex, acme, acme):
        get_or_add_membership(operator=jane, organization=organization)

    assert list_organizations_of(jane) == [acme, globex]
    assert Membership.objects.count() == 2
    assert str(Membership.objects.get(organization=acme)) == "jane at Acme (test)"


def test_it_takes_a_membership_once() -> None:
    acme, jane = make_organization(), Operator.objects.create_user("jane")
    Membership.objects.create(operator=jane, organization=acme)

    with pytest.raises(IntegrityError, match="membership_is_single"):
        Membership.objects.create(operator=jane, organization=acme)


def test_it_sets_up_an_administrator_and_gives_a_new_password_when_run_again() -> None:
    acme = make_organization()
    first = set_up_administrator(
        username="admin", password="first-password", organization=acme, actor="shell"
    )
    again = set_up_administrator(
        username="admin", password="second-password", organization=acme, actor="shell"
    )

    assert first.pk == again.pk
    administrator = Operator.objects.get(username="admin")
    assert (administrator.is_staff, administrator.is_superuser) == (True, True)
    assert administrator.check_password("second-password")
    assert not administrator.check_password("first-password")
    assert list_organizations_of(administrator) == [acme]
