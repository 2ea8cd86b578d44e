from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from access.application.api_key_terms import ApiKeyNotLiving, ExpiryInThePast, NetworkInvalid
from access.application.change_api_key import ApiKeyChanges, change_api_key
from access.application.revoke_api_key import revoke_api_key
from access.application.rotate_api_key import TwoKeysLive, rotate_api_key
from access.models import ApiKey, Organization
from access.repositories import ApiKeyNotFound
from access.scopes import EVERY_SCOPE, Scope, ScopeNotGranted
from events.models import Event
from tests.factories import make_organization, make_token

if TYPE_CHECKING:
    from datetime import datetime

    from access.api_key_token import ApiKeyToken

A_DAY = timedelta(days=1)
A_FEW = EVERY_SCOPE - {Scope.PAYOUTS_CREATE, Scope.BANK_DETAILS_READ}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def old(organization: Organization) -> ApiKeyToken:
    scopes = {Scope.PAYOUTS_READ, Scope.PAYOUTS_CREATE}
    return make_token(organization, scopes, name="shop", allowed_networks=["10.0.0.0/8"])


def rotate(token: ApiKeyToken, now: datetime, **options: Any) -> ApiKeyToken:
    wanted: dict[str, Any] = {"grantable": EVERY_SCOPE, "overlap": A_DAY, "actor": "shell"} | options
    return rotate_api_key(public_id=token.public_id, now=now, **wanted)


def change(token: ApiKeyToken, now: datetime, changes: ApiKeyChanges, **options: Any) -> ApiKey:
    wanted: dict[str, Any] = {"grantable": EVERY_SCOPE, "actor": "shell"} | options
    return change_api_key(public_id=token.public_id, changes=changes, now=now, **wanted)


def revoke(token: ApiKeyToken, now: datetime) -> None:
    revoke_api_key(public_id=token.public_id, actor="shell", now=now)


def stored(token: ApiKeyToken) -> ApiKey:
    return ApiKey.objects.get(public_id=token.public_id)


def test_it_makes_a_key_like_the_old_one_which_ends_after_the_overlap(
    old: ApiKeyToken, now: datetime
) -> None:
    new = rotate(old, now)

    before, after = stored(old), stored(new)
    assert (after.name, after.scopes, after.allowed_networks) == (
        before.name, before.scopes, before.allowed_networks,
    )  # fmt: skip
    assert (after.organization, after.rotated_from) == (before.organization, before)
    assert (before.expires_at, after.expires_at) == (now + A_DAY, None)
    assert before.is_living_at(now)
    assert not before.is_living_at(now + A_DAY)


def test_it_leaves_the_old_key_alone_when_told_to(old: ApiKeyToken, now: datetime) -> None:
    rotate(old, now, overlap=None)
    assert stored(old).expires_at is None


def test_it_never_lengthens_the_life_of_the_old_key(organization: Organization, now: datetime) -> None:
    soon = now + timedelta(hours=2)
    old = make_token(organization, expires_at=soon)

    rotate(old, now)

    assert stored(old).expires_at == soon


def test_it_lets_the_new_key_live_as_long_as_the_old_one_was_made_to(
    organization: Organization, now: datetime
) -> None:
    old = make_token(organization, expires_at=now + timedelta(days=90))
    later = now + timedelta(days=80)

    expires_at = stored(rotate(old, later)).expires_at

    assert expires_at is not None
    assert abs(expires_at - (later + timedelta(days=90))) < timedelta(minutes=5)
    assert stored(rotate(make_token(organization), now, expires_at=later)).expires_at == later


def test_it_tells_of_both_keys(old: ApiKeyToken, now: datetime) -> None:
    new = rotate(old, now, actor="operator:jane")

    _, created, rotated = Event.objects.filter(subject_type="api_key").order_by("id")
    assert (created.type, created.subject_id, created.actor) == (
        "ApiKeyCreated",
        stored(new).pk,
        "operator:jane",
    )
    assert created.data["rotated_from"] == old.public_id
    assert (rotated.type, rotated.subject_id) == ("ApiKeyRotated", stored(old).pk)
    assert rotated.data == {
        "public_id": old.public_id, "successor": new.public_id, "expires_at": (now + A_DAY).isoformat(),
    }  # fmt: skip
    assert new.secret not in str(created.data) + str(rotated.data)


def test_it_lets_at_most_two_keys_of_a_line_live(old: ApiKeyToken, now: datetime) -> None:
    new = rotate(old, now)

    for token in (old, new):
        with pytest.raises(TwoKeysLive):
            rotate(token, now)
    assert ApiKey.objects.count() == 2
    rotate(new, now + A_DAY)  # the first is over


def test_it_rotates_again_when_the_new_key_was_revoked(old: ApiKeyToken, now: datetime) -> None:
    revoke(rotate(old, now), now)
    again = stored(rotate(old, now))
    assert again.rotated_from == stored(old)
    # The old one ends with the overlap; the new one lives as long as the old one was made to.
    assert stored(old).expires_at == now + A_DAY
    assert again.expires_at is None


def test_it_rotates_no_key_that_has_ended(
    organization: Organization, old: ApiKeyToken, now: datetime
) -> None:
    expiring = make_token(organization, expires_at=now + A_DAY)
    revoke(old, now)

    with pytest.raises(ApiKeyNotLiving, match="revoked"):
        rotate(old, now)
    with pytest.raises(ApiKeyNotLiving, match="expired"):
        rotate(expiring, now + A_DAY)


@pytest.mark.django_db
def test_it_rotates_no_key_that_it_does_not_know(now: datetime) -> None:
    with pytest.raises(ApiKeyNotFound):
        rotate_api_key(public_id="0" * 12, grantable=EVERY_SCOPE, overlap=A_DAY, actor="shell", now=now)


def test_it_hands_no_scope_to_who_may_not_grant_it(
    organization: Organization, old: ApiKeyToken, now: datetime
) -> None:
    with pytest.raises(ScopeNotGranted, match="payouts:create"):
        rotate(old, now, grantable=A_FEW)
    with pytest.raises(ScopeNotGranted, match="bank_details:read, payouts:create"):
        make_token(organization, grantable=A_FEW)
    with pytest.raises(ScopeNotGranted, match="events:read"):
        change(old, now, {"scopes": [Scope.EVENTS_READ]}, grantable={Scope.PAYOUTS_READ})
    assert ApiKey.objects.count() == 1


def test_it_lets_who_may_not_grant_a_scope_take_others_away(old: ApiKeyToken, now: datetime) -> None:
    change(old, now, {"scopes": [Scope.PAYOUTS_CREATE]}, grantable=A_FEW)
    assert stored(old).scopes == ["payouts:create"]


def test_it_changes_what_is_named_and_tells_of_it(old: ApiKeyToken, now: datetime) -> None:
    change(
        old,
        now,
        {
            "name": "till",
            "scopes": [Scope.PAYOUTS_READ],
            "allowed_networks": ["2001:DB8::/32", "10.0.0.0/8", "10.0.0.0/8"],
            "expires_at": now + A_DAY,
        },
    )

    key, event = stored(old), Event.objects.get(type="ApiKeyChanged")
    assert (key.name, key.scopes, key.expires_at) == ("till", ["payouts:read"], now + A_DAY)
    assert key.allowed_networks == ["10.0.0.0/8", "2001:db8::/32"]
    assert event.data["before"] == {
        "name": "shop",
        "scopes": ["payouts:create", "payouts:read"],
        "allowed_networks": ["10.0.0.0/8"],
        "expires_at": None,
    }
    assert event.data["after"]["expires_at"] == (now + A_DAY).isoformat()


def test_it_tells_nothing_of_a_change_that_changes_nothing(old: ApiKeyToken, now: datetime) -> None:
    change(old, now, {"name": "shop", "allowed_networks": ["10.0.0.0/8"], "expires_at": None})
    assert not Event.objects.filter(type="ApiKeyChanged").exists()


def test_it_changes_no_key_that_has_ended(old: ApiKeyToken, now: datetime) -> None:
    revoke(old, now)
    with pytest.raises(ApiKeyNotLiving):
        change(old, now, {"name": "till"})


def test_it_takes_no_expiry_in_the_past(organization: Organization, old: ApiKeyToken, now: datetime) -> None:
    with pytest.raises(ExpiryInThePast):
        make_token(organization, now=now, expires_at=now)
    with pytest.raises(ExpiryInThePast):
        change(old, now, {"expires_at": now - A_DAY})
    with pytest.raises(ExpiryInThePast):
        rotate(old, now, expires_at=now - A_DAY)


@pytest.mark.parametrize("network", ["", "everywhere", "10.0.0.1/8", "fe80::1%eth0", "::ffff:10.0.0.0/104"])
def test_it_takes_no_network_that_may_mean_something_else(
    organization: Organization, old: ApiKeyToken, now: datetime, network: str
) -> None:
    with pytest.raises(NetworkInvalid):
        make_token(organization, allowed_networks=[network])
    with pytest.raises(NetworkInvalid):
        change(old, now, {"allowed_networks": [network]})


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"secret_hash": "0" * 64}, "Cannot update"),
        ({"public_id": "000000000000"}, "Cannot update"),
        ({"created_by": "nobody"}, "Cannot update"),
        ({"allowed_networks": ["10.0.0.1/8"]}, "invalid cidr"),
        ({"expires_at": timezone.now() - A_DAY}, "api_key_expires_after_it_is_made"),
    ],
)
def test_it_is_held_together_by_the_database(old: ApiKeyToken, values: dict[str, Any], refusal: str) -> None:
    with pytest.raises(Exception, match=refusal), transaction.atomic():
        ApiKey.objects.filter(public_id=old.public_id).update(**values)


def test_it_never_wakes_a_revoked_key_nor_loses_one(old: ApiKeyToken, now: datetime) -> None:
    revoke(old, now)

    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        ApiKey.objects.update(revoked_at=None)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        stored(old).delete()


def test_it_never_has_two_standing_successors(old: ApiKeyToken, now: datetime) -> None:
    twin = stored(rotate(old, now))
    twin.pk, twin.public_id = None, "publicId0123"

    with pytest.raises(IntegrityError, match="api_key_has_one_successor"):
        twin.save(force_insert=True)


@pytest.mark.django_db
def test_it_never_moves_an_organization_to_the_other_environment() -> None:
    make_organization("Acme")

    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Organization.objects.update(environment="live")
    Organization.objects.update(name="Acme Corporation")
