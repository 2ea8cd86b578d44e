"""The form of an API key: `pk_<environment>_<public id>_<secret><checksum>`.

The public id finds the key's row, the secret (256 bits) proves it. The checksum lets a typing error or a
secret scanner be answered without a look-up; it protects nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field
from functools import cached_property

from access.environment import Environment

_ALPHABET = string.digits + string.ascii_letters
_BASE = len(_ALPHABET)
_PUBLIC_ID_LENGTH = 12
_SECRET_LENGTH = 43  # 43 characters of 62 are 256 bits
_CHECKSUM_LENGTH = 6  # 6 characters of 62 hold a CRC-32
_POWERS = [_BASE**place for place in range(_CHECKSUM_LENGTH)]
_FORM = re.compile(
    rf"pk_(?P<environment>test|live)_(?P<public_id>[0-9A-Za-z]{{{_PUBLIC_ID_LENGTH}}})"
    rf"_(?P<secret>[0-9A-Za-z]{{{_SECRET_LENGTH}}})[0-9A-Za-z]{{{_CHECKSUM_LENGTH}}}",
    re.ASCII,
)


@dataclass(frozen=True)
class ApiKeyToken:
    environment: Environment
    public_id: str
    secret: str = field(repr=False)

    @classmethod
    def generate(cls, environment: Environment) -> ApiKeyToken:
        return cls(environment, _random_text(_PUBLIC_ID_LENGTH), _random_text(_SECRET_LENGTH))

    @classmethod
    def parse(cls, text: str) -> ApiKeyToken | None:
        """Read a key as a client sends it; None when the form or the checksum is wrong."""
        match = _FORM.fullmatch(text)
        if match is None:
            return None
        token = cls(Environment(match["environment"]), match["public_id"], match["secret"])
        return token if token.reveal() == text else None

    def reveal(self) -> str:
        """The whole key. Shown to its owner once, stored nowhere."""
        return self._whole

    @cached_property
    def _whole(self) -> str:
        body = f"pk_{self.environment.value}_{self.public_id}_{self.secret}"
        return body + _checksum(body)

    def keyed_hash(self, hash_key: str) -> str:
        """What is stored: HMAC-SHA256, so that a copy of the table alone cannot test guesses."""
        return hmac.digest(hash_key.encode(), self.reveal().encode(), hashlib.sha256).hex()


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    return "".join([_ALPHABET[number // power % _BASE] for power in _POWERS])
