"""What the clients did and what they heard: the one record of a run that the service has no part in."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Json = dict[str, Any]


class Result(StrEnum):
    OK = "ok"
    REFUSED = "refused"
    """A 4xx: nothing has happened."""
    UNKNOWN = "unknown"
    """A time-out, a broken connection, a 5xx, an answer that cannot be read: it may have worked."""


class Kind(StrEnum):
    CREATE = "create"
    REPEAT = "repeat"
    """An earlier key with the same content."""
    CONFLICT = "conflict"
    """An earlier key with another amount."""
    BAD_INPUT = "bad_input"
    DETAIL = "detail"
    LIST = "list"
    EVENTS = "events"
    FOREIGN = "foreign"
    """A payout of the other tenant."""
    MOVE = "move"
    IMPOSSIBLE_MOVE = "impossible_move"
    DELETE = "delete"
    RECIPIENT = "recipient"
    """Made or changed."""


@dataclass(frozen=True)
class Call:
    """One request and its answer. `started_at` is monotonic; a repeat after an unknown is a new call."""

    started_at: float
    seconds: float
    kind: Kind
    tenant: str
    key: str
    """The idempotency key; for a bad input its name in the table; otherwise empty."""
    body: Any
    status: int | None
    result: Result
    payout_id: int | None = None
    """The payout that the answer shows, else the one that the request named."""
    answer: Any = None
    error: str = ""
    attempt: int = 1
    """Above 1: the same request again, because the result of the one before was unknown."""
    retry_after: str = ""
    sees_bank_details: bool = True
    """Whether the caller's key has the right to full account numbers."""


def result_of(status: int | None) -> Result:
    match status:
        case int() if 200 <= status < 300:
            return Result.OK
        case int() if 400 <= status < 500:
            return Result.REFUSED
        case _:
            return Result.UNKNOWN


class ClientLog:
    """Any number of threads may add to it. With a path, each call is also appended there as a JSON line.

    The lines hold full account numbers: they belong to the clients, not among the service's logs.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._calls: list[Call] = []
        self._path = path
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)
            if self._path is not None:
                with self._path.open("a") as file:
                    file.write(json.dumps(asdict(call), ensure_ascii=False) + "\n")

    @property
    def calls(self) -> tuple[Call, ...]:
        with self._lock:
            return tuple(self._calls)

    def between(self, start: float, end: float) -> tuple[Call, ...]:
        """The calls that were started in this span of monotonic seconds, both ends included."""
        return tuple(call for call in self.calls if start <= call.started_at <= end)


def percentile(seconds: Sequence[float], share: float) -> float:
    """The smallest of the values that at least this share of them does not exceed; 0.0 when there are none."""
    ordered = sorted(seconds)
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def creates(calls: Sequence[Call]) -> Iterator[Call]:
    """Those that asked for a payout, first or again."""
    return (call for call in calls if call.kind in {Kind.CREATE, Kind.REPEAT})
