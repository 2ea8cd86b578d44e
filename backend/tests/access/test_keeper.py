"""Who decides about whom, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from access.keeper import BeyondKeeper, Keeper, OneselfRefused, PermissionMissing, Subject, shell_keeper
from access.roles import ADD_PEOPLE, CHANGE_PEOPLE, PERMISSIONS, Role

ADMINISTRATOR = Keeper(
    actor="operator:ada",
    operator_id=1,
    is_unbound=False,
    organization_ids=frozenset({10, 11}),
    permissions=PERMISSIONS[Role.ADMINISTRATOR],
)
SUPERUSER = Keeper("operator:root", 2, is_unbound=True, organization_ids=frozenset(), permissions=frozenset())
VIEWER = Subject(
    operator_id=3,
    is_superuser=False,
    organization_ids=frozenset({10}),
    permissions=PERMISSIONS[Role.VIEWER],
)


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("organization_ids", [{10}, {10, 11}])
def test_it_keeps_people_of_the_same_organizations(role: Role | None, organization_ids: set[int]) -> None:
    permissions = PERMISSIONS[role] if role else frozenset()
    subject = replace(VIEWER, organization_ids=frozenset(organization_ids), permissions=permissions)
    for keeper in (ADMINISTRATOR, SUPERUSER, shell_keeper()):
        keeper.ensure_keeps(subject)


@pytest.mark.parametrize(
    ("subject", "refusal"),
    [
        (replace(VIEWER, operator_id=1), OneselfRefused),
        (replace(VIEWER, is_superuser=True), BeyondKeeper),
        (replace(VIEWER, organization_ids=frozenset()), BeyondKeeper),
        (replace(VIEWER, organization_ids=frozenset({12})), BeyondKeeper),
        (replace(VIEWER, organization_ids=frozenset({10, 12})), BeyondKeeper),
        (replace(VIEWER, permissions=frozenset({"payouts.delete_payout"})), BeyondKeeper),
    ],
)
def test_it_keeps_nobody_beyond_itself(subject: Subject, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        ADMINISTRATOR.ensure_keeps(subject)
    SUPERUSER.ensure_keeps(subject)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.APPROVER])
def test_it_keeps_nobody_without_the_permission(role: Role) -> None:
    keeper = replace(ADMINISTRATOR, permissions=PERMISSIONS[role])
    with pytest.raises(PermissionMissing, match=CHANGE_PEOPLE):
        keeper.ensure_keeps(VIEWER)
    with pytest.raises(PermissionMissing, match=ADD_PEOPLE):
        keeper.ensure_has(ADD_PEOPLE)


def test_it_gives_no_role_that_may_do_more() -> None:
    ADMINISTRATOR.ensure_may_give(Role.ADMINISTRATOR)
    lesser = replace(ADMINISTRATOR, permissions=PERMISSIONS[Role.OPERATOR])
    lesser.ensure_may_give(Role.VIEWER)
    for role in (Role.APPROVER, Role.ADMINISTRATOR):
        with pytest.raises(BeyondKeeper, match=role.value):
            lesser.ensure_may_give(role)
        SUPERUSER.ensure_may_give(role)


def test_it_lets_people_work_for_no_organization_that_is_not_its_own() -> None:
    ADMINISTRATOR.ensure_works_for({10, 11})
    with pytest.raises(BeyondKeeper, match="do not work for"):
        ADMINISTRATOR.ensure_works_for({11, 12})
    SUPERUSER.ensure_works_for({12})


@pytest.mark.parametrize("keeper", [ADMINISTRATOR, SUPERUSER])
def test_it_is_not_who_it_is_about(keeper: Keeper) -> None:
    keeper.ensure_is_not(VIEWER)
    with pytest.raises(OneselfRefused):
        keeper.ensure_is_not(replace(VIEWER, operator_id=keeper.operator_id or 0))
