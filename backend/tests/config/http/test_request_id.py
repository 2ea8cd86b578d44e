from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import structlog
from rest_framework.test import APIClient

from core.log_context import work_is_about
from core.request_context import request_id
from tests import factories

if TYPE_CHECKING:
    from django.test import Client
    from structlog.typing import EventDict

    from access.models import Organization

LIVE = "/health/live/"


@pytest.mark.parametrize("offered", ["12345678", "a.b_c-D9", "x" * 64])
def test_it_takes_over_a_sane_id(client: Client, offered: str) -> None:
    assert client.get(LIVE, headers={"X-Request-ID": offered})["X-Request-ID"] == offered


@pytest.mark.parametrize(
    "offered", ["", "short", "x" * 65, "with blank", "ключ-ключ", "<script>", "line\nbreak", "a;b" * 5]
)
def test_it_replaces_another_id(client: Client, offered: str) -> None:
    given = client.get(LIVE, headers={"X-Request-ID": offered})["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", given)


def test_it_makes_a_new_id_for_each_request(client: Client) -> None:
    assert client.get(LIVE)["X-Request-ID"] != client.get(LIVE)["X-Request-ID"]


def test_it_leaves_no_id_behind(client: Client) -> None:
    client.get(LIVE, headers={"X-Request-ID": "request-0001"})
    assert request_id.get() == ""


def test_it_logs_one_line_for_a_request(organization: Organization) -> None:
    key = factories.make_key(organization)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    with structlog.testing.capture_logs() as lines:
        client.get("/api/payouts/12/?cursor=x")
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "api/payouts/<str:payout_id>/", 400)
    assert line["actor"] == f"api-key:{key.split('_')[2]}"
    assert line["duration_ms"] >= 0


def test_it_logs_a_request_to_nowhere(client: Client) -> None:
    with structlog.testing.capture_logs() as lines:
        client.get("/nonesuch/")
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["route"], line["actor"], line["status"]) == ("", "", 404)


def test_it_says_for_which_organization(
    organization: Organization, client: Client, log_lines: list[EventDict]
) -> None:
    caller = APIClient()
    caller.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.make_key(organization)}")
    caller.get("/api/payouts/")
    assert work_is_about() == {}
    client.get("/api/payouts/")  # the same thread, and nobody's

    requests = [line for line in log_lines if line["event"] == "request"]
    assert [line["status"] for line in requests] == [200, 401]
    assert [line.get("organization_id") for line in requests] == [organization.pk, None]


def test_it_logs_no_method_that_a_client_made_up(client: Client) -> None:
    with structlog.testing.capture_logs() as lines:
        client.generic("UA1234567890", LIVE)
        client.generic("UA1234567890", "/api/payouts/")
    assert "UA1234567890" not in str(lines)
