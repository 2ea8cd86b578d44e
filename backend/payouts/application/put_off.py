"""Payouts that cannot be sent now for a reason of ours: tried again later, in the way of nobody meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from payouts.bank_details import is_readable
from payouts.repositories.payouts import put_off

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from payouts.models import Payout

PAUSE = timedelta(minutes=1)


def put_off_unreadable(payouts: Sequence[Payout], *, now: datetime) -> list[Payout]:
    """The locked payouts that can be sent. What cannot be decrypted is due again later.

    Nothing else of them changes: with the missing key back, they go as if nothing had been. Without this, one
    such payout would break every batch of its rail, for ever the first that is due.
    """
    unreadable = [payout for payout in payouts if not is_readable(payout, "account_number_snapshot")]
    if unreadable:
        put_off(unreadable, until=now + PAUSE)
    return [payout for payout in payouts if payout not in unreadable]
