"""What is around every page: by keys, on a narrow screen, in the dark, and for which organization."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from access.environment import Environment
from tests.console.cast import make_operator, make_records
from tests.factories import make_organization

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

    from access.models import Operator
    from tests.console.cast import Records

pytestmark = pytest.mark.django_db(transaction=True)

PAYOUTS = "/admin/payouts/payout/"
MOST_STEPS = 120
# What the keyboard stops at, among radio buttons of a name at one of them.
REACHABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"


@pytest.fixture
def acme() -> Records:
    return make_records("Acme")


@pytest.fixture
def at_work(page: Page, let_in: Callable[[Page, Operator], None], acme: Records) -> Page:
    """Somebody who may do everything, at Acme."""
    let_in(page, make_operator("root", acme.organization, superuser=True))
    return page


def focused(page: Page) -> Locator:
    return page.locator(":focus")


def seen_by_key(page: Page) -> Iterator[str]:
    """Of each control that the tab key comes to whether its focus can be seen; ends where the page does."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body || document.activeElement.dataset.seen"):
            return
        yield page.evaluate(
            "(seen => { seen.dataset.seen = '1'; const look = getComputedStyle(seen);"
            " return look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2 ? '' : seen.outerHTML })"
            "(document.activeElement)"
        )


def test_it_is_used_by_keys_alone(at_work: Page) -> None:
    at_work.goto(PAYOUTS)
    at_work.keyboard.press("Tab")
    expect(focused(at_work)).to_have_text("Skip to the content")
    expect(focused(at_work)).to_be_in_viewport()
    at_work.keyboard.press("Enter")
    expect(at_work.locator("main")).to_be_focused()
    at_work.keyboard.press("/")
    expect(at_work.get_by_role("searchbox", name="Find a payout")).to_be_focused()
    at_work.keyboard.press("/")  # in a field it is a letter
    expect(focused(at_work)).to_have_value("/")

    at_work.goto(PAYOUTS)
    unseen = [control for control in seen_by_key(at_work) if control]
    assert not unseen
    missed = at_work.locator(REACHABLE).evaluate_all(
        "all => all.filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled"
        " && !one.dataset.seen).map(one => one.outerHTML)"
    )
    assert not missed


def test_it_asks_in_a_dialog_and_gives_the_focus_back(at_work: Page, acme: Records) -> None:
    at_work.goto(f"{PAYOUTS}{acme.payout.pk}/change/")
    opener = at_work.get_by_role("link", name="Hold", exact=True)
    opener.focus()
    at_work.keyboard.press("Enter")
    dialog = at_work.get_by_role("dialog", name="Hold")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    at_work.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    expect(at_work.locator("#dialog-body")).to_be_empty()

    at_work.keyboard.press("Enter")
    dialog.get_by_role("button", name="Put on hold").click()  # without a reason
    expect(dialog.get_by_label("Reason")).to_be_focused()
    expect(dialog.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("Reason")).to_have_accessible_description(re.compile("required"))


def test_it_says_how_many_rows_are_selected(at_work: Page) -> None:
    at_work.goto(PAYOUTS)
    bar = at_work.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    at_work.locator("input.action-select").first.check()

    expect(at_work.get_by_role("status").filter(has_text="1 selected")).to_have_count(1)
    expect(bar).to_be_visible()
    at_work.locator("#action-toggle").check()
    expect(at_work.get_by_role("status").filter(has_text="2 selected")).to_have_count(1)


def test_it_opens_a_menu_on_a_narrow_screen(at_work: Page) -> None:
    at_work.emulate_media(reduced_motion="reduce")
    at_work.set_viewport_size({"width": 390, "height": 844})
    at_work.goto("/admin/")
    sidebar, opener = at_work.locator("#sidebar"), at_work.get_by_role("button", name="Menu", exact=True)
    expect(sidebar).to_be_hidden()
    assert sidebar.evaluate("menu => getComputedStyle(menu).transitionDuration") == "0s"
    expect(opener).to_have_attribute("aria-expanded", "false")

    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(at_work.get_by_role("button", name="Close the menu")).to_be_focused()
    assert at_work.locator("#main").evaluate("main => main.inert")
    at_work.keyboard.press("Escape")
    expect(sidebar).to_be_hidden()
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")

    opener.click()
    at_work.mouse.click(380, 600)  # beside it
    expect(sidebar).to_be_hidden()
    opener.click()
    at_work.set_viewport_size({"width": 1280, "height": 844})
    at_work.get_by_role("searchbox", name="Find a payout").click()  # nothing lies over it
    expect(sidebar).to_be_visible()


def test_it_follows_the_theme_of_the_system_until_somebody_chooses(at_work: Page) -> None:
    at_work.add_init_script(
        "new MutationObserver(() => {"
        "  if (document.body && !window.firstLook) window.firstLook = document.documentElement.className"
        "}).observe(document, { childList: true, subtree: true })"
    )
    at_work.emulate_media(color_scheme="dark")
    at_work.goto("/admin/")
    button = at_work.get_by_role("button", name="Dark theme")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert "dark" in at_work.evaluate("firstLook")  # before anything was painted in light
    at_work.emulate_media(color_scheme="light")
    expect(button).to_have_attribute("aria-pressed", "false")

    button.click()
    at_work.goto(PAYOUTS)
    assert "dark" in at_work.evaluate("firstLook")
    button.click()
    at_work.emulate_media(color_scheme="dark")  # which is followed again
    expect(button).to_have_attribute("aria-pressed", "true")


@pytest.mark.usefixtures("acme")
def test_it_tells_test_from_live_and_changes_between_organizations(at_work: Page) -> None:
    beta = make_organization("Beta")
    make_organization("Zeta", Environment.LIVE)
    at_work.goto("/admin/")
    ribbon = at_work.get_by_role("complementary", name="Environment")
    expect(ribbon).to_contain_text("TEST")
    choice = at_work.get_by_label("Organization")

    choice.focus()
    at_work.keyboard.press("ArrowDown")  # on the way to the one after the next
    at_work.keyboard.press("ArrowDown")
    expect(ribbon).to_contain_text("Acme")
    at_work.keyboard.press("Tab")
    at_work.keyboard.press("Enter")
    expect(ribbon).to_contain_text(re.compile("LIVE.*Zeta"))
    at_work.mouse.wheel(0, 2000)
    expect(ribbon).to_be_in_viewport()

    choice.click()
    choice.select_option(str(beta.pk))
    expect(ribbon).to_contain_text(re.compile("TEST.*Beta"))
