"""Every page of the console can be used by everybody: by eye, by ear, by keyboard, in the dark and in a hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious_findings
from tests.console.cast import make_operator, make_records
from tests.payouts.application.people import payout_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page, ViewportSize

    from access.models import Operator
    from tests.console.cast import Records

pytestmark = pytest.mark.django_db(transaction=True)

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
FORMS = ("access/operator/add/", "access/apikey/add/", "payouts/recipient/add/", "password_change/")


def test_it_has_no_serious_finding_on_any_page(page: Page, let_in: Callable[[Page, Operator], None]) -> None:
    findings = list(_findings(page, "/sign-in/"))
    acme = make_records("Acme")
    unknown = payout_with(acme.recipient, "unknown")
    let_in(page, make_operator("root", superuser=True))
    titles = []
    for address in _addresses(page, acme):
        findings += _findings(page, address)
        titles.append(page.title())
    findings += _findings(page, f"/admin/payouts/payout/{unknown.pk}/change/", dialog="Settle")
    findings += [f"several pages have the title {title}" for title in set(titles) if titles.count(title) > 1]
    assert not findings, "\n".join(findings)


def _addresses(page: Page, acme: Records) -> Iterator[str]:
    """What the menu leads to, the records and the forms."""
    page.goto("/admin/")
    yield from page.locator("#sidebar ul a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    yield f"/admin/payouts/payout/{acme.payout.pk}/change/"
    yield f"/admin/payouts/recipient/{acme.recipient.pk}/change/"
    yield f"/admin/access/apikey/{acme.api_key.pk}/change/"
    yield f"/admin/events/event/{acme.event.pk}/change/"
    yield from (f"/admin/{form}" for form in FORMS)


# Colours do not depend on the width, nor the structure on the colours: so each is looked at once.
LOOKS: tuple[tuple[Literal["light", "dark"], ViewportSize], ...] = (("light", WIDE), ("dark", NARROW))


def _findings(page: Page, address: str, *, dialog: str = "") -> Iterator[str]:
    """Of a page, or of the dialog that is open on it."""
    page.set_viewport_size(WIDE)
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200, address
    assert "script-src 'self'" in answer.headers["content-security-policy"], address
    if dialog:
        page.get_by_role("link", name=dialog, exact=True).click()
        expect(page.get_by_role("dialog", name=dialog)).to_be_visible()
    for theme, size in LOOKS:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(size)
        yield from (f"{address}, {theme}, {size['width']} px: {found}" for found in serious_findings(page))
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        yield f"{address} is wider than {NARROW['width']} px"
