"""The System page: for those who look after the whole service."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.environment import Environment
from access.roles import Role
from config import celery_app
from console.frame.current_organization import SESSION_KEY
from events.models import Event
from heartbeats.repositories import beat
from heartbeats.signs_of_life import Role as ProcessRole
from tests.console.cast import Records, make_operator, sign_in, text_of
from tests.factories import make_organization
from tests.heartbeats.test_heartbeats import let_pass

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import Settings

    from tests.sandbox_bank.bank_client import BankClient

SYSTEM, SWITCH = "/admin/system/", "/admin/system/sandbox-bank/"
FAULTY = {
    "latency_ms": "250",
    "in_flight_ms": "0",
    "lost_reply_rate": "0",
    "error_rate": "0.5",
    "idempotent": "on",
}
MOST_QUERIES = 15


@pytest.fixture
def administrator(acme: Records) -> Client:
    return sign_in(make_operator("ada", acme.organization, role=Role.ADMINISTRATOR))


@pytest.mark.parametrize("path", [SYSTEM, "/admin/system/live/"])
def test_it_shows_administrators_the_whole_service(administrator: Client, path: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = text_of(administrator.get(path))

    for heading in ("Processes", "Queue", "What waits", "Open payouts by stage", "Versions"):
        assert f">{heading}</h2>" in page
    assert len(queries) <= MOST_QUERIES


@pytest.mark.parametrize("path", [SYSTEM, "/admin/system/live/", SWITCH])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.APPROVER])
def test_it_is_for_nobody_else(acme: Records, role: Role, path: str) -> None:
    client = sign_in(make_operator("olga", acme.organization, role=role))

    assert client.get(path).status_code == HTTPStatus.FORBIDDEN
    assert client.post(path, FAULTY).status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED}
    assert reverse("admin:system") not in text_of(client.get("/admin/"))


@pytest.mark.django_db(transaction=True)
def test_it_shows_every_process_and_which_of_them_is_late(superuser: Client) -> None:
    beat(role=ProcessRole.WORKER, instance="worker-one")
    let_pass(timedelta(minutes=5))
    beat(role=ProcessRole.RELAY, instance="relay-one")

    page = text_of(superuser.get(SYSTEM))

    late = page.partition("worker-one")[2].partition("</tr>")[0]
    assert ("5 min ago" in late, ">late<" in late) == (True, True)
    assert ">at work<" in page.partition("relay-one")[2].partition("</tr>")[0]
    assert "No worker shows itself." in page
    assert "No relay shows itself." not in page
    assert "(no_live_worker)" in page


def test_it_answers_without_redis(superuser: Client, settings: Settings, own_cache: None) -> None:  # noqa: ARG001  whose breaker is another's
    nobody = "redis://127.0.0.1:1/0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": nobody}}
    before = celery_app.conf.broker_url
    celery_app.conf.update(broker_url=nobody)
    try:
        page = text_of(superuser.get(SYSTEM))
    finally:
        celery_app.conf.update(broker_url=before)

    assert "does not answer" in page.partition(">Redis<")[2].partition("</div>")[0]
    assert ">unknown<" in page.partition(">Queue<")[2].partition("</section>")[0]


def switch(client: Client, **changes: str) -> Answer:
    return client.post(SWITCH, FAULTY | {"reason": "to try retries"} | changes)


def test_it_shows_the_sandbox_bank_and_switches_it(
    administrator: Client, acme: Records, bank: BankClient
) -> None:
    bank.behave(latency_ms=40)
    assert "40 ms" in text_of(administrator.get(SYSTEM))
    assert 'value="40"' in text_of(administrator.get(SWITCH))

    response = switch(administrator)

    assert (response.status_code, response["Location"]) == (HTTPStatus.FOUND, SYSTEM)
    behaviour = bank.behave(in_flight_ms=0)
    assert (behaviour["latency_ms"], behaviour["error_rate"]) == (250, 0.5)
    event = Event.objects.get(type="SandboxBankSwitched")
    assert (event.organization_id, event.actor) == (acme.organization.pk, "operator:ada")
    assert event.data["before"] == {"latency_ms": 40, "error_rate": 0.0}
    assert event.data["reason"] == "to try retries"


def test_it_offers_no_switch_to_who_may_only_look(reader: Client, bank: BankClient) -> None:
    page = text_of(reader.get(SYSTEM))

    assert ("Sandbox bank" in page, SWITCH in page) == (True, False)
    assert switch(reader).status_code == HTTPStatus.FORBIDDEN
    assert bank.behave(in_flight_ms=0)["latency_ms"] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"latency_ms": "-1"},
        {"latency_ms": "600001"},
        {"error_rate": "1.1"},
        {"error_rate": "nan"},
        {"reason": ""},
    ],
)
def test_it_takes_no_switch_without_sense(
    administrator: Client, bank: BankClient, changes: dict[str, str]
) -> None:
    assert 'class="errors"' in text_of(switch(administrator, **changes))
    assert bank.behave(in_flight_ms=0)["latency_ms"] == 0


def test_it_says_that_the_bank_is_away(administrator: Client, settings: Settings) -> None:
    settings.SANDBOX_BANK_URL = "http://127.0.0.1:1"

    words = "The sandbox bank cannot be asked at the moment"
    page = text_of(administrator.get(SYSTEM))
    assert words in page
    assert SWITCH not in page
    assert words in text_of(administrator.get(SWITCH, follow=True))
    assert words in text_of(switch(administrator))


@pytest.mark.django_db
def test_it_switches_no_bank_for_a_live_organization(bank: BankClient) -> None:
    live = make_organization("Real", Environment.LIVE)
    ensure_nothing_is_switched(sign_in(make_operator("ada", live, role=Role.ADMINISTRATOR)), bank)


def test_it_switches_no_bank_where_that_is_not_allowed(
    administrator: Client, bank: BankClient, settings: Settings
) -> None:
    settings.SANDBOX_BANK_SWITCHES = False
    ensure_nothing_is_switched(administrator, bank)


def ensure_nothing_is_switched(client: Client, bank: BankClient) -> None:
    assert "Sandbox bank" not in text_of(client.get(SYSTEM))
    assert client.get(SWITCH).status_code == HTTPStatus.FORBIDDEN
    assert switch(client).status_code == HTTPStatus.FORBIDDEN
    assert bank.behave(in_flight_ms=0)["latency_ms"] == 0


def test_it_switches_for_the_organization_that_is_worked_for(acme: Records, bank: BankClient) -> None:
    live = make_organization("Real", Environment.LIVE)
    client = sign_in(make_operator("ada", acme.organization, live, role=Role.ADMINISTRATOR))
    session = client.session
    session[SESSION_KEY] = live.pk
    session.save()

    ensure_nothing_is_switched(client, bank)
