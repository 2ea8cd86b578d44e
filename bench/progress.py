"""What is being done at this moment, and how long what was done before has taken."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console


@contextmanager
def progress(console: Console) -> Iterator[Callable[[str], None]]:
    began = time.monotonic()
    with console.status("starting") as status:

        def say(what: str) -> None:
            status.update(what)
            console.print(f"[dim]{time.monotonic() - began:6.1f} s[/dim]  {what}", highlight=False)

        yield say
        say("done")
