"""Organizations and API keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from access.api_key_token import ApiKeyToken
from access.models import ApiKey, Organization
from access.roles import Role
from access.scopes import EVERY_SCOPE
from events.models import Event
from tests.console.cast import Records, event_types, make_operator, make_records, sign_in, text_of
from tests.factories import make_key

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

KEYS = "admin:access_apikey_changelist"
ADD_KEY = "admin:access_apikey_add"
ADD_ORGANIZATION = "admin:access_organization_add"


def add_key(client: Client, records: Records, **changes: Any) -> Answer:
    entered = {
        "organization": records.organization.pk,
        "name": "Shop",
        "scopes": ["payouts:read", "payouts:create"],
    } | changes
    return client.post(reverse(ADD_KEY), entered)


def key_in(page: str) -> ApiKeyToken:
    """The key as the operator copies it."""
    text = page.partition('id="new-key">')[2].partition("<")[0]
    token = ApiKeyToken.parse(text)
    assert token is not None
    return token


def test_it_makes_a_key_and_shows_it_once(member: Client, acme: Records) -> None:
    response = add_key(member, acme)

    token = key_in(text_of(response))
    api_key = ApiKey.objects.get(public_id=token.public_id)
    assert api_key.secret_hash == token.keyed_hash(settings.API_KEY_HASH_KEY)
    assert (api_key.name, api_key.scopes) == ("Shop", ["payouts:create", "payouts:read"])
    assert (api_key.organization, api_key.created_by) == (acme.organization, "operator:mary")
    assert event_types(acme.organization)[-1] == "ApiKeyCreated"
    assert token.secret not in text_of(member.get(reverse(KEYS)))


def test_it_keeps_the_secret_nowhere(member: Client, acme: Records) -> None:
    response = add_key(member, acme)

    secret = key_in(text_of(response)).secret
    assert "no-store" in response["Cache-Control"]
    assert secret not in str(response.cookies)
    assert not any(secret in str(session.get_decoded()) for session in Session.objects.all())
    assert not any(secret in entry.change_message for entry in LogEntry.objects.all())
    assert not any(secret in str(event.data) for event in Event.objects.all())


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("scopes", [], "This field is required."),
        ("scopes", ["everything"], "Select a valid choice."),
        ("name", "", "This field is required."),
        ("name", "a\u202eb", "Contains the character U+202E, which is not allowed."),
        ("organization", "", "This field is required."),
    ],
)
def test_it_makes_no_key_without_sense(
    member: Client, acme: Records, field: str, value: Any, problem: str
) -> None:
    assert problem in text_of(add_key(member, acme, **{field: value}))
    assert ApiKey.objects.count() == 1


def test_it_makes_no_key_for_another_organization(member: Client, globex: Records) -> None:
    assert "Select a valid choice." in text_of(add_key(member, globex))
    assert ApiKey.objects.filter(organization=globex.organization).count() == 1


def test_it_lets_a_reader_make_no_key(reader: Client, acme: Records) -> None:
    assert reader.get(reverse(ADD_KEY)).status_code == HTTPStatus.FORBIDDEN
    assert add_key(reader, acme).status_code == HTTPStatus.FORBIDDEN


def test_it_shows_no_hash_of_a_key(superuser: Client, acme: Records) -> None:
    pages = text_of(superuser.get(reverse(KEYS))) + text_of(
        superuser.get(reverse("admin:access_apikey_change", args=[acme.api_key.pk]))
    )

    assert acme.api_key.public_id in pages
    assert acme.api_key.secret_hash not in pages


def test_it_revokes_keys(member: Client, acme: Records) -> None:
    page = text_of(revoke(member, acme))

    acme.api_key.refresh_from_db()
    assert acme.api_key.revoked_at is not None
    assert "is revoked." in page
    assert "ApiKeyRevoked" in page
    assert reverse("admin:access_apikey_revoke", args=[acme.api_key.pk]) not in page
    event = Event.objects.get(type="ApiKeyRevoked")
    assert (event.subject_id, event.actor) == (acme.api_key.pk, "operator:mary")


def test_it_lets_nobody_revoke_without_permission(
    reader: Client, member: Client, acme: Records, globex: Records
) -> None:
    assert revoke(reader, acme).status_code == HTTPStatus.FORBIDDEN
    assert revoke(member, globex).status_code == HTTPStatus.NOT_FOUND

    assert not ApiKey.objects.exclude(revoked_at=None).exists()


def revoke(client: Client, records: Records) -> Answer:
    return client.post(reverse("admin:access_apikey_revoke", args=[records.api_key.pk]), follow=True)


def test_it_asks_before_it_revokes_and_does_nothing_by_looking(member: Client, acme: Records) -> None:
    page = member.get(reverse("admin:access_apikey_revoke", args=[acme.api_key.pk]))

    assert "It cannot be undone." in text_of(page)
    assert not ApiKey.objects.exclude(revoked_at=None).exists()


def test_it_revokes_a_selection_and_tells_of_each(member: Client, acme: Records) -> None:
    make_key(acme.organization)
    chosen = [str(pk) for pk in ApiKey.objects.values_list("pk", flat=True)]
    form = {"action": "revoke", "_selected_action": chosen}

    assert "2 selected" in text_of(member.post(reverse(KEYS), form))
    assert not ApiKey.objects.exclude(revoked_at=None).exists()
    assert "2 of 2 done" in text_of(member.post(reverse(KEYS), form | {"confirmed": "yes"}))
    assert ApiKey.objects.exclude(revoked_at=None).count() == 2


def test_it_makes_an_organization(superuser: Client) -> None:
    response = superuser.post(reverse(ADD_ORGANIZATION), {"name": "Initech", "environment": "live"})

    organization = Organization.objects.get(name="Initech")
    assert response.status_code == HTTPStatus.FOUND
    assert organization.environment == "live"


@pytest.mark.parametrize("name", ["", "Ini\u202etech", "a\0b"])
def test_it_makes_no_organization_with_a_name_that_deceives(superuser: Client, name: str) -> None:
    response = superuser.post(reverse(ADD_ORGANIZATION), {"name": name, "environment": "live"})

    assert response.status_code == HTTPStatus.OK
    assert not Organization.objects.exists()


@pytest.mark.parametrize("environment", ["test", "live"])
def test_it_makes_no_organization_twice(superuser: Client, acme: Records, environment: str) -> None:
    response = superuser.post(reverse(ADD_ORGANIZATION), {"name": "Acme", "environment": environment})

    assert "already exists" in text_of(response)
    assert Organization.objects.get().pk == acme.organization.pk


@pytest.mark.usefixtures("acme")
def test_it_lets_only_a_superuser_make_organizations(member: Client) -> None:
    response = member.post(reverse(ADD_ORGANIZATION), {"name": "Initech", "environment": "live"})

    assert response.status_code == HTTPStatus.FORBIDDEN


def rename(client: Client, records: Records, name: str) -> Answer:
    return client.post(
        reverse("admin:access_organization_rename", args=[records.organization.pk]),
        {"name": name, "environment": "live"},
        follow=True,
    )


def test_it_renames_an_organization_and_leaves_its_environment(superuser: Client, acme: Records) -> None:
    page = text_of(rename(superuser, acme, "Acme Corporation"))

    acme.organization.refresh_from_db()
    assert (acme.organization.name, acme.organization.environment) == ("Acme Corporation", "test")
    assert "before: Acme" in page


def test_it_refuses_a_name_that_deceives_or_is_taken(
    superuser: Client, acme: Records, globex: Records
) -> None:
    assert "is the name of another" in text_of(rename(superuser, acme, globex.organization.name))
    assert "is not allowed" in text_of(rename(superuser, acme, "Ac\u202eme"))
    acme.organization.refresh_from_db()
    assert acme.organization.name == "Acme"


def test_it_lets_administrators_rename_their_own_only(acme: Records, globex: Records) -> None:
    administrator = sign_in(make_operator("ada", acme.organization, role=Role.ADMINISTRATOR))
    operator = sign_in(make_operator("olga", acme.organization, role=Role.OPERATOR))

    assert rename(operator, acme, "Olga's").status_code == HTTPStatus.FORBIDDEN
    assert rename(administrator, globex, "Ada's").status_code == HTTPStatus.NOT_FOUND
    rename(administrator, acme, "Acme Corporation")
    assert sorted(Organization.objects.values_list("name", flat=True)) == ["Acme Corporation", "Globex"]


def test_it_lists_the_organizations_that_an_operator_works_for(acme: Records, globex: Records) -> None:
    make_records("Initech")
    both = sign_in(make_operator("bea", acme.organization, globex.organization, role=Role.VIEWER))

    page = text_of(both.get(reverse("admin:access_organization_changelist")))

    assert all(f">{name}</a>" in page for name in ("Acme", "Globex"))
    assert "Initech" not in page


def test_it_shows_who_works_for_an_organization_to_who_looks_after_people(
    acme: Records, globex: Records
) -> None:
    viewer, administrator = (
        sign_in(make_operator(role.lower(), acme.organization, role=role))
        for role in (Role.VIEWER, Role.ADMINISTRATOR)
    )
    make_operator("stranger", globex.organization, role=Role.VIEWER)
    url = reverse("admin:access_organization_change", args=[acme.organization.pk])

    page = text_of(administrator.get(url))
    assert ">viewer</a>" in page
    assert "stranger" not in page
    assert "Who works for it" not in text_of(viewer.get(url))


def test_it_makes_a_key_that_ends_and_is_used_from_some_networks(member: Client, acme: Records) -> None:
    terms = {"expires_at": "2099-01-31T12:00:00", "allowed_networks": "10.0.0.0/8\n::1"}

    token = key_in(text_of(add_key(member, acme, **terms)))

    api_key = ApiKey.objects.get(public_id=token.public_id)
    assert api_key.expires_at == datetime(2099, 1, 31, 12, tzinfo=UTC)
    assert api_key.allowed_networks == ["10.0.0.0/8", "::1/128"]
    page = text_of(member.get(reverse(KEYS)))
    assert "10.0.0.0/8, ::1/128" in page
    assert "everywhere" in page


def test_it_makes_no_key_for_a_network_that_there_is_not(member: Client, acme: Records) -> None:
    assert "has host bits set" in text_of(add_key(member, acme, allowed_networks="10.0.0.1/8"))
    past = {"expires_at": "2020-01-31T12:00"}
    assert "is in the past" in text_of(member.get(add_key(member, acme, **past).headers["Location"]))
    assert ApiKey.objects.count() == 1


@pytest.fixture
def key_keeper(acme: Records) -> Client:
    """Works for Acme, makes and changes its keys, and may grant no scope beyond their own."""
    keeper = make_operator("kim", acme.organization, role=Role.OPERATOR)
    keeper.user_permissions.add(*Permission.objects.filter(codename__in=["add_apikey", "change_apikey"]))
    return sign_in(keeper)


def test_it_lets_an_operator_grant_what_they_may_and_nothing_beyond(
    key_keeper: Client, acme: Records
) -> None:
    refused = add_key(key_keeper, acme, scopes=["payouts:create", "bank_details:read"])
    assert refused.status_code == HTTPStatus.FOUND
    page = text_of(key_keeper.get(refused.headers["Location"]))
    assert "what you may not do yourself: bank_details:read, payouts:create." in page
    assert ApiKey.objects.count() == 1

    add_key(key_keeper, acme, scopes=["payouts:read", "payouts:admin"])
    assert ApiKey.objects.count() == 2


def test_it_lets_nobody_rotate_themselves_a_key_of_scopes_that_they_lack(
    key_keeper: Client, acme: Records
) -> None:
    assert "what you may not do yourself" in text_of(rotate(key_keeper, acme))
    assert ApiKey.objects.count() == 1


def test_it_lets_a_superuser_grant_every_scope(superuser: Client, acme: Records) -> None:
    key_in(text_of(add_key(superuser, acme, scopes=[scope.value for scope in EVERY_SCOPE])))


@pytest.mark.parametrize(
    ("overlap", "hours"), [("a day", 24), ("an hour", 1), ("a week", 168), ("as before", None)]
)
def test_it_rotates_a_key_and_shows_the_new_one_once(
    member: Client, acme: Records, overlap: str, hours: int | None
) -> None:
    page = rotate(member, acme, overlap=overlap)

    token = key_in(text_of(page))
    new = ApiKey.objects.get(public_id=token.public_id)
    acme.api_key.refresh_from_db()
    ends = acme.api_key.expires_at
    assert (new.rotated_from, new.created_by) == (acme.api_key, "operator:mary")
    assert (ends and round((ends - timezone.now()) / timedelta(hours=1))) == hours
    assert "no-store" in page["Cache-Control"]
    assert token.secret not in text_of(member.get(reverse(KEYS))) + str(page.cookies)


def test_it_rotates_nothing_for_a_time_that_is_not_offered(member: Client, acme: Records) -> None:
    rotate(member, acme, overlap="a year")
    assert ApiKey.objects.count() == 1


def test_it_lets_nobody_rotate_without_permission(
    reader: Client, member: Client, acme: Records, globex: Records
) -> None:
    assert rotate(reader, acme).status_code == HTTPStatus.FORBIDDEN
    assert rotate(member, globex).status_code == HTTPStatus.NOT_FOUND

    assert ApiKey.objects.count() == 2


def rotate(client: Client, records: Records, overlap: str = "a day") -> Answer:
    url = reverse("admin:access_apikey_rotate", args=[records.api_key.pk])
    return client.post(url, {"overlap": overlap})


def change_key(client: Client, records: Records, **changes: Any) -> Answer:
    """Send the form as it is shown, with these entries."""
    url = reverse("admin:access_apikey_terms", args=[records.api_key.pk])
    shown = {"name": "test", "scopes": records.api_key.scopes, "expires_at": "", "allowed_networks": ""}
    return client.post(url, shown | changes, follow=True)


def test_it_changes_what_was_changed_and_tells_of_it(member: Client, acme: Records) -> None:
    page = text_of(
        change_key(
            member,
            acme,
            name="Till",
            scopes=["payouts:read"],
            expires_at="2099-01-31T12:00:00",
            allowed_networks="10.0.0.0/8",
        )
    )

    acme.api_key.refresh_from_db()
    assert (acme.api_key.name, acme.api_key.scopes) == ("Till", ["payouts:read"])
    assert acme.api_key.expires_at == datetime(2099, 1, 31, 12, tzinfo=UTC)
    assert acme.api_key.allowed_networks == ["10.0.0.0/8"]
    assert "name: test → Till" in page
    assert Event.objects.get(type="ApiKeyChanged").actor == "operator:mary"


def test_it_shows_the_terms_of_a_key_and_writes_nothing_unchanged(member: Client, acme: Records) -> None:
    ends = datetime(2099, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
    ApiKey.objects.filter(pk=acme.api_key.pk).update(expires_at=ends, allowed_networks=["10.0.0.0/8"])

    form = text_of(member.get(reverse("admin:access_apikey_terms", args=[acme.api_key.pk])))
    change_key(member, acme, expires_at="2099-01-31T12:00:00", allowed_networks="10.0.0.0/8")

    assert 'value="2099-01-31T12:00:00"' in form
    assert "10.0.0.0/8</textarea>" in form
    acme.api_key.refresh_from_db()
    assert acme.api_key.expires_at == ends
    assert not Event.objects.filter(type="ApiKeyChanged").exists()


def test_it_adds_no_scope_that_an_operator_lacks(key_keeper: Client, acme: Records) -> None:
    change_key(key_keeper, acme, scopes=["payouts:read"])
    page = text_of(change_key(key_keeper, acme, scopes=["payouts:read", "payouts:create"]))

    assert "what you may not do yourself: payouts:create" in page
    acme.api_key.refresh_from_db()
    assert acme.api_key.scopes == ["payouts:read"]


def test_it_changes_no_key_of_others_or_without_permission(
    reader: Client, member: Client, acme: Records, globex: Records
) -> None:
    assert change_key(reader, acme, name="Till").status_code == HTTPStatus.FORBIDDEN
    assert change_key(member, globex, name="Till").status_code == HTTPStatus.NOT_FOUND
    assert not ApiKey.objects.filter(name="Till").exists()


def test_it_tells_who_made_and_renamed_an_organization(superuser: Client, acme: Records) -> None:
    superuser.post(reverse(ADD_ORGANIZATION), {"name": "Initech", "environment": "live"})
    rename(superuser, acme, "Acme Corporation")

    made, renamed = Event.objects.filter(subject_type="organization", actor="operator:root").order_by("id")
    assert (made.type, made.data) == ("OrganizationCreated", {"name": "Initech", "environment": "live"})
    assert (renamed.type, renamed.data) == (
        "OrganizationRenamed", {"before": "Acme", "after": "Acme Corporation"},
    )  # fmt: skip
