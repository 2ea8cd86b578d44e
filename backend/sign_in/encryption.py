"""Secrets of second factors, as the database keeps them: encrypted under FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

import base64
from typing import Any

from core.encryption import Unreadable, key_id_of
from database.encryption import keyring

# Tells what is encrypted from what else stands in the data of a factor.
PREFIX = "encrypted:"
# The library does not say whose secret it encrypts, so a ciphertext is not tied to its row.
_PLACE = "second factor of an operator"


def encrypt(text: str) -> str:
    return PREFIX + base64.b64encode(keyring().encrypt(text, place=_PLACE)).decode()


def decrypt(encrypted: str) -> str:
    """Raises Unreadable."""
    return keyring().decrypt(_bytes_of(encrypted), place=_PLACE)


def encrypted_anew(data: Any) -> Any:
    """The data of a factor with everything under the current key. Raises Unreadable."""
    match data:
        case dict():
            return {name: encrypted_anew(value) for name, value in data.items()}
        case list():
            return [encrypted_anew(value) for value in data]
        case str() if data.startswith(PREFIX) and key_id_of(_bytes_of(data)) != keyring().current.id:
            return encrypt(decrypt(data))
    return data


def _bytes_of(encrypted: str) -> bytes:
    if not encrypted.startswith(PREFIX):
        raise Unreadable("It is not of the form that encryption gives.")
    try:
        return base64.b64decode(encrypted.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise Unreadable("It is not of the form that encryption gives.") from None
