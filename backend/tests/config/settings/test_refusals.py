from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings.refusals import (
    ensure_callback_secrets,
    ensure_database_password,
    ensure_exact_hosts,
    ensure_no_placeholder,
    ensure_no_placeholder_in_url,
    ensure_not_debug,
    ensure_secret,
)

RANDOM = "q8Zf3uT7wK1xR5mB9nD2hL6vC4jP0sYe"
CALLBACK_SECRET = "whsec_dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0"


@pytest.mark.parametrize("value", [RANDOM, RANDOM * 2, "ö" * 32])
def test_it_takes_a_long_random_secret(value: str) -> None:
    ensure_secret("DJANGO_SECRET_KEY", value)


@pytest.mark.parametrize("value", ["", "short", RANDOM[:-1]])
def test_it_refuses_a_secret_that_can_be_guessed(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DJANGO_SECRET_KEY must be set to at least 32"):
        ensure_secret("DJANGO_SECRET_KEY", value)


@pytest.mark.parametrize(
    "word", ["change-me", "changeme", "CHANGE-ME", "insecure", "example", "placeholder", "your-"]
)
def test_it_refuses_what_was_copied_from_an_example(word: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="API_KEY_HASH_KEY still has the placeholder"):
        ensure_secret("API_KEY_HASH_KEY", RANDOM + word)
    with pytest.raises(ImproperlyConfigured, match="API_KEY_HASH_KEY still has the placeholder"):
        ensure_no_placeholder("API_KEY_HASH_KEY", word)


def test_it_never_repeats_the_secret_that_it_refuses() -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        ensure_secret("API_KEY_HASH_KEY", RANDOM + "change-me")

    assert RANDOM not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["redis://:s3cret@cache:6379/0", "redis://user:s3cret@cache/0", "redis://cache:6379/0"]
)
def test_it_takes_an_address_whose_password_is_nobodys_example(url: str) -> None:
    ensure_no_placeholder_in_url("CELERY_BROKER_URL", url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:change-me@cache:6379/0",
        "redis://user:CHANGE-ME-please@cache/0",
        "amqp://a:s3cret@one;amqp://a:change-me@two",
    ],
)
def test_it_refuses_an_address_with_the_password_of_an_example(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="CELERY_BROKER_URL still has"):
        ensure_no_placeholder_in_url("CELERY_BROKER_URL", url)


@pytest.mark.parametrize("value", ["", CALLBACK_SECRET, f"{CALLBACK_SECRET} {CALLBACK_SECRET[:-4]}"])
def test_it_takes_no_one_or_several_secrets_of_callbacks(value: str) -> None:
    ensure_callback_secrets("SANDBOX_BANK_CALLBACK_SECRET", value)


@pytest.mark.parametrize(
    "value", ["whsec_", "whsec_YQ==", CALLBACK_SECRET[6:], "whsec_" + "ö" * 32, f"{CALLBACK_SECRET} whsec_"]
)
def test_it_refuses_a_secret_with_which_anybody_could_sign(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SANDBOX_BANK_CALLBACK_SECRET must be whsec_") as refused:
        ensure_callback_secrets("SANDBOX_BANK_CALLBACK_SECRET", value)

    assert CALLBACK_SECRET not in str(refused.value)


@pytest.mark.parametrize("database", [{}, {"PASSWORD": ""}, {"PASSWORD": None}])
def test_it_refuses_a_database_without_a_password(database: dict[str, object]) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"password .* must be set"):
        ensure_database_password(database)


def test_it_refuses_a_database_with_the_password_of_an_example() -> None:
    ensure_database_password({"PASSWORD": RANDOM})
    with pytest.raises(ImproperlyConfigured, match="placeholder"):
        ensure_database_password({"PASSWORD": "change-me"})


@pytest.mark.parametrize("hosts", [[], ["*"], ["pay.acme.test", "*"], [".acme.test"], ["pay.*"]])
def test_it_refuses_to_serve_any_host(hosts: list[str]) -> None:
    with pytest.raises(ImproperlyConfigured, match="DJANGO_ALLOWED_HOSTS"):
        ensure_exact_hosts(hosts)


def test_it_serves_the_hosts_that_are_named() -> None:
    ensure_exact_hosts(["pay.acme.test", "acme.test"])


def test_it_refuses_to_debug_in_production() -> None:
    ensure_not_debug(debug=False)
    with pytest.raises(ImproperlyConfigured, match="DJANGO_DEBUG must be off"):
        ensure_not_debug(debug=True)
