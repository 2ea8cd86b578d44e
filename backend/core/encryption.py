"""Authenticated encryption of single values, under one of several keys (AES-256-GCM, NIST SP 800-38D).

What is encrypted has the form `version, length of the key's id, the key's id, nonce, ciphertext and tag`. The
id in front says which key opens it, so that keys can be changed one row after the other.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT_VERSION = 1
_LENGTH_BEFORE_ID = 2  # version and length
# Version, length, an id of one character, nonce, a text of one byte, tag.
SMALLEST_BYTES = 1 + 1 + 1 + 12 + 1 + 16
_SECRET_BYTES = 32
# A random nonce of 96 bits: one key is good for 2^32 encryptions (SP 800-38D, 8.3).
_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[a-z0-9-]{1,16}", re.ASCII)


class UnusableKeysError(ValueError):
    """The text is no list of keys. Its message holds nothing of them."""


class Unreadable(Exception):  # noqa: N818  a state of what is stored, named like one
    """What was stored cannot be opened with the keys at hand, or not at this place."""


@dataclass(frozen=True)
class EncryptionKey:
    id: str
    secret: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> EncryptionKey:
        """Read `id:secret`, the secret being 32 bytes in base64. Raises UnusableKeysError."""
        key_id, _, encoded = text.strip().partition(":")
        if _KEY_ID.fullmatch(key_id) is None:
            raise UnusableKeysError("A key begins with its id: 1 to 16 of a-z, 0-9 and -, then a colon.")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise UnusableKeysError(f"The key {key_id} is not base64.") from None
        if len(secret) != _SECRET_BYTES:
            raise UnusableKeysError(f"The key {key_id} has not {_SECRET_BYTES} bytes.")
        return cls(key_id, secret)


class Keyring:
    """Encrypts with the first of its keys, decrypts with any."""

    def __init__(self, keys: list[EncryptionKey]) -> None:
        if not keys:
            raise UnusableKeysError("There is no key.")
        self._keys = keys
        self._derived: dict[str, Keyring] = {}
        self.current = keys[0]
        self.secrets = tuple(key.secret for key in keys)
        self._ciphers: Mapping[str, AESGCM] = {key.id: AESGCM(key.secret) for key in keys}
        if len(self._ciphers) < len(keys):
            raise UnusableKeysError("Two keys have the same id.")

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """Read keys that are separated by commas. Raises UnusableKeysError."""
        return cls([EncryptionKey.parse(part) for part in text.split(",") if part.strip()])

    def for_purpose(self, purpose: str) -> Keyring:
        """Keys of their own for it, made from these (HKDF, RFC 5869), with the same ids."""
        if purpose not in self._derived:
            self._derived[purpose] = Keyring([_derived(key, purpose) for key in self._keys])
        return self._derived[purpose]

    @property
    def current_header(self) -> bytes:
        """What everything begins with that the current key has encrypted."""
        return _header(self.current.id)

    def encrypt(self, text: str, *, place: str) -> bytes:
        """`place` names where the result will be kept; at no other place it can be decrypted."""
        nonce = os.urandom(_NONCE_BYTES)
        header = self.current_header
        ciphertext = self._ciphers[self.current.id].encrypt(nonce, text.encode(), header + place.encode())
        return header + nonce + ciphertext

    def decrypt(self, encrypted: bytes, *, place: str) -> str:
        """Raises Unreadable."""
        key_id = key_id_of(encrypted)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unreadable(f"There is no key {key_id} any more, or not yet.")
        nonce_begins = _LENGTH_BEFORE_ID + len(key_id)
        text_begins = nonce_begins + _NONCE_BYTES
        header, nonce = encrypted[:nonce_begins], encrypted[nonce_begins:text_begins]
        try:
            return cipher.decrypt(nonce, encrypted[text_begins:], header + place.encode()).decode()
        except (InvalidTag, ValueError):
            raise Unreadable("It was changed, or written for another place.") from None


def _derived(key: EncryptionKey, purpose: str) -> EncryptionKey:
    hkdf = HKDF(algorithm=SHA256(), length=_SECRET_BYTES, salt=None, info=purpose.encode())
    return EncryptionKey(key.id, hkdf.derive(key.secret))


def key_id_of(encrypted: bytes) -> str:
    """Which key opens it. Raises Unreadable."""
    if len(encrypted) < SMALLEST_BYTES or encrypted[0] != FORMAT_VERSION:
        raise Unreadable("It is not of the form that encryption gives.")
    return encrypted[_LENGTH_BEFORE_ID : _LENGTH_BEFORE_ID + encrypted[1]].decode("ascii", errors="replace")


def _header(key_id: str) -> bytes:
    return bytes([FORMAT_VERSION, len(key_id)]) + key_id.encode()
