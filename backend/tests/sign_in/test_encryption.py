from __future__ import annotations

from base64 import b64decode, b64encode
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command

from core.encryption import Unreadable, key_id_of
from sign_in.encryption import PREFIX, decrypt, encrypt, encrypted_anew, keys_used_in
from tests.sign_in.people import Person, add_app, enter_code, enter_password, is_signed_in

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

OTHER_KEY = "other:b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItb3Q="


@pytest.mark.parametrize("text", ["", "JBSWY3DPEHPK3PXP", "ü" * 500])
def test_it_reads_what_it_wrote(text: str) -> None:
    assert decrypt(encrypt(text)) == text


def test_it_writes_the_same_differently_each_time() -> None:
    assert encrypt("secret") != encrypt("secret")


def test_it_reads_nothing_under_another_key(settings: Settings) -> None:
    kept = encrypt("secret")
    settings.FIELD_ENCRYPTION_KEYS = OTHER_KEY

    with pytest.raises(Unreadable, match="There is no key"):
        decrypt(kept)


@pytest.mark.parametrize("position", [0, 12, -1])
def test_it_reads_nothing_that_was_changed(position: int) -> None:
    data = bytearray(b64decode(encrypt("secret").removeprefix(PREFIX)))
    data[position] ^= 1

    with pytest.raises(Unreadable):
        decrypt(PREFIX + b64encode(data).decode())


@pytest.mark.parametrize("text", ["", "JBSWY3DPEHPK3PXP", PREFIX, f"{PREFIX}!", f"{PREFIX}AAAA"])
def test_it_reads_nothing_that_it_did_not_write(text: str) -> None:
    with pytest.raises(Unreadable):
        decrypt(text)


def test_it_encrypts_anew_wherever_it_stands_and_nothing_else(settings: Settings) -> None:
    data = {
        "secret": encrypt("a"),
        "migrated_codes": [encrypt("b")],
        "used_mask": 5,
        "name": f"{PREFIX}what a person calls a key",
    }
    settings.FIELD_ENCRYPTION_KEYS = f"{OTHER_KEY},{settings.FIELD_ENCRYPTION_KEYS}"

    anew = encrypted_anew(data)

    settings.FIELD_ENCRYPTION_KEYS = OTHER_KEY
    assert (decrypt(anew["secret"]), decrypt(anew["migrated_codes"][0])) == ("a", "b")
    assert (anew["used_mask"], anew["name"]) == (5, data["name"])
    assert (keys_used_in(data), keys_used_in(anew)) == ({"test"}, {"other"})
    assert encrypted_anew(anew) == anew


def test_it_takes_a_code_for_wrong_while_its_key_is_missing(
    browser: Client, ada: Person, settings: Settings
) -> None:
    enter_password(browser, ada)
    app = add_app(browser, ada)
    settings.FIELD_ENCRYPTION_KEYS = OTHER_KEY
    other = type(browser)()
    enter_password(other, ada)

    assert enter_code(other, app.code()).status_code == 200
    assert not is_signed_in(other)


def test_it_rotates_the_factors_of_operators(browser: Client, ada: Person, settings: Settings) -> None:
    enter_password(browser, ada)
    add_app(browser, ada)
    known = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = f"{OTHER_KEY},{known}"

    output = StringIO()
    call_command("rotate_encryption_key", stdout=output)
    assert "second factors\tother (current)\t2" in output.getvalue()

    settings.FIELD_ENCRYPTION_KEYS = OTHER_KEY
    for authenticator in Authenticator.objects.all():
        for value in authenticator.data.values():
            if str(value).startswith(PREFIX):
                assert key_id_of(b64decode(value.removeprefix(PREFIX))) == "other"
                assert decrypt(value)
