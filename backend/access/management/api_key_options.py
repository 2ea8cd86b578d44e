"""Options that several commands about API keys take, and how they are read."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from access.scopes import EVERY_SCOPE

if TYPE_CHECKING:
    from argparse import ArgumentParser

_DURATION = re.compile(r"([1-9][0-9]{0,4})([mhd])", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def read_duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is no duration: write 30m, 24h or 90d")
    return int(match[1]) * _UNITS[match[2]]


def read_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no date and time: write 2027-01-31T12:00:00Z") from None
    if moment.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} names no time zone: add Z for UTC")
    return moment


def add_expiry_options(parser: ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--expires-in", type=read_duration, metavar="90d", help="how long the key works")
    group.add_argument("--expires-at", type=read_moment, metavar="TIME", help="until when, in ISO 8601")


def expiry_of(now: datetime, expires_in: timedelta | None, expires_at: datetime | None) -> datetime | None:
    return now + expires_in if expires_in else expires_at


def add_terms_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--scope",
        action="append",
        dest="scopes",
        choices=sorted(scope.value for scope in EVERY_SCOPE),
        help="what the key may do; repeat for more",
    )
    parser.add_argument(
        "--network",
        action="append",
        dest="networks",
        metavar="203.0.113.0/24",
        help="from where the key may be used; repeat for more",
    )
