"""Pages by position, not by number: exact when rows share a time, are added meanwhile, or are millions.

A cursor is signed together with whom and what it was made for, so that it can be neither made up nor used
on another list.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing

from core.exceptions import FieldProblem, Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.db import models
    from rest_framework.request import Request

DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE = 20, 100


class InvalidCursor(Invalid):
    code = "invalid_cursor"
    title = "The cursor is not valid"

    def __init__(self) -> None:
        detail = "The cursor was not made by this service for this list with these filters."
        super().__init__(detail, problems=(FieldProblem("cursor", self.code, detail),))


class Order(StrEnum):
    NEWEST_FIRST = "-id"
    OLDEST_FIRST = "id"


class Direction(StrEnum):
    NEXT = "n"
    PREVIOUS = "p"


@dataclass(frozen=True)
class Cursor:
    """Continue in this direction with the row after `position`, which is an id and itself not included."""

    direction: Direction
    position: int


@dataclass(frozen=True)
class CursorSigner:
    """Reads and writes the cursors of one list: one endpoint, one organization, one set of filters."""

    endpoint: str
    organization_id: int
    canonical: Mapping[str, Any]

    def read(self, text: str | None) -> Cursor | None:
        """Raises InvalidCursor."""
        if text is None:
            return None
        try:
            signed = self._signer.unsign(text)
        except signing.BadSignature as error:
            raise InvalidCursor from error
        # What carries our signature has the form that `write` gives it.
        return Cursor(Direction(signed[0]), int(signed[1:]))

    def write(self, cursor: Cursor | None) -> str | None:
        return self._signer.sign(f"{cursor.direction.value}{cursor.position}") if cursor else None

    @property
    def _signer(self) -> signing.Signer:
        list_identity = json.dumps([self.endpoint, self.organization_id, self.canonical], sort_keys=True)
        return signing.Signer(sep=".", salt=f"cursor:{list_identity}")

    def page_key(self, *parameters: object) -> str:
        """A short name for one page of this list."""
        identity = json.dumps([self.endpoint, self.canonical, *parameters], sort_keys=True)
        return hashlib.sha256(identity.encode()).hexdigest()


@dataclass(frozen=True)
class Slice:
    """Up to a page's size of rows, in the list's order, and how to go on from both of its ends."""

    rows: Sequence[Any]
    next_cursor: Cursor | None
    previous_cursor: Cursor | None


class FindBeyond(Protocol):
    """Finds so many rows after the one with this id, or from the list's start, in the order of their ids."""

    def __call__(self, row_id: int | None, /, *, newest_first: bool, most: int) -> Iterable[models.Model]: ...


def slice_of(find_beyond: FindBeyond, cursor: Cursor | None, page_size: int, *, order: Order) -> Slice:
    """The rows beyond the cursor. One query, whose cost does not grow with the distance from the start."""
    is_backward = cursor is not None and cursor.direction is Direction.PREVIOUS
    is_descending = (order is Order.NEWEST_FIRST) != is_backward
    position = cursor.position if cursor is not None else None
    # One row more than the page holds tells whether there is another page.
    found = list(find_beyond(position, newest_first=is_descending, most=page_size + 1))
    has_more, page = len(found) > page_size, found[:page_size]
    if not page:
        return _empty_slice(cursor, order)
    if is_backward:
        return _slice(page[::-1], has_next=True, has_previous=has_more)
    return _slice(page, has_next=has_more, has_previous=cursor is not None)


def _slice(rows: Sequence[models.Model], *, has_next: bool, has_previous: bool) -> Slice:
    return Slice(
        rows,
        Cursor(Direction.NEXT, rows[-1].pk) if has_next else None,
        Cursor(Direction.PREVIOUS, rows[0].pk) if has_previous else None,
    )


def _empty_slice(cursor: Cursor | None, order: Order) -> Slice:
    """Nothing is left in this direction; the way back begins with the very row of the cursor."""
    step = 1 if order is Order.OLDEST_FIRST else -1
    match cursor:
        case None:
            return Slice([], None, None)
        case Cursor(Direction.NEXT, position):
            return Slice([], None, Cursor(Direction.PREVIOUS, position + step))
        case Cursor(_, position):
            return Slice([], Cursor(Direction.NEXT, position - step), None)


def page_of(found: Slice, signer: CursorSigner, represent: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """The part of an answer that may be cached: it knows no host name."""
    return {
        "results": [represent(row) for row in found.rows],
        "next_cursor": signer.write(found.next_cursor),
        "previous_cursor": signer.write(found.previous_cursor),
    }


def answer_of(request: Request, page: Mapping[str, Any]) -> dict[str, Any]:
    """The answer, with links for this request."""
    return {
        **links_of(request, page["next_cursor"], page["previous_cursor"]),
        "results": page["results"],
    }


def links_of(request: Request, next_cursor: str | None, previous_cursor: str | None) -> dict[str, str | None]:
    return {"next": _link(request, next_cursor), "previous": _link(request, previous_cursor)}


def _link(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    kept = [
        (name, value) for name, values in request.query_params.lists() for value in values if name != "cursor"
    ]
    return public_url(request, f"{request.path}?{urlencode([*kept, ('cursor', cursor)])}")


def location_of(request: Request, row_id: int) -> str:
    """The address of a row of the very collection that the request is for."""
    return public_url(request, f"{request.path}{row_id}/")


def public_url(request: Request, path: str) -> str:
    """Under the configured address, or under the host of the request once Django has validated it."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL}{path}"
    return request.build_absolute_uri(path)
