from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import IntegrityError

from access.application.revoke_api_key import revoke_api_key
from access.environment import Environment
from access.models import ApiKey
from access.repositories import ApiKeyNotFound
from access.scopes import EVERY_SCOPE, Scope
from access.selectors import find_api_key, list_api_keys
from events.models import Event
from tests import factories
from tests.factories import A_MINUTE, NOON, make_organization

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from access.api_key_token import ApiKeyToken
    from access.models import Organization


def make_token(organization: Organization, *scopes: Scope, **terms: Any) -> ApiKeyToken:
    shops = {"name": "shop", "actor": "shell"} | terms
    return factories.make_token(organization, scopes or EVERY_SCOPE, **shops)


@pytest.mark.django_db
@pytest.mark.parametrize("environment", Environment)
def test_it_makes_a_key_for_the_environment_of_its_organization(environment: Environment) -> None:
    token = make_token(make_organization("Initech", environment))

    assert token.reveal().startswith(f"pk_{environment.value}_")


def test_it_stores_what_the_key_may_do_and_who_made_it(organization: Organization) -> None:
    token = make_token(organization, Scope.PAYOUTS_READ, Scope.EVENTS_READ)

    api_key = ApiKey.objects.get(public_id=token.public_id)
    assert (api_key.organization, api_key.name, api_key.created_by) == (organization, "shop", "shell")
    assert api_key.scopes == ["events:read", "payouts:read"]
    assert api_key.revoked_at is None
    assert str(api_key) == f"shop ({token.public_id})"


def test_it_keeps_the_secret_nowhere(organization: Organization) -> None:
    token = make_token(organization)

    row = " ".join(map(str, ApiKey.objects.values_list().get(public_id=token.public_id)))
    events = " ".join(map(str, Event.objects.values_list()))
    assert token.secret not in row + events
    assert token.reveal() not in row + events
    assert ApiKey.objects.get().secret_hash == token.keyed_hash(settings.API_KEY_HASH_KEY)


def test_it_tells_of_keys_that_come_and_go(organization: Organization) -> None:
    token = make_token(organization, Scope.PAYOUTS_READ)
    revoke_api_key(public_id=token.public_id, actor="operator:jane", now=NOON)

    created, revoked = Event.objects.filter(subject_type="api_key").order_by("id")
    assert (created.type, created.actor, created.organization_id) == (
        "ApiKeyCreated",
        "shell",
        organization.pk,
    )
    assert created.data == {
        "public_id": token.public_id,
        "name": "shop",
        "scopes": ["payouts:read"],
        "allowed_networks": [],
        "expires_at": None,
    }
    assert (revoked.type, revoked.actor, revoked.subject_id) == (
        "ApiKeyRevoked", "operator:jane", created.subject_id,
    )  # fmt: skip


def test_it_finds_a_key_with_its_organization_in_one_query(
    organization: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token = make_token(organization)

    with django_assert_num_queries(1):
        api_key = find_api_key(token.public_id)
        assert api_key is not None
        assert api_key.organization.name == "Acme"


def test_it_keeps_the_time_at_which_a_key_was_revoked_first(organization: Organization) -> None:
    token = make_token(organization)
    revoke_api_key(public_id=token.public_id, actor="shell", now=NOON)
    again = revoke_api_key(public_id=token.public_id, actor="shell", now=NOON + A_MINUTE)

    assert again.revoked_at == NOON
    assert Event.objects.filter(type="ApiKeyRevoked").count() == 1


@pytest.mark.django_db
def test_it_refuses_to_revoke_a_key_that_it_does_not_know() -> None:
    with pytest.raises(ApiKeyNotFound, match="publicId0123"):
        revoke_api_key(public_id="publicId0123", actor="shell", now=NOON)


def test_it_lists_the_keys_of_all_or_of_one(
    organization: Organization, other_organization: Organization
) -> None:
    theirs, first, second = (
        make_token(owner).public_id for owner in (other_organization, organization, organization)
    )

    assert [key.public_id for key in list_api_keys()] == [first, second, theirs]
    assert [key.public_id for key in list_api_keys(organization)] == [first, second]


@pytest.mark.parametrize("scopes", [[], ["payouts:everything"], ["payouts:read", ""]])
def test_it_never_holds_a_scope_that_nobody_knows(organization: Organization, scopes: list[str]) -> None:
    with pytest.raises(IntegrityError, match="api_key_scopes_are_known"):
        ApiKey.objects.create(
            organization=organization,
            name="shop",
            public_id="publicId0123",
            secret_hash="0" * 64,
            scopes=scopes,
        )


def test_it_never_has_the_public_id_of_another(organization: Organization) -> None:
    token = make_token(organization)
    twin = ApiKey.objects.get(public_id=token.public_id)
    twin.pk = None

    with pytest.raises(IntegrityError, match="public_id"):
        twin.save(force_insert=True)
