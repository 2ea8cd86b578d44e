from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from access.application.note_key_uses import note_key_uses
from access.application.revoke_api_key import revoke_api_key
from access.models import ApiKey
from infrastructure import redis_breaker
from infrastructure.key_uses import note_key_uses as sweep
from infrastructure.rates import KEY_QUOTA, WINDOW_SECONDS, Quota, count_request, list_counted, window_of
from tests.factories import A_MINUTE, make_organization, make_token

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

    from access.api_key_token import ApiKeyToken
    from access.models import Organization


@pytest.fixture(autouse=True)
def _own_counters(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": f"uses-{time.time_ns()}"}}
    monkeypatch.setattr(redis_breaker, "_breaker", redis_breaker.RedisBreaker())


@pytest.fixture
def token(organization: Organization) -> ApiKeyToken:
    return make_token(organization)


def use(token: ApiKeyToken) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.reveal()}")
    assert client.get("/api/payouts/").status_code == 200


def last_use(token: ApiKeyToken) -> datetime | None:
    return ApiKey.objects.get(public_id=token.public_id).last_used_at


def test_it_notes_the_minute_of_the_last_use(organization: Organization, token: ApiKeyToken) -> None:
    idle = make_token(organization)
    use(token)
    assert last_use(token) is None

    sweep()

    noted = last_use(token)
    assert noted is not None
    assert timezone.now() - timedelta(seconds=WINDOW_SECONDS + 30) < noted <= timezone.now()
    assert last_use(idle) is None


def test_it_takes_no_wrong_secret_for_a_use(token: ApiKeyToken) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.reveal()[:-7]}0000000")
    client.get("/api/payouts/")

    sweep()

    assert last_use(token) is None


def test_it_writes_once_a_minute_and_never_backwards(
    token: ApiKeyToken, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    later = timezone.now() + A_MINUTE
    public_ids = [token.public_id]

    with django_assert_num_queries(3):  # with the borders of the transaction
        assert note_key_uses(public_ids=public_ids, used_at=later) == 1
    assert note_key_uses(public_ids=public_ids, used_at=later) == 0
    assert note_key_uses(public_ids=public_ids, used_at=later - A_MINUTE) == 0
    assert last_use(token) == later


def test_it_knows_of_no_use_before_the_key(token: ApiKeyToken) -> None:
    note_key_uses(public_ids=[token.public_id], used_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert last_use(token) == ApiKey.objects.get().created_at


def test_it_leaves_revoked_keys_as_they_are(token: ApiKeyToken) -> None:
    use(token)
    revoke_api_key(public_id=token.public_id, actor="test", now=timezone.now())

    sweep()
    note_key_uses(public_ids=[token.public_id], used_at=timezone.now())

    assert last_use(token) is None


def test_it_notes_nothing_and_fails_at_nothing_without_redis(token: ApiKeyToken, settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    use(token)

    sweep()

    assert last_use(token) is None


@pytest.mark.django_db(transaction=True)
def test_it_passes_by_a_key_that_is_locked() -> None:
    organization = make_organization()
    locked, free = make_token(organization), make_token(organization)

    def note() -> None:
        try:
            note_key_uses(public_ids=[locked.public_id, free.public_id], used_at=timezone.now())
        finally:
            connection.close()

    with transaction.atomic():
        ApiKey.objects.select_for_update().get(public_id=locked.public_id)
        thread = Thread(target=note)
        thread.start()
        thread.join(2)
        assert not thread.is_alive()

    assert last_use(locked) is None
    assert last_use(free) is not None


def test_it_counts_at_once_and_lists_who_was_counted() -> None:
    now, quota = time.time(), Quota(KEY_QUOTA, 1_000)
    threads = [
        Thread(target=lambda: [count_request(quota, "many", now=now) for _ in range(50)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    standing = count_request(quota, "many", now=now)

    assert standing is not None
    assert standing.used == 201
    assert list_counted(KEY_QUOTA, ["few", "many"], window=window_of(now)) == ["many"]
    assert list_counted(KEY_QUOTA, [], window=window_of(now)) == []
