"""Pages of a list of which nobody counts the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import EmptyPage, Page, Paginator

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    _Page = Page[Model]
    _Paginator = Paginator[Model]
else:
    _Page, _Paginator = Page, Paginator

MOST_ROWS = 10_000


class PeekedPage(_Page):
    """Knows whether another page follows, because one row more than it shows was read."""

    paginator: PeekingPaginator

    def __init__(self, rows: list[Model], number: int, paginator: PeekingPaginator) -> None:
        super().__init__(rows[: paginator.per_page], number, paginator)
        self._is_followed = len(rows) > paginator.per_page

    def has_next(self) -> bool:
        return self._is_followed and self.number < self.paginator.num_pages


class PeekingPaginator(_Paginator):
    """Pages through the first rows only. Counting would read them all, and nobody reads on.

    What lies behind is found by search and filters. `shown` is the page that was asked for last.
    """

    count = MOST_ROWS
    object_list: QuerySet[Model]
    shown: PeekedPage

    def page(self, number: int | str) -> Any:
        """Raises EmptyPage and PageNotAnInteger."""
        valid = self.validate_number(number)
        first = (valid - 1) * self.per_page
        rows = list(self.object_list[first : first + self.per_page + 1])
        if not rows and valid > 1:
            raise EmptyPage("There are fewer rows than that.")
        self.shown = PeekedPage(rows, valid, self)
        return self.shown
