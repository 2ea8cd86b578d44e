from __future__ import annotations

import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.api_key_token import ApiKeyToken
from access.environment import Environment

TOKEN = ApiKeyToken(Environment.TEST, "publicId0123", "s" * 43)
WHOLE = TOKEN.reveal()
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize("environment", Environment)
def test_it_reads_back_what_it_reveals(environment: Environment) -> None:
    token = ApiKeyToken.generate(environment)

    assert ApiKeyToken.parse(token.reveal()) == token


def test_it_has_the_form_that_is_documented() -> None:
    token = ApiKeyToken.generate(Environment.LIVE)

    assert re.fullmatch(r"pk_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}", token.reveal())
    assert token.reveal().startswith(f"pk_live_{token.public_id}_{token.secret}")


def test_it_ends_with_a_crc_32_in_base_62() -> None:
    digits = [ALPHABET.index(character) for character in WHOLE[-6:]]

    assert sum(digit * 62**place for place, digit in enumerate(digits)) == zlib.crc32(WHOLE[:-6].encode())


def test_it_is_made_anew_each_time() -> None:
    tokens = {ApiKeyToken.generate(Environment.TEST).reveal() for _ in range(100)}

    assert len(tokens) == 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pk_test_",
        "Bearer " + WHOLE,
        " " + WHOLE,
        WHOLE + "\n",
        WHOLE + "x",
        WHOLE[:-1],
        WHOLE.upper(),
        WHOLE.replace("pk_", "sk_"),
        WHOLE.replace("_test_", "_live_"),
        WHOLE.replace("_test_", "_prod_"),
        WHOLE.replace("publicId0123", "publicId0124"),
        WHOLE.replace("sss", "sst", 1),
        WHOLE[:-6] + "000000",
        WHOLE.replace("0", "٠"),
        WHOLE.replace("s", "ｓ"),
        "\x00" * len(WHOLE),
    ],
)
def test_it_reads_nothing_else(text: str) -> None:
    assert ApiKeyToken.parse(text) is None


@given(place=st.integers(0, len(WHOLE) - 1), character=st.characters())
def test_it_notices_every_single_typing_error(place: int, character: str) -> None:
    mistyped = WHOLE[:place] + character + WHOLE[place + 1 :]

    assert (ApiKeyToken.parse(mistyped) is None) is (mistyped != WHOLE)


@given(text=st.text(max_size=100))
def test_it_never_raises_for_what_a_client_sends(text: str) -> None:
    assert ApiKeyToken.parse(text) is None


def test_it_is_hashed_under_a_key_without_its_secret_showing() -> None:
    stored = TOKEN.keyed_hash("hash-key")

    assert re.fullmatch(r"[0-9a-f]{64}", stored)
    assert TOKEN.secret not in stored
    assert stored != TOKEN.keyed_hash("another-key")
    assert stored != ApiKeyToken(Environment.TEST, TOKEN.public_id, "t" * 43).keyed_hash("hash-key")
    assert stored != ApiKeyToken(Environment.LIVE, TOKEN.public_id, TOKEN.secret).keyed_hash("hash-key")


def test_it_keeps_the_secret_out_of_its_own_description() -> None:
    assert TOKEN.secret not in repr(TOKEN)
