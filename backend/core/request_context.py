"""What belongs to one request: its id, which log lines and events carry, and what was found out about it."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")

# Set in the META of a request whose signature was found good: rates do not count it against its address.
SIGNED = "payouts.signed"
