from __future__ import annotations

import base64
import json
import stat
from typing import TYPE_CHECKING

import pytest

from cli.children import STOP_ORDER, ServiceChildren
from cli.embedded.server import NotPrepared
from cli.environment import (
    Endpoints,
    keep_or_find_inner_ports,
    keep_or_make_secrets,
    other_database,
    remembered_endpoints,
    service_environment,
)
from cli.home import Home

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINTS = Endpoints(
    port=8123,
    bank_port=9123,
    database_url="postgresql://payouts:secret@127.0.0.1:5555/payouts",
    redis_url="redis://:secret@127.0.0.1:6666/0",
    metrics_ports={"web": 7001, "relay": 7002},
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def environment(home: Home, environ: dict[str, str], role: str = "web") -> dict[str, str]:
    return service_environment(
        home=home,
        endpoints=ENDPOINTS,
        stack_secrets=keep_or_make_secrets(home),
        role=role,
        environ=environ,
    )


def test_it_makes_secrets_once_and_keeps_them_private(home: Home) -> None:
    first = keep_or_make_secrets(home)
    assert keep_or_make_secrets(home) == first
    assert stat.S_IMODE(home.secrets_file.stat().st_mode) == 0o600
    prefix, _, key = first.callback_secret.partition("_")
    assert prefix == "whsec"
    assert len(base64.b64decode(key, validate=True)) == 32


def test_it_makes_a_secret_that_an_older_home_has_not(home: Home) -> None:
    first = keep_or_make_secrets(home)
    kept = json.loads(home.secrets_file.read_text())
    del kept["field_hash_key"]
    home.secrets_file.write_text(json.dumps(kept))

    again = keep_or_make_secrets(home)

    assert again.admin_password == first.admin_password
    assert again.field_hash_key != first.field_hash_key
    assert keep_or_make_secrets(home) == again


def test_it_lets_the_sandbox_bank_be_switched_and_lets_the_person_change_that(home: Home) -> None:
    assert environment(home, {})["SANDBOX_BANK_SWITCHES"] == "true"
    assert environment(home, {"SANDBOX_BANK_SWITCHES": "false"})["SANDBOX_BANK_SWITCHES"] == "false"


def test_it_asks_for_no_second_factor_and_lets_the_person_change_that(home: Home) -> None:
    assert environment(home, {})["OPERATORS_NEED_SECOND_FACTOR"] == "false"
    wanted = {"OPERATORS_NEED_SECOND_FACTOR": "true"}
    assert environment(home, wanted)["OPERATORS_NEED_SECOND_FACTOR"] == "true"


def test_it_shows_no_secret_in_a_traceback(home: Home) -> None:
    kept = keep_or_make_secrets(home)
    assert kept.admin_password not in repr(kept)
    assert "secret" not in repr(ENDPOINTS).replace("stack_secrets", "")


def test_it_runs_production_settings_without_https_on_loopback(home: Home) -> None:
    made = environment(home, {})
    assert made["DJANGO_SETTINGS_MODULE"] == "config.settings.prod"
    assert made["DJANGO_HTTPS"] == "false"
    assert made["DJANGO_ALLOWED_HOSTS"] == "127.0.0.1,localhost"
    assert made["PUBLIC_URL"] == "http://127.0.0.1:8123"
    assert made["SANDBOX_BANK_URL"] == "http://127.0.0.1:9123"
    assert made["SANDBOX_BANK_CALLBACK_URL"] == "http://127.0.0.1:8123/api/rails/sandbox/callbacks/"


def test_it_gives_broker_and_cache_databases_of_their_own(home: Home) -> None:
    made = environment(home, {})
    assert made["CELERY_BROKER_URL"] == "redis://:secret@127.0.0.1:6666/0"
    assert made["REDIS_CACHE_URL"] == "redis://:secret@127.0.0.1:6666/1"


@pytest.mark.parametrize(
    ("url", "offset", "other"),
    [
        ("redis://h:1", 1, "redis://h:1/1"),
        ("redis://h:1/4", 1, "redis://h:1/5"),
        ("rediss://u:p@h:1/0?ssl_cert_reqs=none", 1, "rediss://u:p@h:1/1?ssl_cert_reqs=none"),
        ("redis://h:1/", 0, "redis://h:1/0"),
    ],
)
def test_it_counts_on_from_the_given_database(url: str, offset: int, other: str) -> None:
    assert other_database(url, offset) == other


def test_it_lets_the_person_have_the_last_word_but_for_the_role(home: Home) -> None:
    environ = {"LOG_LEVEL": "DEBUG", "PUBLIC_URL": "http://me", "PAYOUTS_ROLE": "web", "REDIS_URL": ""}
    made = environment(home, environ, role="relay")
    assert made["LOG_LEVEL"] == "DEBUG"
    assert made["PUBLIC_URL"] == "http://me"
    assert made["PAYOUTS_ROLE"] == "relay"
    assert made["REDIS_URL"] == ENDPOINTS.redis_url


def test_it_remembers_its_ports(home: Home) -> None:
    inner = keep_or_find_inner_ports(home, 8123)
    assert keep_or_find_inner_ports(home, 8123) == inner
    given = {"DATABASE_URL": "postgresql://mine", "REDIS_URL": "redis://mine"}
    found = remembered_endpoints(home, given)
    assert (found.port, found.bank_port) == (8123, inner.bank)
    assert found.metrics_ports == inner.metrics
    assert (found.database_url, found.redis_url) == ("postgresql://mine", "redis://mine")


def test_it_gives_everyone_a_port_of_its_own(home: Home) -> None:
    inner = keep_or_find_inner_ports(home, 8123)
    assert set(inner.metrics) == {"web", "worker", "relay", "beat"}
    assert len({8123, inner.bank, *inner.metrics.values()}) == 6


def test_it_takes_up_a_home_that_is_older_than_the_metrics(home: Home) -> None:
    home.ports_file.write_text(json.dumps({"web": 8123, "sandbox_bank": 9123}))
    assert remembered_endpoints(home, {"DATABASE_URL": "x", "REDIS_URL": "y"}).metrics_ports == {}
    assert set(keep_or_find_inner_ports(home, 8123).metrics) == {"web", "worker", "relay", "beat"}


def test_it_gives_each_role_its_port_for_metrics_whatever_the_person_says(home: Home) -> None:
    ports = [
        environment(home, {"METRICS_PORT": "9"}, role=role)["METRICS_PORT"]
        for role in ("web", "relay", "command")
    ]
    assert ports == ["7001", "7002", "0"]


def test_it_has_no_addresses_before_the_first_start(home: Home) -> None:
    with pytest.raises(NotPrepared, match="Start the stack once: payouts up"):
        remembered_endpoints(home, {})


def test_it_tells_every_child_its_role_and_knows_when_to_stop_it(home: Home) -> None:
    children = ServiceChildren(
        home=home, endpoints=ENDPOINTS, stack_secrets=keep_or_make_secrets(home), environ={}
    )
    specs = (children.sandbox_bank(), *children.django())
    assert {spec.environment["PAYOUTS_ROLE"] for spec in specs} == {spec.name for spec in specs}
    assert {spec.name for spec in specs} | {"postgres", "valkey"} == set(STOP_ORDER)
