"""A person's verb that is struck before its commit has changed nothing; behind it, everything and its event."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from access.application.change_api_key import change_api_key
from access.application.grant_membership import grant_membership
from access.application.rename_organization import rename_organization
from access.application.rotate_api_key import rotate_api_key
from access.application.withdraw_membership import withdraw_membership
from access.models import ApiKey, Membership, Operator, Organization
from access.scopes import EVERY_SCOPE
from core.crash_points import crash_points
from events.models import Event
from payouts.management.demo.seeding import Demo, seed_demo
from tests.chaos.crash_scenarios import LONE_COMMITS
from tests.factories import NOON, make_organization, make_token

if TYPE_CHECKING:
    from collections.abc import Callable


class Struck(Exception):  # noqa: N818  what stands for the end of the process
    pass


def verbs(public_id: str, jane: Operator, organization: Organization) -> dict[str, Callable[[], object]]:
    return {
        "change_api_key": lambda: change_api_key(
            public_id=public_id, changes={"name": "till"}, grantable=EVERY_SCOPE, actor="shell", now=NOON
        ),
        "grant_membership": lambda: grant_membership(
            operator=Operator.objects.get(username="joe"), organization=organization, actor="shell"
        ),
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


def everything() -> list[object]:
    tables = (ApiKey, Event, Membership, Organization)
    return [list(table.objects.order_by("pk").values_list()) for table in tables]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("commit", LONE_COMMITS)
def test_it_changes_all_or_nothing_when_it_is_struck(commit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    organization = make_organization()
    jane, _ = Operator.objects.create_user("jane"), Operator.objects.create_user("joe")
    grant_membership(operator=jane, organization=organization, actor="shell")
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
    assert Event.objects.count() > events


def strike_at(point: str) -> Callable[[str], None]:
    def strike(reached: str) -> None:
        if reached == point:
            raise Struck

    return strike
