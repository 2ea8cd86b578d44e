from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from access.models import Operator
from access.roles import PERMISSIONS, SCOPES, Role, roles_in, scopes_given_by
from access.scopes import EVERY_SCOPE, Scope
from tests.access.people import make_person


def held_by(group: Group) -> set[str]:
    names = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{label}.{codename}" for label, codename in names}


@pytest.mark.django_db
def test_it_names_only_permissions_that_there_are() -> None:
    known = Permission.objects.values_list("content_type__app_label", "codename")
    named = {name for permissions in PERMISSIONS.values() for name in permissions} | set(SCOPES)

    assert named <= {f"{label}.{codename}" for label, codename in known}


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_it_has_a_group_for_each_role(role: Role) -> None:
    assert held_by(Group.objects.get(name=role.value)) == PERMISSIONS[role]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_again", [1, 2])
def test_it_has_the_groups_when_a_test_has_emptied_the_database(_again: int) -> None:
    assert {group.name: held_by(group) for group in Group.objects.all()} == {
        role.value: permissions for role, permissions in PERMISSIONS.items()
    }


@pytest.mark.django_db
def test_it_sets_groups_back_at_each_migration_and_leaves_others_alone() -> None:
    viewer = Group.objects.get(name="Viewer")
    viewer.permissions.set(Permission.objects.filter(codename="delete_payout"))
    Group.objects.get(name="Approver").delete()
    accountants = Group.objects.create(name="Accountants")
    accountants.permissions.set(Permission.objects.filter(codename="delete_payout"))

    call_command("migrate", verbosity=0)

    assert held_by(viewer) == PERMISSIONS[Role.VIEWER]
    assert held_by(Group.objects.get(name="Approver")) == PERMISSIONS[Role.APPROVER]
    assert held_by(accountants) == {"payouts.delete_payout"}


def test_it_gives_each_role_the_scopes_of_its_permissions() -> None:
    viewer = {Scope.PAYOUTS_READ, Scope.RECIPIENTS_READ, Scope.EVENTS_READ}
    operator = viewer | {Scope.PAYOUTS_ADMIN, Scope.RECIPIENTS_WRITE, Scope.BANK_DETAILS_REVEAL}
    approver = viewer | {Scope.PAYOUTS_APPROVE, Scope.BANK_DETAILS_REVEAL}
    assert {role: scopes_given_by(PERMISSIONS[role]) for role in Role} == {
        Role.VIEWER: viewer,
        Role.OPERATOR: operator,
        Role.APPROVER: approver,
        Role.ADMINISTRATOR: operator | approver,
    }


def test_it_lets_no_person_create_payouts_or_read_every_account_number() -> None:
    assert EVERY_SCOPE - set(SCOPES.values()) == {Scope.PAYOUTS_CREATE, Scope.BANK_DETAILS_READ}
    assert not scopes_given_by([])


def test_it_knows_roles_among_groups() -> None:
    assert roles_in(["Accountants", "Approver", "Viewer"]) == (Role.VIEWER, Role.APPROVER)


@pytest.mark.django_db
def test_it_assigns_a_role_by_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    jane = make_person("jane", role=None)

    call_command("assign_role", "jane", "Approver")

    assert capsys.readouterr().out == "jane is Approver\n"
    assert Operator.objects.get(pk=jane.pk).has_perms(PERMISSIONS[Role.APPROVER])
    with pytest.raises(CommandError, match="no operator named 'joe'"):
        call_command("assign_role", "joe", "Approver")
