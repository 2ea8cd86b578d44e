"""The rules that pages come with, kept by a real browser; its complaints are the tests' failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


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
