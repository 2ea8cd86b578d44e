"""Secrets of second factors, as the database keeps them: encrypted under FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from core.encryption import Unreadable, key_id_of
from database.encryption import keyring

if TYPE_CHECKING:
    from collections.abc import Mapping

# What the library encrypts: of an app, of recovery codes, and of those of an earlier kind.
_SECRETS = ("secret", "seed", "migrated_codes")
PREFIX = "encrypted:"
# The library does not say whose secret it encrypts, so a ciphertext is not tied to its row.
_PLACE = "second factor of an operator"


def encrypt(text: str) -> str:
    return PREFIX + base64.b64encode(keyring().encrypt(text, place=_PLACE)).decode()


def decrypt(encrypted: str) -> str:
    """Raises Unreadable."""
    return keyring().decrypt(_bytes_of(encrypted), place=_PLACE)


def encrypted_anew(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a factor with its secrets under the current key. Raises Unreadable."""
    return {name: _anew(value) if name in _SECRETS else value for name, value in data.items()}


def keys_used_in(data: Mapping[str, Any]) -> set[str]:
    """The ids of the keys that have encrypted the secrets. Raises Unreadable."""
    secrets = [each for name in _SECRETS for each in _listed(data.get(name, []))]
    return {key_id_of(_bytes_of(secret)) for secret in secrets}


def _anew(secret: Any) -> Any:
    if isinstance(secret, list):
        return [_anew(each) for each in secret]
    return secret if key_id_of(_bytes_of(secret)) == keyring().current.id else encrypt(decrypt(secret))


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _bytes_of(encrypted: str) -> bytes:
    if not encrypted.startswith(PREFIX):
        raise Unreadable("It is not of the form that encryption gives.")
    try:
        return base64.b64decode(encrypted.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise Unreadable("It is not of the form that encryption gives.") from None
