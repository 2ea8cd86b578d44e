"""Who hears of each line of the log that tells of an error. Nobody does, until the infrastructure listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    # By its names, before it is rendered: "exc_info" is still what Python's logging takes for it.
    Line = Mapping[str, Any]

_ERRORS = ("error", "critical")
_listener: Callable[[Line], None] | None = None


def tell_errors_to(listener: Callable[[Line], None] | None) -> None:
    """From now on this one hears of each; nobody with None. It must not raise."""
    global _listener  # noqa: PLW0603  one for the process, as the log is
    _listener = listener


def tell_if_error(line: Line) -> None:
    if _listener is not None and line["level"] in _ERRORS:
        _listener(line)
