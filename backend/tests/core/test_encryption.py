from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.encryption import SMALLEST_BYTES, EncryptionKey, Keyring, Unreadable, UnusableKeysError, key_id_of

OLD, NEW = EncryptionKey("old", b"o" * 32), EncryptionKey("new", b"n" * 32)
BEFORE, AFTER = Keyring([OLD]), Keyring([NEW, OLD])
PLACE = "1/payouts_recipient/account_number_encrypted/7"


@given(st.text(min_size=1))
def test_it_gives_back_what_it_encrypted(text: str) -> None:
    encrypted = BEFORE.encrypt(text, place=PLACE)

    assert BEFORE.decrypt(encrypted, place=PLACE) == text
    assert len(encrypted) >= SMALLEST_BYTES


def test_it_never_encrypts_the_same_alike() -> None:
    assert len({BEFORE.encrypt("UA1234567890", place=PLACE) for _ in range(100)}) == 100


def test_it_reads_with_every_key_and_writes_with_the_first() -> None:
    assert AFTER.decrypt(BEFORE.encrypt("UA1", place=PLACE), place=PLACE) == "UA1"
    assert key_id_of(AFTER.encrypt("UA1", place=PLACE)) == "new"
    assert AFTER.encrypt("UA1", place=PLACE).startswith(AFTER.current_header)


def test_it_reads_nothing_without_the_key() -> None:
    with pytest.raises(Unreadable, match="There is no key new"):
        BEFORE.decrypt(AFTER.encrypt("UA1", place=PLACE), place=PLACE)


def test_it_reads_nothing_with_another_key_of_the_same_id() -> None:
    impostor = Keyring([EncryptionKey("old", b"x" * 32)])
    with pytest.raises(Unreadable):
        impostor.decrypt(BEFORE.encrypt("UA1", place=PLACE), place=PLACE)


@pytest.mark.parametrize(
    "place",
    [
        "2/payouts_recipient/account_number_encrypted/7",
        "1/payouts_payout/account_number_encrypted/7",
        "1/payouts_recipient/another_column/7",
        "1/payouts_recipient/account_number_encrypted/8",
    ],
)
def test_it_reads_nothing_at_another_place(place: str) -> None:
    with pytest.raises(Unreadable, match="written for another place"):
        BEFORE.decrypt(BEFORE.encrypt("UA1", place=PLACE), place=place)


def test_it_notices_every_changed_byte() -> None:
    encrypted = BEFORE.encrypt("UA1234567890", place=PLACE)
    for position in range(len(encrypted)):
        changed = bytearray(encrypted)
        changed[position] ^= 1
        with pytest.raises(Unreadable):
            BEFORE.decrypt(bytes(changed), place=PLACE)


@given(st.binary(max_size=80))
def test_it_reads_nothing_from_what_it_did_not_write(data: bytes) -> None:
    with pytest.raises(Unreadable):
        BEFORE.decrypt(data, place=PLACE)


def key(key_id: str, secret: bytes = b"s" * 32) -> str:
    return f"{key_id}:{b64encode(secret).decode()}"


def test_it_reads_keys_from_text() -> None:
    ring = Keyring.parse(f"{key('b')}, {key('a', b'z' * 32)},")

    assert ring.current.id == "b"
    assert ring.decrypt(Keyring.parse(key("a", b"z" * 32)).encrypt("x", place=""), place="") == "x"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "There is no key"),
        (" , ", "There is no key"),
        (b64encode(b"s" * 32).decode(), "begins with its id"),
        (key(""), "begins with its id"),
        (key("Upper"), "begins with its id"),
        (key("k" * 17), "begins with its id"),
        ("one:!!!", "is not base64"),
        ("one:", "has not 32 bytes"),
        (key("one", b"s" * 31), "has not 32 bytes"),
        (key("one", b"s" * 33), "has not 32 bytes"),
        (f"{key('one')},{key('one', b'z' * 32)}", "the same id"),
    ],
)
def test_it_refuses_what_are_no_keys(text: str, reason: str) -> None:
    with pytest.raises(UnusableKeysError, match=reason) as refusal:
        Keyring.parse(text)
    assert b64encode(b"s" * 30).decode()[:20] not in str(refusal.value)


def test_it_never_shows_a_secret() -> None:
    assert "ooo" not in repr(OLD)
    assert "ooo" not in f"{OLD!r} {BEFORE!r}"


def test_it_has_other_keys_for_other_purposes() -> None:
    pages = AFTER.for_purpose("cached pages")
    encrypted = pages.encrypt("UA1", place=PLACE)

    assert pages.decrypt(encrypted, place=PLACE) == "UA1"
    for others in (AFTER, AFTER.for_purpose("something else")):
        with pytest.raises(Unreadable):
            others.decrypt(encrypted, place=PLACE)
