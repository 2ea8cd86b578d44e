"""What operators see first: what needs them, the figures, and whether the service is alive."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.roles import Role
from core.money import Money
from payouts.application.change_status import change_status
from payouts.application.hold_payout import hold_payout
from payouts.domain.status import Status
from tests.console.cast import Records, make_operator, sign_in, take_over, text_of
from tests.factories import NOON, make_caller, make_payout, make_recipient
from tests.payouts.selectors.rows import add_payout

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

    from payouts.models import Payout

DASHBOARD, LIVE = "/admin/", "/admin/dashboard/live/"
MOST_QUERIES = 15


@pytest.fixture
def viewer(acme: Records) -> Client:
    return sign_in(make_operator("vera", acme.organization, role=Role.VIEWER))


def need(page: str, name: str) -> tuple[str, str]:
    """What the dashboard counts under the name, and where it leads to."""
    found = re.search(rf'id="need-{name}"[^>]*href="([^"]*)"><span class="figure">([^<]*)<', page)
    assert found is not None
    return found[2], unescape(found[1])


@pytest.mark.parametrize("path", [DASHBOARD, LIVE])
@pytest.mark.parametrize("period", ["today", "7d", "30d", "", "century"])
def test_it_shows_a_viewer_everything_in_few_queries(viewer: Client, path: str, period: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = viewer.get(path, {"period": period})

    page = text_of(response)
    assert response.status_code == HTTPStatus.OK
    assert len(queries) <= MOST_QUERIES
    for heading in ("What needs a person", "Payouts by day", "The system's pulse"):
        assert f">{heading}</h2>" in page


def test_it_leads_to_what_needs_a_person(viewer: Client, acme: Records, globex: Records) -> None:
    for records in (acme, globex):
        payout = make_payout(records.recipient)
        hold_payout(
            caller=make_caller(records.organization), payout_id=payout.pk, reason="wait", now=timezone.now()
        )
    page = text_of(viewer.get(DASHBOARD))

    payouts = "/admin/payouts/payout/"
    assert need(page, "held") == ("1", f"{payouts}?stage=on_hold")
    assert need(page, "unknown") == ("0", f"{payouts}?stage=unknown")
    assert need(page, "review") == ("0", f"{payouts}?stage=needs_review")
    assert need(page, "failed") == ("0", f"{payouts}?status=FAILED&created=today")
    assert need(page, "settlements") == ("0", "/admin/payouts/settlement/?state=proposed")


def test_it_adds_up_by_currency_what_the_organization_paid(
    viewer: Client, acme: Records, globex: Records
) -> None:
    yen = make_recipient(acme.organization, name="Payee in Japan")
    pay(make_payout(yen, money=Money(1_234_567, "JPY")))
    pay(make_payout(globex.recipient))

    page = text_of(viewer.get(DASHBOARD, {"period": "today"}))

    row = page.partition("<strong>JPY</strong>")[2].partition("</tr>")[0]
    assert "1\u202f234\u202f567" in row
    assert "100.0 %" in row
    assert "status=COMPLETED&amp;currency=JPY&amp;created=today" in row
    assert (
        "201.00" in page.partition("<strong>USD</strong>")[2].partition("</tr>")[0]
    )  # two in flight, of Acme alone


def pay(payout: Payout) -> None:
    take_over(payout)
    change_status(
        caller=make_caller(payout.organization),
        payout_id=payout.pk,
        target=Status.COMPLETED,
        reason="paid by hand",
        now=timezone.now(),
    )


@pytest.mark.usefixtures("own_cache")
def test_it_shows_the_figures_of_the_period_alone(acme: Records) -> None:
    for days in (0, 3, 6, 7, 29, 30):
        add_payout(acme.recipient, age=timedelta(days=days), took=timedelta(seconds=100 if days else 2))

    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        client = sign_in(make_operator("vera", acme.organization, role=Role.VIEWER))
        pages = {
            period: text_of(client.get(DASHBOARD, {"period": period})) for period in ("today", "7d", "30d")
        }

    paid = {period: page.partition('id="total-1"')[2].partition("</a>")[0] for period, page in pages.items()}
    assert [text.rpartition(">")[2] for text in paid.values()] == ["1", "3", "5"]
    assert '<dd class="figure">2.1 s</dd>' in pages["today"]
    assert re.search(r'<dd class="figure">10\d s</dd>', pages["30d"])


def test_it_draws_every_day_of_the_period_also_those_without_payouts(viewer: Client) -> None:
    for period, days in (("today", 7), ("7d", 7), ("30d", 30)):
        page = text_of(viewer.get(DASHBOARD, {"period": period}))
        data = json.loads(page.partition('id="volume-data" type="application/json">')[2].partition("<")[0])

        counts = {series["status"]: series["counts"] for series in data["series"]}
        assert len(data["days"]) == days
        assert counts["processing"] == [0] * (days - 1) + [1]
        assert counts["new"] == [0] * (days - 1) + [1]
        assert page.count('<td data-label="Day (UTC)">') == days


def test_it_says_what_is_missing_to_who_works_for_nobody(outsider: Client) -> None:
    for path in (DASHBOARD, LIVE):
        response = outsider.get(path)

        assert response.status_code == HTTPStatus.OK
        assert "You work for no organization yet." in text_of(response)
        assert "Payouts by day" not in text_of(response)


def test_it_shows_no_figures_to_who_may_not_see_payouts(acme: Records) -> None:
    client = sign_in(make_operator("kim", acme.organization, permissions="view_apikey"))

    for path in (DASHBOARD, LIVE):
        page = text_of(client.get(path))

        assert "You may not look at payouts." in page
        assert "The system's pulse" in page
        assert ">USD<" not in page
        assert "need-" not in page


def test_it_leaves_out_settlements_for_who_may_not_see_them(acme: Records) -> None:
    client = sign_in(make_operator("kim", acme.organization, permissions="view_payout"))

    page = text_of(client.get(DASHBOARD))

    assert "need-unknown" in page
    assert "need-settlements" not in page


def test_it_counts_nothing_of_other_organizations_in_the_pulse(viewer: Client, globex: Records) -> None:
    for _ in range(3):
        make_payout(globex.recipient)

    pulse = text_of(viewer.get(DASHBOARD)).partition('id="pulse"')[2]

    assert "on its way" in pulse
    assert not re.search(r">\s*\d", pulse.partition("</section>")[0])


def test_it_says_when_redis_is_away_and_shows_the_rest(viewer: Client, settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}

    page = text_of(viewer.get(DASHBOARD))

    assert "does not answer" in page.partition(">Redis<")[2].partition("</div>")[0]
    assert "answers" in page.partition(">Database<")[2].partition("</div>")[0]
    assert "What needs a person" in page


def test_it_loads_the_page_anew_for_who_is_signed_out(viewer: Client) -> None:
    viewer.logout()

    response = viewer.get(LIVE)

    assert (response["HX-Refresh"], response.content) == ("true", b"")
    assert "no-store" in response["Cache-Control"]


def test_it_changes_nothing_by_a_poll(viewer: Client) -> None:
    assert viewer.post(LIVE).status_code == HTTPStatus.METHOD_NOT_ALLOWED
