"""How a payout is called in lines of the log and in spans: by what anybody may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.tracing import trace_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payouts.models import Payout


def names_of(payout: Payout) -> dict[str, str | int]:
    return {"reference": payout.reference, "organization_id": payout.organization_id}


def naming(payout: Payout) -> dict[str, str | int]:
    """For each line of the log that is about the payout, so that all of them are found by its reference."""
    return {"reference": payout.reference, **whose(payout)}


def whose(payout: Payout) -> dict[str, str | int]:
    """What one line can say of several payouts: of a trace there is one only."""
    traced = {"trace_id": trace_id_of(payout.traceparent)} if payout.traceparent else {}
    return {"organization_id": payout.organization_id, **traced}


def named(references: Sequence[str]) -> dict[str, object]:
    """For a line about several payouts, or about the only one that there is: found by its reference too."""
    return {"references": references} if len(references) > 1 else {"reference": references[0]}
