from __future__ import annotations

import hmac
import time
from statistics import median
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from access.key_check import Reason, RefusedKey, check_key
from access.models import ApiKey
from core.networks import read_address, read_network
from tests.access.keyring import refused_bearers
from tests.factories import A_MINUTE, make_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings
    from structlog.typing import EventDict

    from access.models import Organization

HERE = read_address("192.0.2.1")
REASONS = {
    "an empty key": Reason.UNKNOWN,
    "a malformed key": Reason.UNKNOWN,
    "a wrong checksum": Reason.UNKNOWN,
    "an unknown key": Reason.UNKNOWN,
    "a wrong secret": Reason.WRONG_SECRET,
    "a live key of that id": Reason.WRONG_SECRET,
    "a revoked key": Reason.REVOKED,
    "an expired key": Reason.EXPIRED,
    "a wrong network": Reason.WRONG_NETWORK,
    "a mismatched environment": Reason.WRONG_ENVIRONMENT,
}


@pytest.fixture
def wrong_keys(organization: Organization) -> dict[str, str]:
    return {bearer.name: bearer.text for bearer in refused_bearers(organization) if bearer.text is not None}


def check(text: str) -> ApiKey | RefusedKey:
    return check_key(text, address=HERE, now=timezone.now())


def test_it_knows_why_it_refuses(wrong_keys: dict[str, str]) -> None:
    found = {name: check(text) for name, text in wrong_keys.items()}

    assert {
        name: refused.reason for name, refused in found.items() if isinstance(refused, RefusedKey)
    } == REASONS


def test_it_does_the_same_work_however_wrong_a_key_is(
    wrong_keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = {name: work_for(text, monkeypatch) for name, text in wrong_keys.items()}

    assert set(done.values()) == {(1, 1, 1)}


def work_for(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, int]:
    """How many look-ups, keyed hashes and comparisons; what stands in their place counts and goes on."""
    hashes, comparisons = list[int](), list[int]()
    with monkeypatch.context() as patched, CaptureQueriesContext(connection) as queries:
        patched.setattr(hmac, "digest", counted(hmac.digest, hashes))
        patched.setattr(hmac, "compare_digest", counted(hmac.compare_digest, comparisons))
        check(text)
    return len(queries), len(hashes), len(comparisons)


def counted(function: Callable[..., object], calls: list[int]) -> Callable[..., object]:
    def call(*arguments: object) -> object:
        calls.append(1)
        return function(*arguments)

    return call


def test_it_takes_as_long_however_wrong_a_key_is(wrong_keys: dict[str, str]) -> None:
    # In turn, so that what else the machine does falls upon all of them alike.
    taken: dict[str, list[float]] = {name: [] for name in wrong_keys}
    for _ in range(60):
        for name, text in wrong_keys.items():
            started = time.perf_counter()
            check(text)
            taken[name].append(time.perf_counter() - started)

    medians = [median(times) for times in taken.values()]
    # Without a look-up it would be twenty times faster.
    assert max(medians) < 3 * min(medians)


def test_it_tells_the_log_why_and_never_the_key(
    wrong_keys: dict[str, str], log_lines: list[EventDict]
) -> None:
    for text in wrong_keys.values():
        client = APIClient(REMOTE_ADDR="192.0.2.1")
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        answer = client.get("/api/payouts/")
        assert (answer.status_code, answer.json()["detail"]) == (401, "The API key is not valid.")

    lines = [line for line in log_lines if line["event"] == "api_key_refused"]
    assert [line["reason"] for line in lines] == [REASONS[name].value for name in wrong_keys]
    assert lines[-1]["public_id"] == wrong_keys["a mismatched environment"].split("_")[2]
    assert not any(
        text and text.split("_")[-1] in str(log_lines) for text in wrong_keys.values() if "_" in text
    )


def test_it_lets_a_key_in_until_it_expires(organization: Organization) -> None:
    now = timezone.now()
    text = make_token(organization, expires_at=now + A_MINUTE).reveal()

    assert isinstance(check_key(text, address=HERE, now=now), ApiKey)
    late = check_key(text, address=HERE, now=now + A_MINUTE)
    assert isinstance(late, RefusedKey)
    assert late.reason is Reason.EXPIRED


@pytest.mark.parametrize(
    ("networks", "address", "is_let_in"),
    [
        ([], "192.0.2.1", True),
        ([], "", True),
        (["192.0.2.0/24"], "192.0.2.1", True),
        (["192.0.2.0/24"], "::ffff:192.0.2.1", True),
        (["192.0.2.0/24"], "192.0.3.1", False),
        (["192.0.2.0/24"], "", False),
        (["192.0.2.0/24", "2001:db8::/32"], "2001:db8::1", True),
        (["192.0.2.0/24"], "2001:db8::1", False),
        (["192.0.2.1"], "192.0.2.1", True),
    ],
)
def test_it_lets_a_key_in_from_its_networks(
    organization: Organization, networks: list[str], address: str, *, is_let_in: bool
) -> None:
    text = make_token(organization, allowed_networks=networks).reveal()

    checked = check_key(text, address=read_address(address), now=timezone.now())

    assert isinstance(checked, ApiKey) is is_let_in


def test_it_lets_no_forged_address_into_a_network(organization: Organization, settings: Settings) -> None:
    text = make_token(organization, allowed_networks=["198.51.100.0/24"]).reveal()

    def ask(peer: str, forwarded_for: str) -> int:
        client = APIClient(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded_for)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return client.get("/api/payouts/").status_code

    assert ask("192.0.2.1", "198.51.100.9") == 401
    settings.TRUSTED_PROXIES = (read_network("192.0.2.1"),)
    assert ask("192.0.2.1", "198.51.100.9, 203.0.113.5") == 401
    assert ask("192.0.2.1", "198.51.100.9") == 200


def test_it_knows_keys_that_were_hashed_with_an_earlier_hash_key(
    organization: Organization, settings: Settings
) -> None:
    earlier = make_token(organization).reveal()
    settings.API_KEY_HASH_KEY, before = "another", settings.API_KEY_HASH_KEY
    assert isinstance(check(earlier), RefusedKey)

    settings.API_KEY_HASH_KEY_FALLBACKS = ["one in between", before]
    assert isinstance(check(earlier), ApiKey)
    assert isinstance(check(make_token(organization).reveal()), ApiKey)
