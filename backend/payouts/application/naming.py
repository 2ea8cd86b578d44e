"""How a payout is called in lines of the log and in spans: by what anybody may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.tracing import trace_id_of

if TYPE_CHECKING:
    from payouts.models import Payout


def names_of(payout: Payout) -> dict[str, str | int]:
    return {"reference": payout.reference, "organization_id": payout.organization_id}


def naming(payout: Payout) -> dict[str, str | int]:
    """For each line of the log that is about the payout, so that all of them are found by its reference."""
    return names_of(payout) | ({"trace_id": trace_id_of(payout.traceparent)} if payout.traceparent else {})
