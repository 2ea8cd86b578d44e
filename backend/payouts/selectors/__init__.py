"""Reads of payouts and recipients, one module per subject. A deleted payout is in none of them."""

from payouts.selectors.payout_filters import PayoutFilters
from payouts.selectors.payouts import get_payout, list_payout_events, list_payouts
from payouts.selectors.recipients import get_recipient, list_possible_duplicates, list_recipients
from payouts.selectors.standing import report_standing

__all__ = [
    "PayoutFilters",
    "get_payout",
    "get_recipient",
    "list_payout_events",
    "list_payouts",
    "list_possible_duplicates",
    "list_recipients",
    "report_standing",
]
