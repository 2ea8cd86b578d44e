"""Secrets of second factors, as the database keeps them: AES-256-GCM under a key of the environment."""

from __future__ import annotations

import base64
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE_BYTES = 12
# Written in front, so that another way of encrypting can be told from this one.
_VERSION = "v1:"
_PURPOSE = b"payouts second factors v1"


class CannotDecrypt(Exception):  # noqa: N818  a sentence
    """Not written by us, or under another key."""

    def __init__(self) -> None:
        super().__init__("A second factor's secret cannot be decrypted: is SIGN_IN_ENCRYPTION_KEY the same?")


def encrypt(text: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(settings.SIGN_IN_ENCRYPTION_KEY).encrypt(nonce, text.encode(), _PURPOSE)
    return _VERSION + base64.b64encode(nonce + sealed).decode()


def decrypt(encrypted: str) -> str:
    """Raises CannotDecrypt."""
    if not encrypted.startswith(_VERSION):
        raise CannotDecrypt
    try:
        data = base64.b64decode(encrypted.removeprefix(_VERSION), validate=True)
        nonce, sealed = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        return _cipher(settings.SIGN_IN_ENCRYPTION_KEY).decrypt(nonce, sealed, _PURPOSE).decode()
    except (ValueError, InvalidTag) as error:
        raise CannotDecrypt from error


@cache
def _cipher(key: str) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode()))
