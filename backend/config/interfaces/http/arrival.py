"""How much of a request has come: what a server must know before it gives the request a thread."""

from __future__ import annotations

import re
from enum import Enum, auto

LARGEST_HEAD_BYTES = 32 * 1024
# Of a larger body no more than this is waited for: by the last byte Django sees that it is too large.
LARGEST_BODY_BYTES = 64 * 1024 + 1

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r$", re.IGNORECASE | re.MULTILINE)
_ENCODED = re.compile(rb"^transfer-encoding[ \t]*:", re.IGNORECASE | re.MULTILINE)
_EXPECTS = re.compile(rb"^expect:[ \t]*100-continue[ \t]*\r$", re.IGNORECASE | re.MULTILINE)


class Progress(Enum):
    COMING = auto()
    WAITS_FOR_CONTINUE = auto()
    """The client sends its body only once it is told to (RFC 9110, 10.1.1). Said once."""
    WHOLE = auto()
    HEAD_TOO_LARGE = auto()
    LENGTH_MISSING = auto()
    """The body comes in chunks, of a number that nobody knows beforehand; Django would not read it."""


class Arrival:
    """The bytes of one request as they come in, one piece after the other.

    The head is read only for how long the request is. Whether it makes sense is for the server's parser to
    say, which reads the same bytes again.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self._whole_bytes: int | None = None
        self.is_cut = False
        """More will come than is read: nothing behind it on its connection could be told from it."""

    def take(self, piece: bytes) -> Progress:
        self.data += piece
        if self._whole_bytes is not None:
            return Progress.WHOLE if len(self.data) >= self._whole_bytes else Progress.COMING
        end = self.data.find(_END_OF_HEAD)
        if max(end, len(self.data) if end < 0 else 0) > LARGEST_HEAD_BYTES:
            return Progress.HEAD_TOO_LARGE
        return Progress.COMING if end < 0 else self._take_head(end + len(_END_OF_HEAD))

    def _take_head(self, head_bytes: int) -> Progress:
        head = bytes(self.data[:head_bytes])
        if _ENCODED.search(head):
            return Progress.LENGTH_MISSING
        length = _LENGTH.search(head)
        body_bytes = int(length[1]) if length else 0
        self.is_cut = body_bytes > LARGEST_BODY_BYTES
        self._whole_bytes = head_bytes + min(body_bytes, LARGEST_BODY_BYTES)
        if len(self.data) >= self._whole_bytes:
            return Progress.WHOLE
        return Progress.WAITS_FOR_CONTINUE if _EXPECTS.search(head) else Progress.COMING
