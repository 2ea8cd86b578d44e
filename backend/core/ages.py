"""How long something has been so, as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def age_in_words(age: timedelta | None) -> str:
    """The largest unit that fits, such as 90 s, 12 min, 30 h or 4 d."""
    if age is None:
        return "-"
    seconds = age.total_seconds()
    for unit, seconds_in_unit in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= 2 * seconds_in_unit:
            return f"{seconds // seconds_in_unit:.0f} {unit}"
    return f"{seconds:.0f} s"
