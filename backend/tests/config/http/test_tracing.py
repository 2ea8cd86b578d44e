from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse
from rest_framework.test import APIClient

from config.interfaces.http.tracing import TracingMiddleware
from events.models import PendingEvent
from infrastructure.tracing import write_traceparent
from payouts.models import Payout
from tests import factories
from tests.infrastructure.traced import Traced, traced
from tests.payouts.api.requests import payout_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from access.models import Organization
    from payouts.models import Recipient

CALLER = "00-11111111111111111111111111111111-2222222222222222-01"
NUMBER = "ZZ481516234200"


@pytest.fixture
def told(settings: Settings) -> Iterator[Traced]:
    settings.TRACING = True
    with traced() as told:
        yield told


@pytest.fixture
def http(organization: Organization) -> APIClient:
    client = APIClient(headers={"traceparent": CALLER})
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.make_key(organization)}")
    return client


def request_spans(told: Traced) -> list[Any]:
    return [span for span in told.spans() if span.parent is None]


def test_it_is_not_there_when_tracing_is_off(settings: Settings) -> None:
    assert settings.TRACING is False
    with pytest.raises(MiddlewareNotUsed):
        TracingMiddleware(lambda _request: HttpResponse())


def test_it_measures_a_request_by_its_route(
    http: APIClient, told: Traced, organization: Organization
) -> None:
    answer = http.get("/api/payouts/1/")

    (span,) = request_spans(told)
    assert span.name == "GET api/payouts/<str:payout_id>/"
    assert dict(span.attributes) == {
        "http.request.method": "GET",
        "http.route": "api/payouts/<str:payout_id>/",
        "http.response.status_code": 404,
        "payouts.request_id": answer.headers["X-Request-ID"],
        "payouts.organization_id": organization.pk,
    }


def test_it_sends_nothing_of_what_clients_send(http: APIClient, told: Traced) -> None:
    http.get(f"/api/recipients/{NUMBER}/", {"name": NUMBER}, headers={"X-Note": NUMBER})
    http.post(
        "/api/recipients/", {"type": "INDIVIDUAL", "name": "Zebedee", "account_number": NUMBER}, format="json"
    )
    http.get(f"/no-such-page/{NUMBER}")
    http.generic("ZEBEDEE", "/api/payouts/")

    sent = json.dumps([span.to_json() for span in told.spans()])
    assert len(request_spans(told)) == 4
    assert "INSERT INTO" in sent
    assert NUMBER not in sent
    assert "zebedee" not in sent.lower()


@pytest.mark.parametrize("path", ["/health/live/", "/static/console/console.css", "/metrics"])
def test_it_leaves_out_what_machines_ask_for(path: str, http: APIClient, told: Traced) -> None:
    http.get(path)
    assert told.spans() == []


def test_it_keeps_the_trace_with_the_payout_and_its_marker(
    http: APIClient, told: Traced, recipient: Recipient, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(50) as captured:
        answer = http.post("/api/payouts/", payout_body(recipient), format="json")
    assert answer.status_code == 201

    (span,) = request_spans(told)
    payout = Payout.objects.get()
    assert payout.traceparent == write_traceparent(span.context)
    assert PendingEvent.objects.latest("pk").traceparent == payout.traceparent
    borders = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    assert len([query for query in captured.captured_queries if not query["sql"].startswith(borders)]) <= 5


def test_it_names_the_payouts_trace_in_a_repeat(http: APIClient, told: Traced, recipient: Recipient) -> None:
    body = payout_body(recipient)
    http.post("/api/payouts/", body, format="json")
    http.post("/api/payouts/", body, format="json")

    made, repeated = request_spans(told)
    assert made.context.trace_id != repeated.context.trace_id
    assert made.context.trace_id in {link.context.trace_id for link in repeated.links}
