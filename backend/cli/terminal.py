"""The terminal of `payouts up`: every child's lines, each under the child's name and colour."""

import queue
import threading
from collections.abc import Mapping
from typing import TextIO

COLOURS = {
    "postgres": "34",
    "valkey": "31",
    "sandbox_bank": "33",
    "web": "32",
    "worker": "35",
    "relay": "36",
    "beat": "94",
}
OWN_COLOUR = "1"
NAME_WIDTH = 12
PENDING_CHARACTERS = 4_000_000


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


class Terminal:
    """Writes from a thread of its own.

    A terminal that is stopped (Ctrl-S), or a pipe that nobody reads, must not hold up the supervisor, and
    through it every child that logs: lines beyond the limit are counted and left out.
    """

    def __init__(self, stream: TextIO, *, coloured: bool) -> None:
        self._stream = stream
        self.coloured = coloured
        self._lock = threading.Lock()
        self._pending: queue.Queue[str | None] = queue.Queue()
        self._pending_characters = 0
        self._left_out = 0
        self._reader_gone = False
        self._writer = threading.Thread(target=self._write_all, name="terminal", daemon=True)
        self._writer.start()

    def say(self, name: str, *lines: str) -> None:
        before = f"{name:<{NAME_WIDTH}} |"
        if self.coloured:
            before = f"\x1b[{COLOURS.get(name, OWN_COLOUR)}m{before}\x1b[0m"
        self.show(*(f"{before} {line}" for line in lines))

    def show(self, *lines: str) -> None:
        if self._pending_characters > PENDING_CHARACTERS:
            self._left_out += len(lines)
            return
        told = (f"({self._left_out} lines left out)", *lines) if self._left_out else lines
        self._left_out = 0
        text = "\n".join([*told, ""])
        self._add_to_pending(len(text))
        self._pending.put(text)

    def _add_to_pending(self, characters: int) -> None:
        with self._lock:
            self._pending_characters += characters

    def close(self, *, timeout_seconds: float = 2.0) -> None:
        """Wait for what is pending, but not for a reader who has gone."""
        self._pending.put(None)
        self._writer.join(timeout_seconds)

    def _write_all(self) -> None:
        while (text := self._pending.get()) is not None:
            if not self._reader_gone:
                self._write(text)
            self._add_to_pending(-len(text))

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            if self._pending.empty():
                self._stream.flush()
        except OSError:
            self._reader_gone = True  # the stack goes on, and so do its logs on disk
