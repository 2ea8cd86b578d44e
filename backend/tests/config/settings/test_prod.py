"""Production's settings, read by a process of its own: whether it would start, and with what."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

BACKEND = Path(__file__).parents[3]
RANDOM = "q8Zf3uT7wK1xR5mB9nD2hL6vC4jP0sYe"
GOOD = {
    "DJANGO_SECRET_KEY": RANDOM,
    "API_KEY_HASH_KEY": RANDOM[::-1],
    "FIELD_ENCRYPTION_KEYS": f"one:{b64encode(RANDOM.encode()).decode()}",
    "FIELD_HASH_KEY": RANDOM.swapcase(),
    "DJANGO_ALLOWED_HOSTS": "pay.acme.test",
    "DATABASE_URL": f"postgresql://payouts:{RANDOM}@db:5432/payouts",
    "CELERY_BROKER_URL": f"redis://:{RANDOM}@broker:6379/0",
    "REDIS_CACHE_URL": f"redis://:{RANDOM}@cache:6379/0",
}
BY_PARTS = {"DATABASE_URL": None, "POSTGRES_HOST": "db", "POSTGRES_USER": "payouts", "POSTGRES_DB": "payouts"}

OIDC = {"OIDC_SERVER_URL": "https://id.acme.test", "OIDC_CLIENT_ID": "pay", "OIDC_CLIENT_SECRET": RANDOM}

READ_SETTINGS = """
import json
from config.settings import prod
names = [name for name in dir(prod) if name.isupper()]
print(json.dumps({name: getattr(prod, name) for name in names}, default=str))
"""


@dataclass(frozen=True)
class Start:
    settings: Mapping[str, Any]
    errors: str


def start(**changes: str | None) -> Start:
    """Read the settings in the good environment with these changes; None takes a variable away."""
    environment = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-c", READ_SETTINGS],
        cwd=BACKEND,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return Start(json.loads(done.stdout) if done.returncode == 0 else {}, done.stderr)


REFUSED: list[tuple[dict[str, str | None], str]] = [
    ({"DJANGO_SECRET_KEY": None}, "DJANGO_SECRET_KEY must be set"),
    ({"DJANGO_SECRET_KEY": "change-me-to-fifty-random-characters"}, "DJANGO_SECRET_KEY still has"),
    ({"DJANGO_SECRET_KEY_FALLBACKS": f"{RANDOM},short"}, "DJANGO_SECRET_KEY_FALLBACKS must be set"),
    ({"SANDBOX_BANK_CALLBACK_SECRET": "whsec_"}, "SANDBOX_BANK_CALLBACK_SECRET must be whsec_"),
    ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN must be set"),
    ({"API_KEY_HASH_KEY": None}, "API_KEY_HASH_KEY must be set"),
    ({"API_KEY_HASH_KEY": "short"}, "API_KEY_HASH_KEY must be set"),
    ({"API_KEY_HASH_KEY_FALLBACKS": f"{RANDOM},short"}, "API_KEY_HASH_KEY_FALLBACKS must be set"),
    ({"FIELD_ENCRYPTION_KEYS": None}, "FIELD_ENCRYPTION_KEYS: There is no key."),
    ({"FIELD_ENCRYPTION_KEYS": f"one:{RANDOM}"}, "FIELD_ENCRYPTION_KEYS: The key one has not 32 bytes."),
    ({"FIELD_ENCRYPTION_KEYS": "one:change-me"}, "FIELD_ENCRYPTION_KEYS still has"),
    (
        {"FIELD_ENCRYPTION_KEYS": "dev:aW5zZWN1cmUtZm9yLWRldmVsb3BtZW50LW9ubHktLS0="},
        "FIELD_ENCRYPTION_KEYS still has",
    ),
    ({"FIELD_HASH_KEY": None}, "FIELD_HASH_KEY must be set"),
    ({"DJANGO_ALLOWED_HOSTS": None}, "DJANGO_ALLOWED_HOSTS must name"),
    ({"DJANGO_ALLOWED_HOSTS": "*"}, "DJANGO_ALLOWED_HOSTS must name"),
    ({"DJANGO_ALLOWED_HOSTS": "pay.acme.test,.acme.test"}, "DJANGO_ALLOWED_HOSTS must name"),
    ({"OIDC_SERVER_URL": "https://id.acme.test"}, "OIDC_SERVER_URL needs"),
    ({**OIDC, "OIDC_SERVER_URL": "http://id.acme.test"}, "OIDC_SERVER_URL must begin with https://"),
    ({**OIDC, "OIDC_CLIENT_SECRET": "change-me"}, "OIDC_CLIENT_SECRET still has"),
    ({"DJANGO_DEBUG": "1"}, "DJANGO_DEBUG must be off"),
    ({"DATABASE_URL": "postgresql://payouts@db:5432/payouts"}, "database password"),
    ({"DATABASE_URL": "postgresql://payouts:change-me@db:5432/payouts"}, "database password still has"),
    ({**BY_PARTS}, "database password"),
    ({"CELERY_BROKER_URL": "redis://:change-me@broker:6379/0"}, "CELERY_BROKER_URL still has"),
    (
        {"CELERY_BROKER_URL": f"amqp://a:{RANDOM}@one//;amqp://a:change-me@two//"},
        "CELERY_BROKER_URL still has",
    ),
    ({"CELERY_BROKER_URL": f"sqs://a:{RANDOM}@broker"}, "CELERY_BROKER_URL must begin with one of redis://"),
    (
        {"CELERY_BROKER_URL": f"amqp://a:{RANDOM}@one//;redis://two"},
        "CELERY_BROKER_URL must begin with one of",
    ),
    ({"REDIS_CACHE_URL": "redis://:change-me@cache:6379/0"}, "REDIS_CACHE_URL still has"),
    ({"TRUSTED_PROXIES": "10.0.0.0/8,the-proxy"}, "TRUSTED_PROXIES: 'the-proxy'"),
]


def test_it_refuses_to_start_with_what_can_be_guessed() -> None:
    with ThreadPoolExecutor(2) as starts:
        answers = list(starts.map(lambda case: start(**case[0]), REFUSED))

    for (changes, reason), answer in zip(REFUSED, answers, strict=True):
        assert answer.settings == {}, changes
        assert f"ImproperlyConfigured: {reason}" in answer.errors or reason in answer.errors, changes
        assert RANDOM not in answer.errors, changes


@pytest.fixture(scope="module")
def good() -> Mapping[str, Any]:
    answer = start()
    assert answer.errors == ""
    return answer.settings


def test_it_starts_locked_down(good: Mapping[str, Any]) -> None:
    assert (good["DEBUG"], good["ALLOWED_HOSTS"]) == (False, ["pay.acme.test"])
    assert (good["SESSION_COOKIE_SECURE"], good["CSRF_COOKIE_SECURE"]) == (True, True)
    assert (good["SECURE_SSL_REDIRECT"], good["SECURE_HSTS_SECONDS"]) == (True, 31_536_000)
    assert good["X_FRAME_OPTIONS"] == "DENY"
    names = (good["SESSION_COOKIE_NAME"], good["CSRF_COOKIE_NAME"])
    assert names == ("__Host-sessionid", "__Host-csrftoken")
    assert (good["SESSION_COOKIE_HTTPONLY"], good["CSRF_COOKIE_HTTPONLY"]) == (True, True)
    assert (good["SESSION_COOKIE_SAMESITE"], good["CSRF_COOKIE_SAMESITE"]) == ("Lax", "Lax")
    assert (good["OPERATORS_NEED_SECOND_FACTOR"], good["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"]) == (True, False)
    assert good["SANDBOX_BANK_SWITCHES"] is False


def test_it_trusts_forms_of_its_own_address_only(good: Mapping[str, Any]) -> None:
    behind_proxy = start(PUBLIC_URL="https://pay.acme.test/base/")

    assert good["CSRF_TRUSTED_ORIGINS"] == []
    assert behind_proxy.settings["CSRF_TRUSTED_ORIGINS"] == ["https://pay.acme.test"]


def test_it_lets_forms_lead_to_the_provider_only_where_there_is_one(good: Mapping[str, Any]) -> None:
    assert good["PAGE_CONTENT_POLICY"]["form-action"] == ["'self'"]
    policy = start(**OIDC).settings["PAGE_CONTENT_POLICY"]
    assert policy["form-action"] == ["'self'", "https://id.acme.test"]


def test_it_passes_every_check_of_a_deployment() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=BACKEND,
        env={
            "PATH": os.environ["PATH"],
            **GOOD,
            "DJANGO_SECRET_KEY": RANDOM * 2,  # as long as the example file says to make it
            "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues (0 silenced)" in done.stdout


def test_it_loads_the_sign_in_where_people_or_commands_are() -> None:
    apps = {role: start(PAYOUTS_ROLE=role).settings["INSTALLED_APPS"] for role in ("web", "worker", "relay")}

    assert [role for role, names in apps.items() if "sign_in" in names] == ["web"]


def test_it_waits_for_nothing_for_ever(good: Mapping[str, Any]) -> None:
    options = good["DATABASES"]["default"]["OPTIONS"]

    assert options["connect_timeout"] > 0
    assert "lock_timeout=3000" in options["options"]
    assert "idle_in_transaction_session_timeout=15000" in options["options"]


def test_it_believes_what_older_keys_have_signed() -> None:
    older = [RANDOM[1:] + "x", RANDOM[2:] + "yz"]

    assert start().settings["SECRET_KEY_FALLBACKS"] == []
    changed = start(DJANGO_SECRET_KEY_FALLBACKS=",".join(older)).settings
    assert (changed["SECRET_KEY"], changed["SECRET_KEY_FALLBACKS"]) == (RANDOM, older)


def test_it_does_without_https_only_when_told() -> None:
    plain = start(DJANGO_HTTPS="0").settings

    assert (plain["SECURE_SSL_REDIRECT"], plain["SECURE_HSTS_SECONDS"]) == (False, 0)
    assert (plain["SESSION_COOKIE_SECURE"], plain["CSRF_COOKIE_SECURE"]) == (False, False)
    assert plain["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"] is False
    assert "SESSION_COOKIE_NAME" not in plain  # a browser drops a cookie of this name without HTTPS


@pytest.mark.parametrize(
    ("role", "statement_timeout_ms", "answer_timeout_seconds"),
    [("web", 5_000, 5.5), ("worker", 15_000, 16.0), ("relay", 15_000, 16.0), ("command", 0, inf)],
)
def test_it_gives_each_process_the_waits_of_its_role(
    role: str,
    statement_timeout_ms: int,
    answer_timeout_seconds: float,
) -> None:
    database = start(PAYOUTS_ROLE=role).settings["DATABASES"]["default"]

    assert f"statement_timeout={statement_timeout_ms} " in database["OPTIONS"]["options"]
    assert database["OPTIONS"]["application_name"] == f"payouts-{role}"
    assert database["OPTIONS"]["answer_timeout_seconds"] == answer_timeout_seconds
    assert database["OPTIONS"].get("shares_connections", False) is (role == "web")


@pytest.mark.parametrize("password", [f"{RANDOM}/+=", f"{RANDOM}@:/?#[]%41", f"{RANDOM} ünï"])
def test_it_takes_any_password_of_the_database(password: str) -> None:
    answer = start(**BY_PARTS, POSTGRES_PASSWORD=password)

    assert answer.errors == ""
    database = answer.settings["DATABASES"]["default"]
    assert (database["PASSWORD"], database["HOST"], database["NAME"]) == (password, "db", "payouts")


def test_it_keeps_what_the_address_of_the_database_asks_for() -> None:
    options = start(DATABASE_URL=GOOD["DATABASE_URL"] + "?sslmode=verify-full").settings["DATABASES"][
        "default"
    ]["OPTIONS"]

    assert options["sslmode"] == "verify-full"
    assert options["connect_timeout"] > 0


def test_it_needs_no_more_than_an_address_for_another_broker() -> None:
    redis = start().settings
    rabbitmq = start(CELERY_BROKER_URL=f"amqps://a:{RANDOM}@one//;amqps://a:{RANDOM}@two//").settings

    assert redis["CELERY_BROKER_TRANSPORT_OPTIONS"]["visibility_timeout"] > 0
    assert (redis["CELERY_TASK_QUEUES"], redis["CELERY_TASK_PUBLISH_RETRY"]) == (None, False)
    assert rabbitmq["CELERY_TASK_PUBLISH_RETRY"] is True
    options = rabbitmq["CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert (options["confirm_publish"], options["max_retries"]) == (True, 1)
    assert 0 < options["connect_timeout"] < options["answer_timeout_seconds"] <= 5
    assert "visibility_timeout" not in options


def test_it_sends_with_each_transaction_what_a_pooler_would_lose() -> None:
    direct = start(PAYOUTS_ROLE="web").settings["DATABASES"]["default"]
    pooled = start(PAYOUTS_ROLE="web", DB_BEHIND_PGBOUNCER="true").settings["DATABASES"]["default"]

    assert "options" not in pooled["OPTIONS"]
    assert "transaction_settings" not in direct["OPTIONS"]
    settings = pooled["OPTIONS"]["transaction_settings"]
    assert direct["OPTIONS"]["options"] == " ".join(f"-c {name}={value}" for name, value in settings.items())
    assert (settings["synchronous_commit"], settings["statement_timeout"]) == ("on", 5_000)
    assert (direct["DISABLE_SERVER_SIDE_CURSORS"], pooled["DISABLE_SERVER_SIDE_CURSORS"]) == (False, True)
