"""The lists of payouts that clients ask for, one page after the other."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from database.compiled import CompiledQuery
from database.positions import beyond
from payouts.selectors.payout_filters import has_single_values_only, single_values
from payouts.selectors.payouts import list_payouts, payouts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from payouts.models import Payout
    from payouts.selectors.payout_filters import PayoutFilters

# Of queries that are kept composed: clients use a few.
_MOST_SHAPES = 256
# What a list shows of each payout, and what its account number is decrypted by.
_SHOWN = (
    "organization_id",
    "reference",
    "recipient_id",
    "amount_minor",
    "currency",
    "status",
    "stage",
    "recipient_name_snapshot",
    "account_number_snapshot",
    "bank_code_snapshot",
    "failure",
    "metadata",
    "created_at",
    "updated_at",
    "completed_at",
)


def list_payouts_beyond(
    payout_id: int | None, *, organization_id: int, filters: PayoutFilters, newest_first: bool, most: int
) -> Sequence[Payout]:
    """In the order of their ids, so many after the one with this id, or from the list's start.

    Only what a list shows of them is read.
    """
    if not has_single_values_only(filters):
        wanted = list_payouts(organization_id=organization_id, filters=filters)
        return list(beyond(wanted.only(*_SHOWN), payout_id, newest_first=newest_first, most=most))
    values = single_values(filters)
    if payout_id is not None:
        values[_ID_BEYOND] = payout_id
    query = _composed(tuple(values), newest_first=newest_first, most=most)
    return query.all(organization_id=organization_id, **values)


_ID_BEYOND = "id_beyond"


@lru_cache(_MOST_SHAPES)
def _composed(names: tuple[str, ...], *, newest_first: bool, most: int) -> CompiledQuery[Payout]:
    def build(organization_id: Any, id_beyond: Any = None, **values: Any) -> QuerySet[Payout]:
        wanted = payouts_of(organization_id).filter(**values).only(*_SHOWN)
        return beyond(wanted, id_beyond, newest_first=newest_first, most=most)

    return CompiledQuery(build, "organization_id", *names)
