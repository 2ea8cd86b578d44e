"""What is done about people: by whom, to whom, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.tokens import default_token_generator

from access.application.assign_organizations import assign_organizations
from access.application.assign_role import assign_role
from access.application.change_email import change_email
from access.application.create_operator import OrganizationNeeded, create_operator
from access.application.deactivate_operator import deactivate_operator
from access.application.operator_terms import EmailInvalid, EmailTaken, UsernameInvalid, UsernameTaken
from access.application.reactivate_operator import reactivate_operator
from access.application.reset_password import reset_password
from access.keeper import BeyondKeeper, OneselfRefused, PermissionMissing, shell_keeper
from access.models import Operator
from access.repositories import OperatorNotFound, OrganizationNotFound
from access.roles import Role
from access.selectors import list_organizations_of
from sign_in.application.remove_second_factors import remove_second_factors
from tests.access.people import keeper_for, make_person, told_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from access.keeper import Keeper
    from access.models import Organization

pytestmark = pytest.mark.django_db

VERBS: dict[str, Callable[[Keeper, Operator], object]] = {
    "assign_organizations": lambda keeper, operator: assign_organizations(
        keeper=keeper, operator_id=operator.pk, organization_ids=[]
    ),
    "assign_role": lambda keeper, operator: assign_role(
        keeper=keeper, operator_id=operator.pk, role=Role.APPROVER
    ),
    "change_email": lambda keeper, operator: change_email(
        keeper=keeper, operator_id=operator.pk, email="new@example.com"
    ),
    "deactivate": lambda keeper, operator: deactivate_operator(keeper=keeper, operator_id=operator.pk),
    "reactivate": lambda keeper, operator: reactivate_operator(keeper=keeper, operator_id=operator.pk),
    "remove_second_factors": lambda keeper, operator: remove_second_factors(
        keeper=keeper, username=operator.username
    ),
    "reset_password": lambda keeper, operator: reset_password(keeper=keeper, operator_id=operator.pk),
}


@pytest.fixture
def ada(organization: Organization) -> Keeper:
    """Administers Acme."""
    return keeper_for(make_person("ada", organization, role=Role.ADMINISTRATOR))


@pytest.fixture
def jane(organization: Organization) -> Operator:
    """Looks at what Acme pays."""
    return make_person("jane", organization)


def create(keeper: Keeper, organization: Organization, **changes: object) -> Operator:
    wanted = {
        "username": "nina",
        "email": "nina@example.com",
        "role": Role.OPERATOR,
        "organization_ids": [organization.pk],
    } | changes
    return create_operator(keeper=keeper, **wanted).operator  # type: ignore[arg-type]


def test_it_makes_an_operator_who_chooses_a_password(ada: Keeper, organization: Organization) -> None:
    link = create_operator(
        keeper=ada,
        username="nina",
        email="nina@example.com",
        role=Role.OPERATOR,
        organization_ids=[organization.pk],
    )

    nina = Operator.objects.get(username="nina")
    assert (nina.email, nina.is_staff, nina.is_superuser) == ("nina@example.com", True, False)
    assert not nina.has_usable_password()
    assert [group.name for group in nina.groups.all()] == ["Operator"]
    assert list_organizations_of(nina) == [organization]
    assert told_of(nina) == [(organization.pk, "OperatorCreated", "operator:ada")]
    assert default_token_generator.check_token(nina, link.token)
    assert link.token not in repr(link)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"organization_ids": []}, OrganizationNeeded),
        ({"username": ""}, UsernameInvalid),
        ({"username": "Nina"}, UsernameInvalid),
        ({"username": "n\u0456na"}, UsernameInvalid),
        ({"username": "nina\n"}, UsernameInvalid),
        ({"username": "ada"}, UsernameTaken),
        ({"email": "nina"}, EmailInvalid),
        ({"email": "n\u0456na@example.com"}, EmailInvalid),
        ({"email": "JANE@example.com"}, EmailTaken),
    ],
)
def test_it_makes_no_operator_without_sense(
    ada: Keeper, jane: Operator, organization: Organization, changes: dict[str, object], refusal: type
) -> None:
    change_email(keeper=ada, operator_id=jane.pk, email="jane@example.com")
    with pytest.raises(refusal):
        create(ada, organization, **changes)
    assert Operator.objects.count() == 2


def test_it_makes_operators_for_who_may_and_of_their_organizations_only(
    ada: Keeper, jane: Operator, organization: Organization, other_organization: Organization
) -> None:
    with pytest.raises(PermissionMissing):
        create(keeper_for(jane), organization)
    with pytest.raises(BeyondKeeper):
        create(ada, organization, organization_ids=[organization.pk, other_organization.pk])
    with pytest.raises(OrganizationNotFound):
        create(shell_keeper(), organization, organization_ids=[0])
    jane.user_permissions.add(Permission.objects.get(codename="add_operator"))
    with pytest.raises(BeyondKeeper, match="Operator may do more than you"):
        create(keeper_for(Operator.objects.get(pk=jane.pk)), organization)
    assert Operator.objects.count() == 2


@pytest.mark.parametrize("verb", VERBS)
def test_it_is_done_by_an_administrator_of_all_organizations_of_theirs(
    ada: Keeper, jane: Operator, verb: str
) -> None:
    VERBS[verb](ada, jane)


@pytest.mark.parametrize("verb", VERBS)
def test_it_is_done_by_nobody_else(
    jane: Operator, organization: Organization, other_organization: Organization, verb: str
) -> None:
    everywhere = [organization, other_organization]
    of_both = make_person("bea", *everywhere)
    superuser = make_person("root", organization)
    Operator.objects.filter(pk=superuser.pk).update(is_superuser=True)
    stranger = make_person("stan", other_organization, role=Role.ADMINISTRATOR)
    ada = make_person("ada", organization, role=Role.ADMINISTRATOR)
    cases = [
        *[
            (make_person(role.lower(), *everywhere, role=role), jane, PermissionMissing)
            for role in list(Role)[:3]
        ],
        (stranger, jane, BeyondKeeper),
        (stranger, of_both, BeyondKeeper),
        (ada, superuser, BeyondKeeper),
        (ada, ada, OneselfRefused),
    ]
    before = list(Operator.objects.order_by("pk").values())

    for who, whom, refusal in cases:
        with pytest.raises(refusal):
            VERBS[verb](keeper_for(who), whom)

    assert list(Operator.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("verb", ["deactivate", "reactivate", "remove_second_factors", "reset_password"])
def test_it_is_not_done_to_oneself_even_by_a_superuser(organization: Organization, verb: str) -> None:
    root = make_person("root", organization)
    root.is_superuser = True
    root.save()

    with pytest.raises(OneselfRefused):
        VERBS[verb](keeper_for(root), root)


def test_it_brings_back_nobody_who_may_do_more(ada: Keeper, jane: Operator) -> None:
    more = Group.objects.create(name="More")
    more.permissions.set(Permission.objects.filter(codename="delete_payout"))
    jane.groups.add(more)
    Operator.objects.filter(pk=jane.pk).update(is_active=False)

    with pytest.raises(BeyondKeeper):
        reactivate_operator(keeper=ada, operator_id=jane.pk)


def test_it_lets_nobody_work_for_an_organization_that_is_not_the_keepers(
    ada: Keeper, jane: Operator, organization: Organization, other_organization: Organization
) -> None:
    with pytest.raises(BeyondKeeper):
        assign_organizations(
            keeper=ada, operator_id=jane.pk, organization_ids=[organization.pk, other_organization.pk]
        )
    assert list_organizations_of(jane) == [organization]


def test_it_gives_no_role_that_may_do_more_than_the_keeper(
    jane: Operator, organization: Organization
) -> None:
    olga = make_person("olga", organization, role=Role.OPERATOR)
    olga.user_permissions.add(Permission.objects.get(codename="change_operator"))
    keeper = keeper_for(Operator.objects.get(pk=olga.pk))

    with pytest.raises(BeyondKeeper, match="Approver may do more than you"):
        assign_role(keeper=keeper, operator_id=jane.pk, role=Role.APPROVER)
    assign_role(keeper=keeper, operator_id=jane.pk, role=Role.OPERATOR)


def test_it_gives_one_role_in_place_of_others(
    ada: Keeper, jane: Operator, organization: Organization
) -> None:
    accountants = Group.objects.create(name="Accountants")
    jane.groups.add(accountants)

    for _ in range(2):
        assign_role(keeper=ada, operator_id=jane.pk, role=Role.APPROVER)

    assert sorted(group.name for group in jane.groups.all()) == ["Accountants", "Approver"]
    assert [told for told in told_of(jane) if told[2] == "operator:ada"] == [
        (organization.pk, "RoleAssigned", "operator:ada")
    ]


def test_it_deactivates_and_reactivates_and_tells_each_organization_once(
    jane: Operator, organization: Organization, other_organization: Organization
) -> None:
    assign_organizations(
        keeper=shell_keeper(),
        operator_id=jane.pk,
        organization_ids=[organization.pk, other_organization.pk],
    )
    before = told_of(jane)
    for verb in (deactivate_operator, deactivate_operator, reactivate_operator, reactivate_operator):
        operator = verb(keeper=shell_keeper(), operator_id=jane.pk)

    assert operator.is_active
    assert told_of(jane)[len(before) :] == [
        (organization.pk, "OperatorDeactivated", "shell"),
        (other_organization.pk, "OperatorDeactivated", "shell"),
        (organization.pk, "OperatorReactivated", "shell"),
        (other_organization.pk, "OperatorReactivated", "shell"),
    ]


def test_it_ends_the_password_and_earlier_links(ada: Keeper, jane: Operator) -> None:
    first = reset_password(keeper=ada, operator_id=jane.pk)
    second = reset_password(keeper=ada, operator_id=jane.pk)

    jane.refresh_from_db()
    assert not jane.has_usable_password()
    assert not default_token_generator.check_token(jane, first.token)
    assert default_token_generator.check_token(jane, second.token)
    assert [told[1] for told in told_of(jane)][-2:] == ["PasswordReset", "PasswordReset"]


def test_it_keeps_an_address_for_one_operator(ada: Keeper, jane: Operator) -> None:
    for email in ("jane@example.com", "Jane@example.com", ""):
        assert change_email(keeper=ada, operator_id=jane.pk, email=email).email == email

    assert [told[1] for told in told_of(jane)][-3:] == ["OperatorEmailChanged"] * 3
    with pytest.raises(EmailInvalid):
        change_email(keeper=ada, operator_id=jane.pk, email="jane@")
    make_person("joe")
    Operator.objects.filter(username="joe").update(email="joe@example.com")
    with pytest.raises(EmailTaken):
        change_email(keeper=ada, operator_id=jane.pk, email="JOE@example.com")


def test_it_finds_nobody_under_another_id(ada: Keeper) -> None:
    with pytest.raises(OperatorNotFound):
        deactivate_operator(keeper=ada, operator_id=0)


def test_it_gives_nothing_to_who_is_not_active(jane: Operator) -> None:
    jane.is_active = False
    assert not jane.get_all_permissions()
