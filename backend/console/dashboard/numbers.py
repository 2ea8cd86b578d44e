from __future__ import annotations


def grouped(number: int) -> str:
    """With narrow blanks between thousands: commas and points mean different things to different people."""
    return f"{number:,}".replace(",", "\u202f")
