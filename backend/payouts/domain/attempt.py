"""An attempt: one instruction to a rail under one key, from the claim to its proven end."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class AttemptState(StrEnum):
    SENDING = "sending"
    """A worker holds it, under a lease, and may be transmitting it."""
    NOT_SENT = "not_sent"
    """No byte left; it will be transmitted again under the same key."""
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    NEEDS_REVIEW = "needs_review"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Ended with the proof that nothing was executed."""
    RETURNED = "returned"


# While an attempt is live the money may be on its way, so that no other attempt may begin.
LIVE_STATES = frozenset(
    {
        AttemptState.SENDING,
        AttemptState.NOT_SENT,
        AttemptState.ACCEPTED,
        AttemptState.UNKNOWN,
        AttemptState.NEEDS_REVIEW,
    }
)

# The rail may have more to tell of these than it has told.
ASKABLE_STATES = frozenset({AttemptState.ACCEPTED, AttemptState.UNKNOWN, AttemptState.NEEDS_REVIEW})


def rail_key_of(reference: str, attempt_number: int) -> str:
    """The idempotency key towards the rail. A number is used again only if no byte of it has left."""
    return f"{reference}-{attempt_number}"


_ENDS = frozenset({AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.RETURNED})

ATTEMPT_MOVES: Mapping[AttemptState, frozenset[AttemptState]] = {
    AttemptState.SENDING: _ENDS | {AttemptState.NOT_SENT, AttemptState.ACCEPTED, AttemptState.UNKNOWN},
    AttemptState.NOT_SENT: _ENDS | {AttemptState.SENDING},
    AttemptState.ACCEPTED: _ENDS | {AttemptState.NEEDS_REVIEW},
    AttemptState.UNKNOWN: _ENDS | {AttemptState.ACCEPTED, AttemptState.NEEDS_REVIEW},
    AttemptState.NEEDS_REVIEW: _ENDS,
    AttemptState.SUCCEEDED: frozenset({AttemptState.RETURNED}),
    # A rail may report an execution after it had denied the order; nothing else leaves an end.
    AttemptState.FAILED: frozenset({AttemptState.SUCCEEDED}),
    AttemptState.RETURNED: frozenset(),
}
