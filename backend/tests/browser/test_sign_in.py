"""Second factors with what people hold in their hands: a security key, played by the browser, and an app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from tests.sign_in.people import PASSWORD, App, await_time_for_a_code, make_person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _ada(settings: Settings) -> None:
    settings.OPERATORS_NEED_SECOND_FACTOR = True
    make_person("ada")


@pytest.fixture
def _security_key(page: Page) -> Iterator[None]:
    """One is plugged in, and somebody touches it whenever it asks."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": False,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    cdp.send("WebAuthn.disable")


def sign_in(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def console_of(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Console")


def begin_to_add(page: Page, factor: str) -> None:
    page.get_by_role("link", name=factor).click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def add_security_key(page: Page) -> None:
    begin_to_add(page, "Add a security key")
    page.get_by_label("Name").fill("the blue one")
    page.get_by_role("button", name="Add", exact=True).click()


@pytest.mark.usefixtures("_security_key")
def test_it_signs_in_with_a_security_key(page: Page) -> None:
    sign_in(page)
    add_security_key(page)
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    page.goto("/admin/")
    expect(console_of(page)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()

    sign_in(page)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.goto("/admin/")  # which does not open
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_role("button", name="Begin again").click()
    sign_in(page)
    page.get_by_role("button", name="Use a security key").click()
    expect(console_of(page)).to_be_visible()

    page.goto("/sign-in/factors/")
    expect(page.get_by_text("the blue one")).to_be_visible()
    page.get_by_role("link", name="remove").click()
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_role("button", name="Remove the security key").click()
    expect(page.get_by_text("no second factor yet")).to_be_visible()


@pytest.mark.usefixtures("_security_key")
def test_it_takes_no_key_with_what_cannot_be_kept(page: Page) -> None:
    sign_in(page)
    page.add_init_script(
        "HTMLFormElement.prototype.submit = function () {"
        '  this.credential.value = this.credential.value.replace(/}$/, \',"x": "\\\\u0000"}\');'
        "  this.requestSubmit()"
        "}"
    )
    add_security_key(page)

    expect(page.get_by_text("is not right")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_it_signs_in_with_an_authenticator_app(page: Page) -> None:
    sign_in(page)
    begin_to_add(page, "Add an authenticator app")
    picture = page.get_by_role("img", name="The secret below")
    assert picture.evaluate("image => image.naturalWidth") > 0
    app = App(page.locator(".secret code").inner_text())
    await_time_for_a_code()
    page.get_by_label("Authenticator code").fill(app.code(steps_later=-1))
    page.get_by_role("button", name="Add", exact=True).click()
    code = page.locator(".recovery-codes code").first.inner_text()
    page.get_by_role("button", name="Sign out").click()

    for entered in (app.code(), code):
        sign_in(page)
        page.get_by_label("Code").fill(entered)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(console_of(page)).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
