"""The dashboard asks for itself anew while somebody may be looking, and tells when it is old."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from access.application.set_up_administrator import set_up_administrator
from payouts.application.hold_payout import hold_payout
from tests.factories import make_caller, make_organization, make_payout, make_recipient

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from access.models import Organization

pytestmark = pytest.mark.django_db(transaction=True)

LIVE = "**/admin/dashboard/live/**"
POLL_MS, OLD_MS = 16_000, 46_000
HIDE = """(isHidden) => {
    Object.defineProperty(document, "hidden", {value: isHidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
CHART = """() => {
    const {data} = Chart.getChart(document.querySelector("#volume-chart canvas"));
    const series = data.datasets.find(({label}) => label === "New");
    return [series.data.at(-1), series.backgroundColor];
}"""


@pytest.fixture
def dashboard(page: Page) -> Organization:
    """Open, of an organization with one payout; its clock goes on only as it is told."""
    organization = make_organization()
    make_payout(make_recipient(organization))
    set_up_administrator(username="ada", password="correct horse", organization=organization, actor="test")
    page.clock.install()
    page.goto("/admin/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#need-held .figure")).to_have_text("0")
    return organization


def hold_another(organization: Organization) -> None:
    payout = make_payout(make_recipient(organization))
    hold_payout(caller=make_caller(organization), payout_id=payout.pk, reason="wait", now=timezone.now())


def test_it_shows_what_is_new_while_somebody_may_be_looking(page: Page, dashboard: Organization) -> None:
    page.get_by_text("As a table").click()
    page.locator("#need-failed").focus()
    count, color = page.evaluate(CHART)
    hold_another(dashboard)

    page.clock.fast_forward(POLL_MS)

    expect(page.locator("#need-held .figure")).to_have_text("1")
    expect(page.get_by_role("cell", name="2", exact=True).first).to_be_visible()  # the table is still open
    expect(page.locator("#need-failed")).to_be_focused()
    assert (count, page.evaluate(CHART)) == (1, [2, color])

    page.get_by_role("button", name="Dark theme").click()
    assert page.evaluate(CHART)[1] != color

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(HIDE, arg=True)
    page.clock.fast_forward(POLL_MS)
    page.clock.fast_forward(POLL_MS)
    assert asked == []
    hold_another(dashboard)
    page.evaluate(HIDE, arg=False)
    expect(page.locator("#need-held .figure")).to_have_text("2")  # at once
    assert {url.partition("?")[0] for url in asked} == {f"{page.url.partition('?')[0]}dashboard/live/"}


def test_it_tells_when_it_is_old_and_goes_when_nobody_is_signed_in(
    page: Page, dashboard: Organization, complaints: list[str]
) -> None:
    notice = page.get_by_text("these figures are old")
    page.route(LIVE, lambda route: route.abort())
    page.clock.fast_forward(POLL_MS)
    expect(notice).to_be_hidden()  # one answer that is missing is no news

    page.clock.fast_forward(OLD_MS)
    expect(notice).to_be_visible()
    expect(page.locator("#notices")).to_be_empty()

    page.unroute(LIVE)
    hold_another(dashboard)
    page.clock.fast_forward(POLL_MS)
    expect(page.locator("#need-held .figure")).to_have_text("1")
    expect(notice).to_be_hidden()
    complaints[:] = [each for each in complaints if "ERR_FAILED" not in each and not each.startswith("htmx:")]

    page.context.clear_cookies()
    page.clock.fast_forward(POLL_MS)
    expect(page.get_by_label("Password")).to_be_visible()  # nothing of it stays on the screen
