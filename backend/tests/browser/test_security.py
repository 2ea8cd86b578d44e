"""The rules that pages come with, kept by a real browser; its complaints are the tests' failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.console.cast import make_operator, make_records

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.console.cast import Records

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

MODELS = (
    "payouts/payout",
    "payouts/payoutattempt",
    "payouts/recipient",
    "events/event",
    "access/apikey",
    "access/organization",
    "access/operator",
    "auth/group",
)
FORMS = (
    "access/operator/add",
    "access/apikey/add",
    "payouts/recipient/add",
    "password_change",
)


def sign_in(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.fixture
def acme() -> Records:
    make_operator("root", superuser=True)
    return make_records("Acme")


@pytest.mark.usefixtures("acme")
def test_it_shows_every_page_of_the_console_without_breaking_a_rule(page: Page) -> None:
    sign_in(page)
    for path in (*MODELS, *FORMS):
        answer = page.goto(f"/admin/{path}/")
        assert answer is not None
        assert answer.status == 200, path
        assert "script-src 'self'" in answer.headers["content-security-policy"], path
    page.goto("/admin/payouts/payout/")
    page.locator("#result_list a").first.click()
    expect(page.get_by_text("PayoutCreated")).to_be_visible()


@pytest.mark.usefixtures("acme")
def test_it_lets_the_scripts_of_the_console_work(page: Page) -> None:
    sign_in(page)
    page.goto("/admin/access/apikey/")
    page.locator("input.action-select").first.check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    was_dark = "dark" in (page.locator("html").get_attribute("class") or "")
    page.get_by_role("button", name="Light or dark").click()

    assert ("dark" in (page.locator("html").get_attribute("class") or "")) is not was_dark


def test_it_runs_no_script_that_somebody_has_put_into_a_page(page: Page, complaints: list[str]) -> None:
    page.goto("/sign-in/")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hit = 1\">');"
        "const script = document.createElement('script');"
        "script.textContent = 'window.hit = 1'; document.body.append(script)"
    )
    page.wait_for_timeout(200)

    assert page.evaluate("window.hit") is None
    assert any("Content Security Policy" in complaint for complaint in complaints)
    complaints.clear()


def test_it_sends_requests_from_the_documentation(page: Page) -> None:
    page.goto("/api/docs/")
    page.locator("#operations-health-health_live .opblock-summary").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()

    expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
