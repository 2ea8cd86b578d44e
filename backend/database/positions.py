"""Pages by position in a list that is ordered by a time and then by id, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, Q

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

M = TypeVar("M", bound=Model)


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


def beyond(rows: QuerySet[M], row_id: int | None, *, newest_first: bool, most: int) -> QuerySet[M]:
    """In the order of their ids, so many after the one with this id, or from the list's start."""
    if row_id is not None:
        rows = rows.filter(**{"id__lt" if newest_first else "id__gt": row_id})
    return rows.order_by("-id" if newest_first else "id")[:most]
