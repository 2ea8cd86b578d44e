from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infrastructure.metrics.counted import Rise, values_in

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings
    from rest_framework.test import APIClient

REQUESTS, SECONDS = "payouts_http_requests_total", "payouts_http_request_seconds_count"
TOKEN = "a-token-for-metrics-of-which-nobody-knows"


@pytest.mark.django_db
def test_it_counts_and_times_requests_by_the_pattern_of_their_route(api: APIClient) -> None:
    rise = Rise()
    for number in (1, 2, 3):
        assert api.get(f"/api/payouts/{number}/").status_code == 404
    route = "api/payouts/<str:payout_id>/"
    assert rise.of(REQUESTS, method="GET", route=route, status="404") == 3
    assert rise.of(SECONDS, method="GET", route=route, status_class="4xx") == 3


@pytest.mark.django_db
def test_it_counts_what_was_refused_on_its_way(client: Client) -> None:
    rise = Rise()
    client.get("/health/live/", headers={"Host": "stranger.example"})
    client.get("/nowhere/UA1234567890/")
    client.generic("PROPFIND", "/health/live/")
    assert rise.of(REQUESTS, method="GET", route="health/live/", status="200") == 0
    assert rise.of(REQUESTS, method="GET", route="unmatched", status="404") == 1
    assert rise.of(REQUESTS, method="other", route="health/live/", status="405") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ["", f"Bearer {TOKEN}", "Bearer "])
def test_it_is_not_there_where_no_token_is_set(client: Client, settings: Settings, sent: str) -> None:
    settings.METRICS_TOKEN = ""
    answer = client.get("/metrics", headers={"Authorization": sent})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "sent", ["", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", f"Bearer {TOKEN} x", "Bearer ü"]
)
def test_it_is_closed_to_whoever_has_not_the_token(client: Client, settings: Settings, sent: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = client.get("/metrics", headers={"Authorization": sent})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "wrong_metrics_token"


@pytest.mark.django_db
def test_it_shows_the_metrics_to_whoever_has_the_token(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    client.get("/health/live/")
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert values_in(answer.content, "payouts_database_up") == [1]
    assert values_in(answer.content, REQUESTS, route="health/live/")


def test_it_takes_nothing_that_changes_anything(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert client.post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405
