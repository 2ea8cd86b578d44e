from __future__ import annotations

from typing import TYPE_CHECKING

from console.models import SavedView

if TYPE_CHECKING:
    from collections.abc import Sequence


def list_saved_views(*, operator_id: int, organization_id: int) -> Sequence[SavedView]:
    """By their names."""
    mine = SavedView.objects.filter(operator_id=operator_id, organization_id=organization_id)
    return list(mine.order_by("name"))
