from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from access.application.set_up_administrator import set_up_administrator
from tests.factories import make_organization, make_payout, make_recipient

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_documents_the_api_without_asking_other_hosts(page: Page) -> None:
    page.goto("/api/docs/")

    expect(page.get_by_text("/api/payouts/", exact=True).first).to_be_visible()
    page.locator(".opblock-summary-post").first.click()
    expect(page.get_by_text("idempotency_key").first).to_be_visible()


def test_it_shows_an_operator_the_payouts_and_lets_nothing_be_edited(page: Page) -> None:
    organization = make_organization()
    payout = make_payout(make_recipient(organization))
    set_up_administrator(username="ada", password="correct horse", organization=organization, actor="test")

    page.goto("/admin/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="Console").get_by_role(
        "link", name="Payouts", exact=True
    ).last.click()
    page.get_by_role("link", name=payout.reference).click()

    expect(page.get_by_text("UA******7890").first).to_be_visible()
    expect(page.get_by_text("UA1234567890")).to_have_count(0)
    page.get_by_text("Raw events").click()
    expect(page.get_by_text("PayoutCreated")).to_be_visible()
    assert page.locator("main input:not([type=hidden]), main select, main textarea").count() == 0
