"""Pages in a real browser: the system's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request
    from pytest_django.live_server_helper import LiveServer

# Without these a fresh profile calls its maker's hosts.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


# For one module alone: while it lives, its event loop stands in the way of everybody else's.
@pytest.fixture(scope="module")
def _browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        if os.environ.get("BROWSER_REQUIRED"):
            pytest.fail("Chromium is not installed.")
        pytest.skip("Chromium is not installed.")
    with sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, for which Django would refuse the ORM.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*QUIET, "--no-sandbox"], headless=True
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def complaints() -> list[str]:
    """Those of the browser about the page, a broken content policy among them."""
    return []


@pytest.fixture
def page(_browser: Browser, live_server: LiveServer, complaints: list[str]) -> Iterator[Page]:
    """A page of the running service. The test fails on any complaint of the console or outside request."""
    context = _browser.new_context(base_url=live_server.url)
    page = context.new_page()

    def note_request(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:", "blob:")):
            complaints.append(f"asked {request.url}")

    def note_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("request", note_request)
    page.on("console", note_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not complaints
