"""A browser in which the administrator has signed in, and what a picture is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize

WIDE: ViewportSize = {"width": 1280, "height": 860}
PHONE: ViewportSize = {"width": 390, "height": 844}


class PageComplaintError(Exception):
    """Of a page that the browser finds something wrong with no picture is taken."""


@dataclass(frozen=True)
class Picture:
    """`pose` brings a page to what is to be seen."""

    name: str
    pose: Callable[[Page], None]
    size: ViewportSize | None = None
    theme: Literal["light", "dark"] = "light"


class Studio:
    def __init__(self, browser: Browser, ready: Mapping[str, Any], folder: Path) -> None:
        self._folder = folder
        # Nothing moves, so that a picture does not depend on when it is taken.
        context = browser.new_context(base_url=ready["url"], viewport=WIDE, reduced_motion="reduce")
        self._page = context.new_page()
        self._complaints: list[str] = []
        self._page.on("console", self._note)
        self._page.on("pageerror", lambda error: self._complaints.append(str(error)))
        self._sign_in(ready["admin"])

    def take(self, picture: Picture) -> int:
        """Its size in bytes. Raises PageComplaintError."""
        self._page.set_viewport_size(picture.size or WIDE)
        self._page.emulate_media(color_scheme=picture.theme, reduced_motion="reduce")
        picture.pose(self._page)
        self._page.wait_for_load_state("networkidle")
        self._page.evaluate("document.fonts.ready")
        if self._complaints:
            raise PageComplaintError(f"{picture.name}: {self._complaints}")
        # Asked for more, it would put a style into the page, which the content policy forbids.
        path = self._folder / f"console-{picture.name}.png"
        return len(self._page.screenshot(path=path, caret="initial", animations="allow"))

    def _sign_in(self, admin: Mapping[str, str]) -> None:
        self._page.goto("/admin/")
        self._page.get_by_label("Username").fill(admin["username"])
        self._page.get_by_label("Password").fill(admin["password"])
        self._page.get_by_role("button", name="Sign in", exact=True).click()
        self._page.get_by_role("navigation", name="Console").wait_for()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(message.text)
