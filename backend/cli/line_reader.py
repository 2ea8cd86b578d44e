import asyncio
import os
from collections.abc import Callable

CHUNK_BYTES = 65_536
LONGEST_LINE_BYTES = 1024 * 1024


class LineReader:
    """Hands on the lines a child writes to a pipe, while the event loop runs.

    The pipe is ours, not asyncio's: asyncio counts a process as ended only when its pipes are closed, and
    a killed server's own children can hold them open.
    """

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._loop.add_reader(self._read_end, self._read)

    def close_write_end(self) -> None:
        """Ours only: the child has its own copy."""
        os.close(self.write_end)

    def close(self) -> None:
        """Hand on what is there, and stop reading."""
        while self._read():
            pass
        if self._rest:
            self._hand_on(self._rest)
        self._loop.remove_reader(self._read_end)
        os.close(self._read_end)

    def _read(self) -> bool:
        try:
            chunk = os.read(self._read_end, CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not chunk:
            self._loop.remove_reader(self._read_end)  # closed: it would be readable for ever
            return False
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._hand_on(line)
        if len(self._rest) > LONGEST_LINE_BYTES:
            self._hand_on(self._rest)
            self._rest = b""
        return True

    def _hand_on(self, line: bytes) -> None:
        self._on_line(line.decode(errors="replace").rstrip("\r"))
