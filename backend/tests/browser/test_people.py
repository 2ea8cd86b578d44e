"""An administrator looks after people and keys in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from access.roles import Role
from tests.console.cast import make_operator, make_records
from tests.sign_in.people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page: Page, name: str, password: str) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.fixture
def _ada(page: Page) -> None:
    """Administers Acme, and is signed in."""
    make_operator("ada", make_records("Acme").organization, role=Role.ADMINISTRATOR)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, "ada", "secret")


def copied(page: Page) -> str:
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


@pytest.mark.usefixtures("_ada")
def test_it_makes_an_operator_who_comes_in_and_is_put_out_again(page: Page) -> None:
    page.goto("/admin/access/operator/add/")
    page.get_by_label("Username").fill("olga")
    page.get_by_label("Operator", exact=True).check()
    page.get_by_label("Acme (test)").check()
    page.get_by_role("button", name="Create").click()
    link = copied(page)

    with page.context.browser.new_context(base_url=page.url) as elsewhere:  # type: ignore[union-attr]
        olga = elsewhere.new_page()
        olga.goto(link)
        olga.get_by_label("New password:", exact=True).fill(PASSWORD)
        olga.get_by_label("New password confirmation:").fill(PASSWORD)
        olga.get_by_role("button", name="Set the password").click()
        expect(olga.get_by_text("Your password is set.")).to_be_visible()
        sign_in(olga, "olga", PASSWORD)
        expect(olga.get_by_role("link", name="Payouts").first).to_be_visible()
        expect(olga.get_by_role("link", name="People")).to_have_count(0)

        page.get_by_role("link", name="I have it").click()
        page.get_by_role("link", name="Deactivate").click()
        page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
        expect(page.get_by_text("olga is deactivated.")).to_be_visible()
        olga.goto("/admin/")
        expect(olga).to_have_url(re.compile("/sign-in/"))


@pytest.mark.usefixtures("_ada")
def test_it_makes_changes_and_revokes_a_key(page: Page) -> None:
    page.goto("/admin/access/apikey/add/")
    page.get_by_label("Name").fill("Till")
    page.get_by_label("payouts:create").check()
    page.get_by_role("button", name="Create").click()
    key = copied(page)
    assert key.startswith("pk_test_")
    page.get_by_role("link", name="I have it").click()
    expect(page.get_by_text(key)).to_have_count(0)

    page.get_by_role("link", name="Till").click()
    page.get_by_role("link", name="Change").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Used from").fill("10.0.0.1/8")
    dialog.get_by_role("button", name="Change the key").click()
    expect(dialog.get_by_text("has host bits set")).to_be_visible()
    dialog.get_by_label("Used from").fill("10.0.0.0/8")
    dialog.get_by_role("button", name="Change the key").click()
    expect(page.get_by_text("allowed_networks: none → 10.0.0.0/8")).to_be_visible()

    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_text("ApiKeyRevoked")).to_be_visible()
    expect(page.get_by_role("link", name="Revoke")).to_have_count(0)
