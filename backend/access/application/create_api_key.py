from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from access.api_key_token import ApiKeyToken
from access.environment import Environment
from access.models import ApiKey
from access.repositories import add_api_key
from database.transactions import in_transaction
from events.recorder import NewEvent, record_events

if TYPE_CHECKING:
    from collections.abc import Collection

    from access.models import Organization
    from access.scopes import Scope


@in_transaction("create_api_key")
def create_api_key(
    *, organization: Organization, name: str, scopes: Collection[Scope], actor: str
) -> ApiKeyToken:
    """Make a key that works from now on. The returned token is the only place where its secret exists."""
    token = ApiKeyToken.generate(Environment(organization.environment))
    api_key = add_api_key(
        ApiKey(
            organization=organization,
            name=name,
            public_id=token.public_id,
            secret_hash=token.keyed_hash(settings.API_KEY_HASH_KEY),
            scopes=sorted(scope.value for scope in scopes),
            created_by=actor,
        )
    )
    record_events(
        [
            NewEvent(
                organization_id=organization.pk,
                type="ApiKeyCreated",
                subject_type="api_key",
                subject_id=api_key.pk,
                actor=actor,
                data={"public_id": api_key.public_id, "name": name, "scopes": api_key.scopes},
            )
        ]
    )
    return token
