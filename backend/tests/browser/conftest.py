"""Pages in a real browser: the system's Chromium, driven by Playwright."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import find_chromium, launch
from tests.console.cast import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request
    from pytest_django import Settings
    from pytest_django.live_server_helper import LiveServer

    from access.models import Operator


# For one module alone: while it lives, its event loop stands in the way of everybody else's.
@pytest.fixture(scope="module")
def _browser() -> Iterator[Browser]:
    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("BROWSER_REQUIRED"):
            pytest.fail("Chromium is not installed.")
        pytest.skip("Chromium is not installed.")
    with sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, for which Django would refuse the ORM.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        browser = launch(playwright, chromium)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def complaints() -> list[str]:
    """Those of the browser about the page, a broken content policy among them."""
    return []


@pytest.fixture
def new_page(
    _browser: Browser, live_server: LiveServer, complaints: list[str]
) -> Iterator[Callable[[], Page]]:
    """Opens a page of the running service in a browser of its own, for each person one.

    The test fails on any complaint of the console or outside request.
    """
    contexts = []

    def note_request(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:", "blob:")):
            complaints.append(f"asked {request.url}")

    def note_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.text} ({message.page.url if message.page else ''})")

    def open_page() -> Page:
        context = _browser.new_context(base_url=live_server.url)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", note_request)
        page.on("console", note_console)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    return new_page()


@pytest.fixture
def let_in(live_server: LiveServer, settings: Settings) -> Callable[[Page, Operator], None]:
    """Gives a browser the session of an operator, for tests that tell of something else than signing in."""

    def give_session(page: Page, operator: Operator) -> None:
        name = settings.SESSION_COOKIE_NAME
        value = sign_in(operator).cookies[name].value
        page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])

    return give_session
