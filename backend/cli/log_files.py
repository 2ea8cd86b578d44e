from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 20 * 1024 * 1024


class LogFile:
    """One process's log on disk: this file and, as `.1`, the one before it; never beyond twice the limit."""

    def __init__(self, path: Path, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._file = self._open()

    def _open(self) -> BinaryIO:
        return self._path.open("ab", buffering=0)

    def write_lines(self, lines: Iterable[str]) -> None:
        if self._file.tell() > self._limit_bytes:
            self._file.close()
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            self._file = self._open()
        self._file.write("".join(f"{line}\n" for line in lines).encode(errors="replace"))

    def close(self) -> None:
        self._file.close()
