"""Pages by position in a list that is ordered by a time and then by id, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet


@dataclass(frozen=True)
class Position:
    """Of one row: a page that ends with it is followed by one that begins behind it."""

    moment: datetime
    row_id: int


def newest_first(rows: QuerySet[Any], time: str) -> QuerySet[Any]:
    return rows.order_by(f"-{time}", "-pk")


def behind(rows: QuerySet[Any], position: Position | None, time: str) -> QuerySet[Any]:
    """Older ones; all when there is no position. Written so that an index is read from the position on."""
    if position is None:
        return rows
    is_older = Q(**{f"{time}__lt": position.moment}) | Q(pk__lt=position.row_id)
    return rows.filter(is_older, **{f"{time}__lte": position.moment})


def down_to(rows: QuerySet[Any], position: Position, time: str) -> QuerySet[Any]:
    """The row at the position, and newer ones."""
    is_newer = Q(**{f"{time}__gt": position.moment}) | Q(pk__gte=position.row_id)
    return rows.filter(is_newer, **{f"{time}__gte": position.moment})


def end_of_window(rows: QuerySet[Any], time: str, *, size: int) -> Position | None:
    """Where the newest `size` rows end; None when there are fewer."""
    last = list(newest_first(rows, time).values_list(time, "pk")[size - 1 : size])
    return Position(*last[0]) if last else None
