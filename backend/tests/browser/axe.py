"""What people with a keyboard, a screen reader or weak eyes cannot use, as axe-core finds it in a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

SERIOUS = {"serious", "critical"}
# It would read the style sheets into sheets of its own, which the content policy forbids.
OPTIONS = {"resultTypes": ["violations"], "preload": False}

_axe = Axe()


def serious_findings(page: Page) -> list[str]:
    """Each with its rule, its place and what is wrong there; none is what every page must have."""
    violations = _axe.run(page, options=OPTIONS).response["violations"]
    return [
        line for violation in violations if violation["impact"] in SERIOUS for line in _places_of(violation)
    ]


def _places_of(violation: dict[str, Any]) -> Iterator[str]:
    for node in violation["nodes"]:
        yield f"{violation['id']}: {node['target']} {node['failureSummary']}"
