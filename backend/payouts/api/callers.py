"""Who is calling, and which object the path names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payouts.api.fields import find_id
from payouts.refusals import PayoutNotFound, RecipientNotFound

if TYPE_CHECKING:
    from rest_framework.request import Request

    from access.caller import Caller


def caller_of(request: Request) -> Caller:
    """The permission class lets nobody else through."""
    caller: Any = request.user
    return caller  # type: ignore[no-any-return]


def read_payout_id(text: str) -> int:
    """What cannot be an id is the id of no payout. Raises PayoutNotFound."""
    payout_id = find_id(text)
    if payout_id is None:
        raise PayoutNotFound
    return payout_id


def read_recipient_id(text: str) -> int:
    """Raises RecipientNotFound."""
    recipient_id = find_id(text)
    if recipient_id is None:
        raise RecipientNotFound
    return recipient_id
