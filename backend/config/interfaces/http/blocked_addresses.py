"""Which addresses have had their share of requests from nobody, and whom they are not to keep out."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest

# Of each kind this many are remembered by a process, the latest ones.
MOST_REMEMBERED = 10_000


class BlockedAddresses:
    """Remembers until when an address is refused unseen, and which credentials have proved good.

    Who shares an address with a flood of wrong keys is not to suffer from it: credentials that this process
    has let in before are looked at all the same. Only those that it has never seen wait for the window's end,
    since nothing tells them from the flood but the look-up that the flood is not to cost.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._until: OrderedDict[str, float] = OrderedDict()
        self._latest_until = 0.0
        self._proved: OrderedDict[bytes, None] = OrderedDict()

    def block(self, address: str, *, until: float) -> None:
        with self._lock:
            self._until[address] = until
            self._latest_until = max(self._latest_until, until)
            self._until.move_to_end(address)
            if len(self._until) > MOST_REMEMBERED:
                self._until.popitem(last=False)

    def note_proof(self, request: HttpRequest) -> None:
        credentials = _credentials_of(request)
        with self._lock:
            self._proved[credentials] = None
            self._proved.move_to_end(credentials)
            if len(self._proved) > MOST_REMEMBERED:
                self._proved.popitem(last=False)

    def forget_proof(self, request: HttpRequest) -> None:
        """The credentials are good no more: a revoked key is looked at like any other wrong one."""
        with self._lock:
            self._proved.pop(_credentials_of(request), None)

    def is_anybody_refused(self, *, now: float) -> bool:
        return now < self._latest_until

    def is_refused(self, request: HttpRequest, address: str, *, now: float) -> bool:
        if self._until.get(address, now) <= now:
            return False
        return _credentials_of(request) not in self._proved


def _credentials_of(request: HttpRequest) -> bytes:
    """Never the credentials themselves: what a process remembers may end up in a dump of its memory."""
    shown = request.META.get("HTTP_AUTHORIZATION") or request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return hashlib.sha256(shown.encode()).digest()
