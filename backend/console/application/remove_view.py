from __future__ import annotations

from console.repositories import delete_view
from core.exceptions import NotFound
from database.transactions import in_transaction


class ViewNotFound(NotFound):
    code = "view_not_found"
    title = "There is no such saved view"

    def __init__(self) -> None:
        super().__init__("There is no such saved view.")


@in_transaction("remove_view")
def remove_view(*, operator_id: int, view_id: int) -> None:
    """Raises ViewNotFound, for another operator's too."""
    if not delete_view(operator_id=operator_id, view_id=view_id):
        raise ViewNotFound
