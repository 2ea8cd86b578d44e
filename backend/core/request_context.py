"""The request id of what is being done, so that log lines and events of one request can be put together."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
