"""Everything that can be done with a payout, in the order in which its page offers it."""

from __future__ import annotations

from console.payouts.dialogs import AskBank, Cancel, Delete, GiveUp, Hold, RecordReturn, Release, TakeOver
from console.payouts.reveal import Reveal
from console.payouts.settlement_dialogs import Settle

PAYOUT_DIALOGS = (
    Settle,
    AskBank,
    Release,
    Hold,
    TakeOver,
    RecordReturn,
    GiveUp,
    Cancel,
    Delete,
    Reveal,
)
