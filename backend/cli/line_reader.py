import asyncio
import os
from collections.abc import Callable

CHUNK_BYTES = 65_536
# What comes meanwhile is taken together: a busy child would wake us for each of its lines.
PAUSE_SECONDS = 0.02
LONGEST_LINE_BYTES = 1024 * 1024


class LineReader:
    """Hands on the lines a child writes to a pipe, while the event loop runs.

    The pipe is ours, not asyncio's: asyncio counts a process as ended only when its pipes are closed, and
    a killed server's own children can hold them open.
    """

    def __init__(self, on_lines: Callable[[list[str]], None]) -> None:
        self._on_lines = on_lines
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._next_look = self._loop.call_soon(self._wait)

    def close_write_end(self) -> None:
        """Ours only: the child has its own copy."""
        os.close(self.write_end)

    def close(self) -> None:
        """Hand on what is there, and stop reading."""
        self._next_look.cancel()
        self._loop.remove_reader(self._read_end)
        while self._take_piece():
            pass
        if self._rest:
            self._hand_on([self._rest])
        os.close(self._read_end)

    def _wait(self) -> None:
        self._loop.add_reader(self._read_end, self._read)

    def _read(self) -> None:
        self._loop.remove_reader(self._read_end)  # closed, it would be readable for ever
        if self._take_piece():
            self._next_look = self._loop.call_later(PAUSE_SECONDS, self._wait)

    def _take_piece(self) -> bool:
        """Whether more may come."""
        try:
            piece = os.read(self._read_end, CHUNK_BYTES)
        except BlockingIOError:
            return False
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LONGEST_LINE_BYTES:
            lines.append(self._rest)
            self._rest = b""
        if lines:
            self._hand_on(lines)
        return bool(piece)

    def _hand_on(self, lines: list[bytes]) -> None:
        self._on_lines([line.decode(errors="replace").rstrip("\r") for line in lines])
