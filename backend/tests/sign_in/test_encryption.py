from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from sign_in.encryption import CannotDecrypt, decrypt, encrypt

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.mark.parametrize("text", ["", "JBSWY3DPEHPK3PXP", "ü" * 500])
def test_it_reads_what_it_wrote(text: str) -> None:
    assert decrypt(encrypt(text)) == text


def test_it_writes_the_same_differently_each_time() -> None:
    assert encrypt("secret") != encrypt("secret")


def test_it_reads_nothing_under_another_key(settings: Settings) -> None:
    kept = encrypt("secret")
    settings.SIGN_IN_ENCRYPTION_KEY = "another"

    with pytest.raises(CannotDecrypt, match="SIGN_IN_ENCRYPTION_KEY"):
        decrypt(kept)


@pytest.mark.parametrize("position", [0, 12, -1])
def test_it_reads_nothing_that_was_changed(position: int) -> None:
    data = bytearray(base64.b64decode(encrypt("secret").removeprefix("v1:")))
    data[position] ^= 1

    with pytest.raises(CannotDecrypt):
        decrypt("v1:" + base64.b64encode(data).decode())


@pytest.mark.parametrize("text", ["", "JBSWY3DPEHPK3PXP", "v1:", "v1:!", "v1:AAAA", "v2:AAAA"])
def test_it_reads_nothing_that_it_did_not_write(text: str) -> None:
    with pytest.raises(CannotDecrypt):
        decrypt(text)
