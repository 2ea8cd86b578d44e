from __future__ import annotations

from access.repositories import lock_operator
from console.models import SavedView
from console.repositories import add_view, views_of
from core.exceptions import Conflict
from database.transactions import in_transaction

MOST_VIEWS = 20


class TooManyViews(Conflict):
    code = "too_many_views"
    title = "There are as many saved views as there can be"

    def __init__(self) -> None:
        super().__init__(f"There are {MOST_VIEWS} saved views already. Remove one that is not used any more.")


class ViewNameTaken(Conflict):
    code = "view_name_taken"
    title = "There is a saved view of this name"

    def __init__(self) -> None:
        super().__init__("There is a saved view of this name already.")


@in_transaction("save_view")
def save_view(*, operator_id: int, organization_id: int, name: str, query: str) -> SavedView:
    """Keep a list's filters, as its address has them, for this operator in this organization.

    Raises OperatorNotFound, TooManyViews or ViewNameTaken.
    """
    # Two at the same time would not see each other's, and be one too many or fail on the same name.
    lock_operator(operator_id)
    names = {view.name for view in views_of(operator_id=operator_id, organization_id=organization_id)}
    if name in names:
        raise ViewNameTaken
    if len(names) >= MOST_VIEWS:
        raise TooManyViews
    return add_view(
        SavedView(operator_id=operator_id, organization_id=organization_id, name=name, query=query)
    )
