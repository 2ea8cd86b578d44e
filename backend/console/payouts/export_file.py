"""The file of an export, made while it is sent: in short statements, and never more of it than a piece."""

from __future__ import annotations

import csv
import io
import time
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

import structlog

from console.payouts.export_columns import COLUMNS, cells_of
from core.answer_time import renew_answer_time
from core.exceptions import Conflict
from payouts.selectors import find_payouts

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from console.payouts.list_query import ListQuery
    from database.positions import Position
    from payouts.models import Payout

log = structlog.get_logger(__name__)

PAYOUTS_IN_A_PIECE = 1_000
# Of one process. Each holds a thread and a connection for minutes, and those are there for requests.
MOST_AT_ONCE = 2
# After it no piece gets more time than a whole answer has: a client that takes the file slowly is let go.
LONGEST_SECONDS = 900.0
# Excel takes a file without it for one in an old encoding.
_BYTE_ORDER_MARK = "\ufeff"
_END = "END OF EXPORT"

_places = BoundedSemaphore(MOST_AT_ONCE)


class TooManyExports(Conflict):
    code = "too_many_exports"
    title = "Other exports are under way"

    def __init__(self) -> None:
        super().__init__("Other exports are under way. Try again when one of them is done.")


class ExportFile:
    """Its pieces, in UTF-8. The last line says how many payouts there are: a file without it was broken off.

    Whoever makes one closes it, whether or not a piece was taken. Raises TooManyExports.
    """

    def __init__(self, query: ListQuery, *, organization_id: int, actor: str) -> None:
        if not _places.acquire(blocking=False):
            raise TooManyExports
        self._is_open = True
        self._log = log.bind(organization_id=organization_id, actor=actor)
        self._query, self._organization_id = query, organization_id
        self._count = 0
        self._pieces = self._make_pieces()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._pieces.close()
            _places.release()

    def _make_pieces(self) -> Generator[bytes]:
        yield (_BYTE_ORDER_MARK + _lines([list(COLUMNS)])).encode()
        ends_at, is_whole = time.monotonic() + LONGEST_SECONDS, False
        try:
            for payouts in self._read_payouts():
                if time.monotonic() < ends_at:
                    renew_answer_time()
                if payouts:  # none among those that were looked through
                    self._count += len(payouts)
                    yield _lines(cells_of(payout) for payout in payouts).encode()
            yield _lines([_last_line(self._count)]).encode()
            is_whole = True
        finally:
            self._log.info("payouts_export_ended", payouts=self._count, is_whole=is_whole)

    def _read_payouts(self) -> Iterator[Sequence[Payout]]:
        after: Position | None = None
        while True:
            page = find_payouts(
                organization_id=self._organization_id,
                filters=self._query.filters,
                text=self._query.text,
                after=after,
                size=PAYOUTS_IN_A_PIECE,
            )
            yield page.payouts
            after = page.after
            if after is None:
                return


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _last_line(count: int) -> list[str]:
    """As wide as every other, since some programs refuse one that is not."""
    return [_END, f"{count} payouts", *[""] * (len(COLUMNS) - 2)]
