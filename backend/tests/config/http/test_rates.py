"""How much one may ask for, and what they are told about it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis.connection import Connection
from rest_framework.test import APIClient

from access.application.revoke_api_key import revoke_api_key
from access.roles import Role
from access.scopes import Scope
from config.interfaces.http import rates
from config.interfaces.http.blocked_addresses import MOST_REMEMBERED, BlockedAddresses
from core.networks import read_network
from infrastructure import redis_breaker
from tests.console.cast import make_operator
from tests.factories import make_key, make_payout
from tests.infrastructure.metrics.counted import Rise
from tests.payouts.api.test_callbacks import post_signed

if TYPE_CHECKING:
    from pytest_django import Settings
    from rest_framework.response import _MonkeyPatchedResponse as Answer

    from access.models import Organization
    from payouts.models import Recipient

PAYOUTS = "/api/payouts/"
CALLBACKS = "/api/rails/sandbox/callbacks/"
WRONG = "pk_test_wrong"
PER_KEY, PER_OPERATOR, PER_ADDRESS = 3, 2, 2


@dataclass
class Clock:
    """Ten seconds into a minute, until it is put on."""

    now: float = 1_780_000_030.0

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Counters and memories of this test alone, in a minute that does not end by itself."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": f"rates-{time.time_ns()}"}}
    settings.API_KEY_RATE, settings.OPERATOR_RATE = PER_KEY, PER_OPERATOR
    settings.ANONYMOUS_RATE = PER_ADDRESS
    monkeypatch.setattr(rates, "_blocked", BlockedAddresses())
    monkeypatch.setattr(redis_breaker, "_breaker", redis_breaker.RedisBreaker())
    made = Clock()
    monkeypatch.setattr(rates, "time", made)
    return made


@pytest.fixture
def key(organization: Organization) -> str:
    return make_key(organization)


def ask(
    key: str | None = None, path: str = PAYOUTS, *, method: str = "get", body: Any = None, **meta: str
) -> Answer:
    client = APIClient(**cast("dict[str, Any]", {"REMOTE_ADDR": "192.0.2.1"} | meta))
    if key is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    answer: Answer = getattr(client, method)(path, body, format="json")
    return answer


def statuses(times: int, *arguments: Any, **options: Any) -> list[int]:
    return [ask(*arguments, **options).status_code for _ in range(times)]


def test_it_tells_a_key_what_is_left_and_until_when(key: str, clock: Clock) -> None:
    first = ask(key)
    clock.now += 9.5
    second = ask(key)

    assert first["RateLimit-Policy"] == second["RateLimit-Policy"] == '"key";q=3;w=60'
    assert (first["RateLimit"], second["RateLimit"]) == ('"key";r=2;t=50', '"key";r=1;t=41')


def test_it_stops_a_key_that_has_spent_its_minute_until_the_next(key: str, clock: Clock) -> None:
    assert statuses(4, key) == [200, 200, 200, 429]
    refused = ask(key)

    assert (refused["Retry-After"], refused["RateLimit"]) == ("50", '"key";r=0;t=50')
    assert refused["Content-Type"] == "application/problem+json"
    assert (refused.json()["code"], refused.json()["status"]) == ("throttled", 429)
    clock.now += 49.9
    assert ask(key)["Retry-After"] == "1"
    clock.now += 0.1
    assert ask(key).status_code == 200


def test_it_stops_a_key_before_the_work(key: str, recipient: Recipient) -> None:
    statuses(PER_KEY, key)
    body = {"recipient_id": recipient.pk, "amount": "1", "currency": "USD", "idempotency_key": "rate-key-1"}

    with CaptureQueriesContext(connection) as queries:
        assert ask(key, method="post", body=body).status_code == 429
    assert len(queries) == 1  # the look-up of the key


def test_it_counts_each_key_by_itself_from_wherever_it_asks(key: str, organization: Organization) -> None:
    assert statuses(PER_KEY, key, REMOTE_ADDR="192.0.2.7") == [200] * PER_KEY

    assert ask(key, REMOTE_ADDR="192.0.2.8").status_code == 429
    assert ask(make_key(organization), REMOTE_ADDR="192.0.2.7").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("put", PAYOUTS, 405), ("get", f"{PAYOUTS}7/", 404), ("get", f"{PAYOUTS}?x=1", 400)],
)
def test_it_counts_against_a_key_what_it_is_refused(key: str, method: str, path: str, status: int) -> None:
    assert statuses(4, key, path, method=method) == [status] * PER_KEY + [429]


def test_it_counts_against_a_key_what_it_lacks_the_scope_for(organization: Organization) -> None:
    narrow = make_key(organization, [Scope.EVENTS_READ])

    assert ask(narrow)["RateLimit"] == '"key";r=2;t=50'
    assert statuses(3, narrow) == [403, 403, 429]


def test_it_counts_each_operator_over_all_their_sessions(organization: Organization) -> None:
    jane = make_operator("jane", organization, role=Role.VIEWER)

    def visit() -> Answer:
        client = APIClient()
        client.force_login(jane)
        answer: Answer = client.get(PAYOUTS)
        return answer

    assert visit()["RateLimit-Policy"] == '"operator";q=2;w=60'
    assert [visit().status_code for _ in range(2)] == [200, 429]


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("credentials", [None, WRONG, "pk_test_0000", ""])
def test_it_counts_who_does_not_show_who_it_is_by_address(credentials: str | None) -> None:
    first = ask(credentials)

    assert (first.status_code, first["RateLimit-Policy"]) == (401, '"anonymous";q=2;w=60')
    assert first["RateLimit"] == '"anonymous";r=1;t=50'
    assert statuses(2, credentials) == [401, 429]
    assert ask(credentials, REMOTE_ADDR="192.0.2.2").status_code == 401


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(("path", "status"), [("/api/schema/", 200), ("/api/nothing/", 404)])
def test_it_counts_what_is_open_to_all_by_address(path: str, status: int) -> None:
    assert statuses(3, None, path) == [status, status, 429]


@pytest.mark.usefixtures("db")
def test_it_looks_nothing_up_for_a_flood() -> None:
    statuses(PER_ADDRESS + 1, WRONG)

    with CaptureQueriesContext(connection) as queries:
        refused = ask(WRONG)
    assert (refused.status_code, refused["Retry-After"], len(queries)) == (429, "50", 0)
    assert refused["RateLimit"] == '"anonymous";r=0;t=50'


def test_it_lets_no_key_suffer_from_its_neighbours(key: str, clock: Clock) -> None:
    ask(key)
    statuses(PER_ADDRESS + 3, WRONG)
    assert ask(WRONG).status_code == 429

    assert ask(key).status_code == 200
    clock.now += 60
    assert ask(WRONG).status_code == 401


def test_it_looks_a_revoked_key_up_once_more_and_never_again_in_a_flood(key: str) -> None:
    ask(key)
    statuses(PER_ADDRESS + 1, WRONG)
    revoke_api_key(public_id=key.split("_")[2], actor="test", now=timezone.now())

    ask(key)
    with CaptureQueriesContext(connection) as queries:
        assert ask(key).status_code == 429
    assert len(queries) == 0


def test_it_makes_a_key_that_it_has_never_seen_wait_for_the_end_of_a_flood(
    organization: Organization, clock: Clock
) -> None:
    statuses(PER_ADDRESS + 1, WRONG)
    fresh = make_key(organization)

    assert ask(fresh).status_code == 429
    clock.now += 50
    assert ask(fresh).status_code == 200


def test_it_lets_an_operator_not_suffer_from_their_neighbours(organization: Organization) -> None:
    jane = make_operator("jane", organization, role=Role.VIEWER)
    client = APIClient(REMOTE_ADDR="192.0.2.1")
    client.force_login(jane)
    client.get(PAYOUTS)
    statuses(PER_ADDRESS + 1, WRONG)

    assert client.get(PAYOUTS).status_code == 200


def test_it_never_counts_a_wrong_secret_against_the_key(key: str) -> None:
    statuses(PER_KEY, key[:-7] + "0000000")

    assert ask(key, REMOTE_ADDR="192.0.2.9")["RateLimit"] == '"key";r=2;t=50'


@pytest.mark.usefixtures("db")
def test_it_believes_no_forged_address(settings: Settings) -> None:
    forged = [ask(WRONG, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}").status_code for n in range(3)]
    assert forged == [401, 401, 429]

    settings.TRUSTED_PROXIES = (read_network("192.0.2.1"),)
    behind = [ask(WRONG, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}, 203.0.113.5").status_code for n in range(3)]
    assert behind == [401, 401, 429]
    assert ask(WRONG, HTTP_X_FORWARDED_FOR="203.0.113.6").status_code == 401


@pytest.mark.usefixtures("db")
def test_it_counts_the_addresses_of_one_subscriber_together() -> None:
    inside = [ask(WRONG, REMOTE_ADDR=f"2001:db8:1:2::{n:x}").status_code for n in range(3)]

    assert inside == [401, 401, 429]
    assert ask(WRONG, REMOTE_ADDR="2001:db8:1:3::1").status_code == 401


@pytest.mark.usefixtures("db")
def test_it_counts_all_without_an_address_together() -> None:
    assert statuses(3, WRONG, REMOTE_ADDR="") == [401, 401, 429]


@pytest.mark.usefixtures("db")
def test_it_stops_no_callback_before_its_signature_was_looked_at() -> None:
    here = "127.0.0.1"
    unsigned = statuses(4, None, CALLBACKS, method="post", body={}, REMOTE_ADDR=here)
    assert unsigned == [401, 401, 429, 429]
    assert ask(WRONG, REMOTE_ADDR=here).status_code == 429

    # Refused before the signature was looked at.
    assert ask(None, f"{CALLBACKS}?x=1", method="post", REMOTE_ADDR=here).status_code == 429

    # Signed, and told that it makes no sense: it was read.
    assert [post_signed("{}").status_code for _ in range(4)] == [400] * 4


def test_it_counts_nothing_that_the_service_failed_at(key: str) -> None:
    def fail(*_: object) -> None:
        raise OperationalError

    with connection.execute_wrapper(fail):
        away = ask(key)
        assert statuses(3, key) == [503] * 3

    assert "RateLimit" not in away
    assert ask(key).status_code == 200


@pytest.mark.usefixtures("db")
def test_it_limits_nobody_who_asks_for_its_health() -> None:
    statuses(PER_ADDRESS + 1, WRONG)

    answers = [ask(None, "/health/live/") for _ in range(4)]
    assert {answer.status_code for answer in answers} == {200}
    assert not any("RateLimit-Policy" in answer for answer in answers)


def test_it_lets_requests_pass_while_redis_is_away(key: str, settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    started = time.monotonic()
    answers = [ask(key) for _ in range(PER_KEY + 2)]

    assert {answer.status_code for answer in answers} == {200}
    assert time.monotonic() - started < 2
    assert not any("RateLimit" in answer for answer in answers)
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"key";q=3;w=60'}
    assert statuses(PER_ADDRESS + 2, WRONG) == [401] * (PER_ADDRESS + 2)


def test_it_asks_redis_once_for_each_request(
    key: str, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    payout = make_payout(recipient)
    ask(key)
    sent = list[object]()
    send: Any = Connection.send_packed_command

    def note(self: Connection, command: object, *options: Any, **named: Any) -> None:
        sent.append(command)
        send(self, command, *options, **named)

    monkeypatch.setattr(Connection, "send_packed_command", note)

    assert ask(key, f"{PAYOUTS}{payout.pk}/").status_code == 200
    assert len(sent) == 1


def test_it_remembers_so_many_addresses_and_no_more() -> None:
    blocked = BlockedAddresses()
    for number in range(MOST_REMEMBERED + 5):
        blocked.block(f"address {number}", until=2.0)

    assert len(blocked._until) == MOST_REMEMBERED
    assert "address 0" not in blocked._until


def test_it_counts_whom_it_stops_by_their_quota(key: str) -> None:
    rise = Rise()
    assert statuses(5, key) == [200, 200, 200, 429, 429]
    assert statuses(4, WRONG) == [401, 401, 429, 429]  # the last one unseen
    assert rise.of("payouts_http_limited_total", quota="key") == 2
    assert rise.of("payouts_http_limited_total", quota="anonymous") == 2
