"""A day at the console, told as it goes, against a bank that answers."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from playwright.sync_api import expect

from access.models import ApiKey
from access.roles import Role
from tests.browser.test_people import copied
from tests.console.cast import make_operator
from tests.factories import make_organization, make_payout, make_recipient
from tests.payouts.application.engine import state_of, work
from tests.sign_in.people import App, Person, add_app, enter_password

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page
    from pytest_django import Settings

    from access.models import Operator, Organization
    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.models import Payout

pytestmark = pytest.mark.django_db(transaction=True)

# By their last digits the bank knows what to do: refuse, execute and be silent, execute.
CLOSED, SILENT, GOOD = "UA123456780001", "UA123456780006", "UA123456780000"
FORMULA = "=2+3"


class Day:
    """One payout that failed, one of which nobody knows, and one that is still to be sent."""

    def __init__(self, acme: Organization, rail: SandboxRail) -> None:
        self.acme, self.rail = acme, rail
        self.failed = self.pay("Closed Ltd", CLOSED)
        work(rail)
        self.unknown = self.pay("Silent Ltd", SILENT)
        work(rail)
        self.waiting = self.pay(FORMULA, GOOD)

    def pay(self, name: str, account_number: str) -> Payout:
        return make_payout(make_recipient(self.acme, name=name, account_number=account_number))


@pytest.fixture
def day(rail: SandboxRail) -> Day:
    return Day(make_organization("Acme"), rail)


def with_app(operator: Operator) -> App:
    """The authenticator app of somebody who has set it up before today."""
    person = Person(operator, "secret")
    browser = Client()
    enter_password(browser, person)
    return add_app(browser, person)


def sign_in(page: Page, name: str, app: App) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code").fill(app.code())
    page.get_by_role("button", name="Sign in", exact=True).click()


def menu(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Console").locator("ul").get_by_role("link", name=name)


def settle(page: Page, payout: Payout) -> None:
    """From the dashboard, by what a statement of the bank says."""
    menu(page, "Dashboard").click()
    page.get_by_role("link", name="Outcome unknown").click()
    page.get_by_role("link", name=payout.reference).click()
    page.get_by_role("link", name="Settle", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("It was paid", exact=True).check()
    dialog.get_by_label("Evidence").fill("Statement 7, line 3")
    dialog.get_by_role("button", name="Settle it").click()
    expect(dialog.get_by_text("This field is required.")).to_be_visible()  # why?
    dialog.get_by_label("Reason").fill("It is booked.")
    dialog.get_by_role("button", name="Settle it").click()


def test_it_is_worked_with_by_an_administrator(
    page: Page, day: Day, settings: Settings, tmp_path: Path
) -> None:
    settings.OPERATORS_NEED_SECOND_FACTOR = True
    app = with_app(make_operator("ada", day.acme, role=Role.ADMINISTRATOR))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    # She signs in with her telephone, and sees what has failed today, and why.
    sign_in(page, "ada", app)
    page.get_by_role("link", name="Failed today").click()
    page.get_by_role("link", name=day.failed.reference).click()
    expect(page.get_by_role("region", name="Why")).to_contain_text("The recipient's account is closed.")

    # Of one payout nobody knows what became of it, until she has seen a statement.
    settle(page, day.unknown)
    expect(page.get_by_text(f"{day.unknown.reference} is settled")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("It is booked.")
    assert state_of(day.unknown) == ("COMPLETED", "confirmed")

    # A recipient must not be paid any more: what waits is held, whatever the workers do.
    menu(page, "Recipients").click()
    page.get_by_role("link", name=FORMULA).click()
    page.get_by_role("link", name="Deactivate", exact=True).click()
    page.get_by_role("dialog").get_by_label("Reason").fill("A fraud.")
    page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("is inactive now; 1 payout held")).to_be_visible()
    work(day.rail)
    page.get_by_role("link", name=day.waiting.reference).click()
    expect(page.locator(".page-head")).to_contain_text(re.compile("on hold", re.IGNORECASE))

    export(page, day, tmp_path)
    make_and_revoke_key(page)


def export(page: Page, day: Day, folder: Path) -> None:
    """All payouts, in a file that a spreadsheet takes for nothing but text and numbers."""
    menu(page, "Payouts").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    download.value.save_as(folder / "payouts.csv")
    assert download.value.suggested_filename.startswith("payouts-acme-")
    *rows, end = csv.reader((folder / "payouts.csv").read_text("utf-8-sig").splitlines())
    text = "\n".join(",".join(row) for row in rows)
    for payout in (day.failed, day.unknown, day.waiting):
        assert payout.reference in text
    assert FORMULA in text
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    assert "END OF EXPORT" in end[0]


def make_and_revoke_key(page: Page) -> None:
    """Its secret is shown once, and copied; afterwards nobody comes in with it."""
    menu(page, "API keys").click()
    page.get_by_role("link", name=re.compile("^Add|^Create|^New")).first.click()
    page.get_by_label("Name").fill("Till")
    page.get_by_label("payouts:read").check()
    page.get_by_role("button", name="Create").click()
    secret = copied(page)
    assert secret.startswith("pk_test_")
    page.get_by_role("link", name="I have it").click()
    expect(page.get_by_text(secret)).to_have_count(0)
    key = {"Authorization": f"Bearer {secret}"}
    assert page.request.get("/api/payouts/", headers=key).status == 200

    page.get_by_role("link", name="Till").click()
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("link", name="Revoke")).to_have_count(0)
    assert page.request.get("/api/payouts/", headers=key).status == 401


def test_it_lets_one_propose_and_another_settle(
    new_page: Callable[[], Page],
    let_in: Callable[[Page, Operator], None],
    day: Day,
    settings: Settings,
) -> None:
    settings.SETTLING_NEEDS_TWO_PEOPLE = True
    ada, olga = new_page(), new_page()
    let_in(olga, make_operator("olga", day.acme, role=Role.OPERATOR))
    let_in(ada, make_operator("ada", day.acme, role=Role.APPROVER))

    olga.goto("/admin/")
    settle(olga, day.unknown)
    expect(olga.get_by_text("Somebody else has to approve it.").first).to_be_visible()
    expect(olga.get_by_role("link", name="Approve", exact=True)).to_have_count(0)
    assert state_of(day.unknown)[1] == "unknown"

    ada.goto("/admin/")
    ada.get_by_role("link", name="Wait for a second word").click()
    expect(ada.get_by_text("Statement 7, line 3").first).to_be_visible()
    ada.get_by_role("link", name="Approve", exact=True).first.click()
    ada.get_by_role("dialog").get_by_label("Reason").fill("I see it too.")
    ada.get_by_role("dialog").get_by_role("button", name="Approve it").click()
    expect(ada.get_by_text("is settled: ")).to_be_visible()
    assert state_of(day.unknown) == ("COMPLETED", "confirmed")


@pytest.fixture
def vic(page: Page, let_in: Callable[[Page, Operator], None], day: Day) -> Page:
    """Looks at things for Acme."""
    let_in(page, make_operator("vic", day.acme, role=Role.VIEWER))
    page.goto("/admin/")
    return page


def test_it_offers_a_viewer_nothing(vic: Page, day: Day) -> None:
    expect(menu(vic, "Payouts")).to_be_visible()
    expect(menu(vic, "People")).to_have_count(0)
    for address in (
        "/admin/",
        "/admin/payouts/payout/",
        f"/admin/payouts/payout/{day.unknown.pk}/change/",
        f"/admin/payouts/recipient/{day.unknown.recipient_id}/change/",
        "/admin/access/apikey/",
    ):
        vic.goto(address)
        expect(vic.locator("h1")).to_be_visible()
        offered = vic.locator("main").locator("form[method=post] button, a[hx-get], .page-head .button")
        assert offered.count() == 0, address


def test_it_refuses_what_a_viewer_forges(vic: Page, day: Day) -> None:
    token = vic.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    form: dict[str, str | float | bool] = {
        "reason": "mine",
        "name": "mine",
        "verdict": "paid",
        "evidence": "none",
    }
    for address in (
        f"payouts/payout/{day.waiting.pk}/hold/",
        f"payouts/payout/{day.unknown.pk}/settle/",
        f"payouts/payout/{day.waiting.pk}/reveal/",
        f"payouts/recipient/{day.waiting.recipient_id}/deactivate/",
        "payouts/payout/export/",
        "access/apikey/add/",
    ):
        headers = {"X-CSRFToken": token, "Referer": vic.url}
        answer = vic.request.post(f"/admin/{address}", form=form, headers=headers)
        assert answer.status == 403, address
        assert "CSRF" not in answer.text(), address
    assert state_of(day.waiting) == ("NEW", "ready")
    assert not ApiKey.objects.exists()
