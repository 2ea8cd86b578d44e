"""Reads of payouts and recipients, one module per subject. A deleted payout is in none of them."""

from payouts.selectors.amounts import Worth, map_worth
from payouts.selectors.attempts import list_attempts
from payouts.selectors.currencies import list_recent_currencies
from payouts.selectors.figures import count_by_day, report_figures
from payouts.selectors.needs import count_what_needs_a_person
from payouts.selectors.neighbours import Neighbours, list_neighbours
from payouts.selectors.payout_filters import PayoutFilters
from payouts.selectors.payout_lists import list_payouts_beyond
from payouts.selectors.payout_pages import PayoutPage, find_payouts
from payouts.selectors.payout_search import search_recipients
from payouts.selectors.payouts import (
    find_payout_id,
    get_payout,
    list_latest_events,
    list_payout_events,
    list_payouts,
    load_attempts_and_settlements,
)
from payouts.selectors.recipients import (
    get_recipient,
    list_possible_duplicates,
    list_recipients,
    list_recipients_with_account,
)
from payouts.selectors.settlements import (
    find_open_settlement,
    list_settlements,
    list_settlements_of,
    list_waiting_settlements,
)
from payouts.selectors.standing import report_standing, report_vital_signs

__all__ = [
    "Neighbours",
    "PayoutFilters",
    "PayoutPage",
    "Worth",
    "count_by_day",
    "count_what_needs_a_person",
    "find_open_settlement",
    "find_payout_id",
    "find_payouts",
    "get_payout",
    "get_recipient",
    "list_attempts",
    "list_latest_events",
    "list_neighbours",
    "list_payout_events",
    "list_payouts",
    "list_payouts_beyond",
    "list_possible_duplicates",
    "list_recent_currencies",
    "list_recipients",
    "list_recipients_with_account",
    "list_settlements",
    "list_settlements_of",
    "list_waiting_settlements",
    "load_attempts_and_settlements",
    "map_worth",
    "report_figures",
    "report_standing",
    "report_vital_signs",
    "search_recipients",
]
