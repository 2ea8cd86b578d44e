"""`python -m tests.screenshots`: pictures of the console, taken from a running service with demo data."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003  read by typer at run time
from typing import Annotated

import typer
from playwright.sync_api import sync_playwright
from rich.console import Console

from tests.browser.chromium import find_chromium, launch
from tests.journeys.stack import Stack, running_stack
from tests.screenshots.pictures import PICTURES
from tests.screenshots.studio import Studio
from tests.servers import home_for_servers

# Servers of its own, whatever the shell that runs it points to.
OWN = {"DATABASE_URL": "", "REDIS_URL": "", "DJANGO_SETTINGS_MODULE": "config.settings.dev"}
DEMO = ("seed_demo", "--payouts", "4000", "--seed", "1")
MOST_BYTES = 200_000
console = Console(highlight=False)


def main(
    folder: Annotated[Path, typer.Argument(help="where the pictures go")],
    only: Annotated[str, typer.Option(help="the name of one picture")] = "",
) -> None:
    """Exit code 1 when a page complained or a picture has become too large to be put into a document."""
    folder.mkdir(parents=True, exist_ok=True)
    with home_for_servers() as home, running_stack(home, OWN) as stack:
        console.print(stack.manage(*DEMO))
        sizes = _take(stack, folder.resolve(), only)
    for name, size in sizes.items():
        console.print(f"{name}: {size / 1000:.0f} kB")
    if any(size > MOST_BYTES for size in sizes.values()):
        sys.exit(f"A picture has more than {MOST_BYTES / 1000:.0f} kB.")


def _take(stack: Stack, folder: Path, only: str) -> dict[str, int]:
    chromium = find_chromium()
    if chromium is None:
        sys.exit("Chromium is not installed.")
    sizes = {}
    with sync_playwright() as playwright:
        browser = launch(playwright, chromium)
        studio = Studio(browser, stack.ready, folder)
        for picture in PICTURES:
            if only in {"", picture.name}:
                sizes[picture.name] = studio.take(picture)
        browser.close()
    return sizes


typer.run(main)
