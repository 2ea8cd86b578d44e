from __future__ import annotations

from payouts.selectors.payouts import payouts_of

RECENT_PAYOUTS = 1_000


def list_recent_currencies(*, organization_id: int) -> list[str]:
    """Those of the newest payouts. To find all that there ever were, every payout would be read."""
    newest = payouts_of(organization_id).order_by("-created_at", "-pk")
    return sorted(set(newest.values_list("currency", flat=True)[:RECENT_PAYOUTS]))
