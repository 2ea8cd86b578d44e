"""The writers' door to the console's own table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.models import SavedView

if TYPE_CHECKING:
    from django.db.models import QuerySet


def views_of(*, operator_id: int, organization_id: int) -> QuerySet[SavedView]:
    return SavedView.objects.filter(operator_id=operator_id, organization_id=organization_id)


def add_view(view: SavedView) -> SavedView:
    view.save(force_insert=True)
    return view


def delete_view(*, operator_id: int, view_id: int) -> bool:
    """Whether there was such a view of the operator's."""
    return bool(SavedView.objects.filter(operator_id=operator_id, pk=view_id).delete()[0])
