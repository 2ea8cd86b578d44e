from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

MOST_ROWS = 10_000

if TYPE_CHECKING:
    _Paginator = Paginator[Model]
else:
    _Paginator = Paginator


class BoundedPaginator(_Paginator):
    """Pages through the first rows only, and counts no further: nobody reads on, and counting reads it all.

    What lies behind is found by search and filters.
    """

    object_list: QuerySet[Model]

    @cached_property
    def count(self) -> int:
        return self.object_list[:MOST_ROWS].count()
