"""A person's verb that is struck before its commit has changed nothing; behind it, everything and its event."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group

from access.application.assign_organizations import assign_organizations
from access.application.assign_role import assign_role
from access.application.change_api_key import change_api_key
from access.application.change_email import change_email
from access.application.create_operator import create_operator
from access.application.deactivate_operator import deactivate_operator
from access.application.grant_membership import grant_membership
from access.application.keep_roles import keep_roles
from access.application.password_link import password_link_for
from access.application.reactivate_operator import reactivate_operator
from access.application.rename_organization import rename_organization
from access.application.reset_password import reset_password
from access.application.rotate_api_key import rotate_api_key
from access.application.withdraw_membership import withdraw_membership
from access.keeper import shell_keeper
from access.models import ApiKey, Membership, Operator, Organization
from access.roles import Role
from access.scopes import EVERY_SCOPE
from core.crash_points import crash_points
from events.models import Event
from payouts.management.demo.seeding import Demo, seed_demo
from sign_in.application.choose_password import choose_password
from tests.chaos.crash_scenarios import LONE_COMMITS
from tests.factories import NOON, make_organization, make_token

if TYPE_CHECKING:
    from collections.abc import Callable


# Says nothing that the code does not.
UNTOLD = {"keep_roles"}


class Struck(Exception):  # noqa: N818  what stands for the end of the process
    pass


def verbs(public_id: str, jane: Operator, organization: Organization) -> dict[str, Callable[[], object]]:
    return verbs_about_people(jane, organization) | {
        "change_api_key": lambda: change_api_key(
            public_id=public_id, changes={"name": "till"}, grantable=EVERY_SCOPE, actor="shell", now=NOON
        ),
        "grant_membership": lambda: grant_membership(
            operator=Operator.objects.get(username="joe"), organization=organization, actor="shell"
        ),
        "keep_roles": keep_roles,
        "rename_organization": lambda: rename_organization(
            organization_id=organization.pk, name="Acme Corporation", actor="shell"
        ),
        "rotate_api_key": lambda: rotate_api_key(
            public_id=public_id, grantable=EVERY_SCOPE, overlap=timedelta(days=3_650), actor="shell", now=NOON
        ),
        "seed_demo": lambda: seed_demo(
            Demo(organization=organization, payouts=20, weeks=1, seed=1, now=NOON), tell=lambda _written: None
        ),
        "withdraw_membership": lambda: withdraw_membership(
            operator=jane, organization=organization, actor="shell"
        ),
    }


def verbs_about_people(jane: Operator, organization: Organization) -> dict[str, Callable[[], object]]:
    of_jane: dict[str, Any] = {"keeper": shell_keeper(), "operator_id": jane.pk}
    nina: dict[str, Any] = {"username": "nina", "email": "", "role": Role.VIEWER}
    return {
        "assign_organizations": lambda: assign_organizations(**of_jane, organization_ids=[]),
        "assign_role": lambda: assign_role(**of_jane, role=Role.VIEWER),
        "change_email": lambda: change_email(**of_jane, email="jane@example.com"),
        "choose_password": lambda: choose_password(
            operator_id=jane.pk, token=password_link_for(jane).token, password="correct horse"
        ),
        "create_operator": lambda: create_operator(
            keeper=shell_keeper(), organization_ids=[organization.pk], **nina
        ),
        "deactivate_operator": lambda: deactivate_operator(**of_jane),
        "reactivate_operator": lambda: reactivate_operator(
            keeper=shell_keeper(), operator_id=Operator.objects.get(username="joe").pk
        ),
        "reset_password": lambda: reset_password(**of_jane),
    }


def everything() -> list[object]:
    tables = (ApiKey, Event, Group, Membership, Operator, Operator.groups.through, Organization)
    return [list(table.objects.order_by("pk").values_list()) for table in tables]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("commit", LONE_COMMITS)
def test_it_changes_all_or_nothing_when_it_is_struck(commit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    organization = make_organization()
    jane = Operator.objects.create_user("jane")
    joe = Operator.objects.create_user("joe", is_active=False)
    grant_membership(operator=jane, organization=organization, actor="shell")
    if commit == "reactivate_operator":
        grant_membership(operator=joe, organization=organization, actor="shell")
    Group.objects.filter(name=Role.APPROVER.value).delete()
    verb = verbs(make_token(organization).public_id, jane, organization)[commit]
    before, events = everything(), Event.objects.count()

    with monkeypatch.context() as patched:
        patched.setattr(crash_points, "strike", strike_at(f"{commit}.uncommitted"))
        with pytest.raises(Struck):
            verb()
    assert everything() == before

    monkeypatch.setattr(crash_points, "strike", strike_at(f"{commit}.committed"))
    with pytest.raises(Struck):
        verb()
    assert everything() != before
    assert commit in UNTOLD or Event.objects.count() > events


def strike_at(point: str) -> Callable[[str], None]:
    def strike(reached: str) -> None:
        if reached == point:
            raise Struck

    return strike
