"""Lives that are told once and lived by thousands: to tell a million one by one takes minutes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar, cast

from payouts.application.payment_order import order_hash, payment_order
from payouts.management.demo.fates import ENDS, Fate
from payouts.management.demo.lives import live
from payouts.management.demo.story import Story
from payouts.models import Payout
from payouts.repositories.demo_lives import Life, Told

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from random import Random

    from django.db.models import Model

    from payouts.management.demo.requests import Asked, Requests

_Row = TypeVar("_Row", bound="Model")
# Of the rarest fate; of the others as many as they are more frequent.
_MOST_OF_RAREST = 5
_PAYOUTS_FOR_EACH = 20_000
# In place of the reference of whoever lives it.
_REFERENCE = "0" * 26
_SNAPSHOT = Payout._meta.get_field("account_number_snapshot")


class Pattern:
    """A life that has come to its end, of a payout that is not written."""

    def __init__(self, story: Story) -> None:
        self.number, self.lasts = story.payout.pk, story.moment - story.payout.created_at
        self._attempts = [attempt.number for attempt in story.attempts]

    def lived_by(self, asked: Asked) -> Life:
        """What is to be written of a payout that was asked for and lived like this."""
        payout = cast("Payout", asked)  # it has all that is read of one, and is made in a tenth of the time
        orders = [payment_order(payout, attempt_number=number) for number in self._attempts]
        hashes = [order_hash(order, organization_id=asked.organization_id) for order in orders]
        return Life(
            pattern=self.number,
            request_hashes=",".join(hashes),
            organization_id=asked.organization_id,
            reference=asked.reference,
            end_to_end_id=asked.end_to_end_id,
            uetr=asked.uetr,
            recipient_id=asked.recipient_id,
            amount_minor=asked.amount_minor,
            currency=asked.currency,
            idempotency_key=asked.idempotency_key,
            request_fingerprint=asked.request_fingerprint,
            recipient_name_snapshot=asked.recipient_name_snapshot,
            account_number_snapshot_encrypted=_encrypted(asked),
            bank_code_snapshot=asked.bank_code_snapshot,
            country_snapshot=asked.country_snapshot,
            metadata=json.dumps(asked.metadata),
            created_by=asked.created_by,
            created_at=asked.created_at,
        )


def _encrypted(asked: Asked) -> bytes:
    text, organization_id = asked.account_number_snapshot, asked.organization_id
    return _SNAPSHOT.encrypt_for(asked.reference, text, organization_id=organization_id).data


class Patterns:
    """Of every fate that is an end."""

    def __init__(
        self, rng: Random, requests: Requests, *, payouts: int, first: datetime, now: datetime
    ) -> None:
        self._rng, self._first = rng, first
        of_rarest = min(_MOST_OF_RAREST, 1 + payouts // _PAYOUTS_FOR_EACH)
        fates = [fate for fate, share in ENDS.items() for _ in range(share * of_rarest)]
        self._stories = [(fate, self._tell(number, fate, requests, now)) for number, fate in enumerate(fates)]
        self._of = {
            fate: [Pattern(story) for other, story in self._stories if other is fate] for fate in ENDS
        }

    def draw(self, fate: Fate, *, age: timedelta) -> Pattern:
        """A life of this fate, for a payout of this age. What would not have ended yet was paid at once."""
        drawn = self._rng.choice(self._of[fate])
        while drawn.lasts >= age:
            drawn = self._rng.choice(self._of[Fate.PAID_AT_ONCE])
        return drawn

    def told(self) -> Told:
        stories = [story for _, story in self._stories]
        return Told(
            payouts=[story.payout for story in stories],
            attempts=_numbered([attempt for story in stories for attempt in story.attempts]),
            events=_numbered([event for story in stories for event in story.events]),
            began_at=self._first,
            reference=_REFERENCE,
        )

    def _tell(self, number: int, fate: Fate, requests: Requests, now: datetime) -> Story:
        payout = requests.make(number, created_at=self._first)
        payout.pk, payout.reference = number, _REFERENCE
        story = Story(payout, self._rng, now)
        live(story, fate)
        return story


def _numbered(rows: list[_Row]) -> list[_Row]:
    for number, row in enumerate(rows):
        row.pk = number
    return rows
