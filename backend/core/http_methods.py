"""The methods of requests as they may be written down: a client may make up others, with anything in them."""

from __future__ import annotations

# RFC 9110, 9.3, without CONNECT and TRACE, which no server of ours takes; PATCH is RFC 5789.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"


def known_method(method: str | None) -> str:
    """The method itself, or one word for all that are made up."""
    return method if method in _METHODS else OTHER
