"""A list of payouts, as a client sees it through the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infrastructure.payouts.cache import cached_page

if TYPE_CHECKING:
    from collections.abc import Callable


class Shelf:
    """Builds pages, and counts how often."""

    def __init__(self, organization_id: int = 1) -> None:
        self.organization_id = organization_id
        self.content = "as it was"
        self.builds = 0

    def read(self, page_key: str = "first", *, meanwhile: Callable[[], None] | None = None) -> str:
        """The page's content; what happens `meanwhile` comes after the page was read from the database."""

        def build() -> str:
            self.builds += 1
            page = self.content
            if meanwhile:
                meanwhile()
            return page

        return cached_page(organization_id=self.organization_id, page_key=page_key, build=build)

    def change(self, content: str) -> None:
        self.content = content
