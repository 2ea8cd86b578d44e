"""What the documents show, by the names of the files."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from tests.screenshots.studio import PHONE, Picture

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAYOUTS = "/admin/payouts/payout/"


def _open(page: Page, path: str) -> None:
    page.goto(path)


def _chart(page: Page) -> None:
    page.goto("/admin/?period=30d")
    page.locator("#volume").evaluate("title => title.scrollIntoView()")


def _first_in(page: Page, query: str) -> None:
    """The page of the first payout in the list with this filter."""
    page.goto(f"{PAYOUTS}?{query}")
    page.locator("#result_list tbody a").first.click()
    page.get_by_role("heading", name="Timeline").wait_for()


def _settle(page: Page) -> None:
    _first_in(page, "stage=needs_review")
    page.get_by_role("link", name="Settle", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("It was paid", exact=True).check()
    dialog.get_by_label("Evidence").fill(
        "Statement 147 of the bank, line 12, with the reference of the payout"
    )
    dialog.get_by_label("Reason").fill("The bank has booked it; its answer was lost.")


def _recipient(page: Page) -> None:
    _first_in(page, "status=COMPLETED")
    page.locator("main").get_by_role("link", name=re.compile(r"^Recipient \d+$")).click()


PICTURES = (
    Picture("dashboard", partial(_open, path="/admin/?period=7d")),
    Picture("chart", _chart, theme="dark"),
    Picture("payouts", partial(_open, path=PAYOUTS)),
    Picture("payout", partial(_first_in, query="status=FAILED")),
    Picture("settle", _settle),
    Picture("recipient", _recipient),
    Picture("api-keys", partial(_open, path="/admin/access/apikey/")),
    Picture("audit", partial(_open, path="/admin/events/event/")),
    Picture("system", partial(_open, path="/admin/system/")),
    Picture("phone", partial(_open, path=PAYOUTS), size=PHONE),
)
