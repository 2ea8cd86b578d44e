"""Every kind of key that a client may bring, and how far each must get."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from access.api_key_token import ApiKeyToken
from access.application.revoke_api_key import revoke_api_key
from access.environment import Environment
from access.models import ApiKey
from access.scopes import EVERY_SCOPE, Scope
from tests.factories import make_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from access.models import Organization

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Bearer:
    """`text` is what stands behind "Bearer"; None brings nothing. Who is refused at the door has no scopes."""

    name: str
    text: str | None
    scopes: frozenset[Scope] = frozenset()
    is_ours: bool = True

    @property
    def is_known(self) -> bool:
        return bool(self.scopes)


def refused_bearers(organization: Organization) -> Iterator[Bearer]:
    good = make_token(organization)
    yield Bearer("no key", None)
    yield Bearer("an empty key", "")
    yield Bearer("a malformed key", "pk_test_" + "x" * 60)
    yield Bearer("a wrong checksum", good.reveal()[:-1] + ("1" if good.reveal()[-1] == "0" else "0"))
    yield Bearer("an unknown key", ApiKeyToken.generate(Environment.TEST).reveal())
    yield Bearer("a wrong secret", ApiKeyToken(good.environment, good.public_id, "s" * 43).reveal())
    yield Bearer("a live key of that id", ApiKeyToken(Environment.LIVE, good.public_id, good.secret).reveal())
    yield Bearer("a revoked key", revoked(organization).reveal())
    yield Bearer("an expired key", expired(organization).reveal())
    yield Bearer("a wrong network", make_token(organization, allowed_networks=["198.51.100.0/24"]).reveal())
    yield Bearer("a mismatched environment", of_other_environment(organization).reveal())


def known_bearers(organization: Organization, other: Organization) -> Iterator[Bearer]:
    for scope in sorted(EVERY_SCOPE):
        yield Bearer(f"only {scope.value}", make_token(organization, [scope]).reveal(), frozenset({scope}))
        beyond = EVERY_SCOPE - {scope}
        yield Bearer(f"all but {scope.value}", make_token(organization, beyond).reveal(), beyond)
    yield Bearer("every scope", make_token(organization).reveal(), EVERY_SCOPE)
    yield Bearer("another organization", make_token(other).reveal(), EVERY_SCOPE, is_ours=False)


def revoked(organization: Organization) -> ApiKeyToken:
    token = make_token(organization)
    revoke_api_key(public_id=token.public_id, actor="test", now=timezone.now())
    return token


def expired(organization: Organization) -> ApiKeyToken:
    """Made yesterday for an hour, as the table says it."""
    token = ApiKeyToken.generate(Environment(organization.environment))
    stored = store(organization, token)
    assert stored.created_at > timezone.now() - AN_HOUR
    ApiKey.objects.filter(pk=stored.pk).update(expires_at=stored.created_at + timedelta(microseconds=1))
    return token


def of_other_environment(organization: Organization) -> ApiKeyToken:
    """What no use case makes: genuine in all, but for the organization that it is of."""
    token = ApiKeyToken.generate(Environment.LIVE)
    store(organization, token)
    return token


def store(organization: Organization, token: ApiKeyToken) -> ApiKey:
    return ApiKey.objects.create(
        organization=organization,
        name="test",
        public_id=token.public_id,
        secret_hash=token.keyed_hash(settings.API_KEY_HASH_KEY),
        scopes=sorted(EVERY_SCOPE),
    )
