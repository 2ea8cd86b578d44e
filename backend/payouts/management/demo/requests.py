"""What was asked for: of whom, how much, with which key."""

from __future__ import annotations

import hashlib
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from ulid import ULID

from core.actor import api_key_actor
from core.money import exponent_of
from payouts.domain.idempotency import RequestedContent
from payouts.management.demo.people import SOURCES
from payouts.models import Payout
from payouts.rails import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from random import Random

    from access.models import ApiKey
    from payouts.management.demo.recipients import Payee

# What a payment of middling size is, in units of the currency.
_MIDDLING = {
    "EUR": 180,
    "USD": 210,
    "GBP": 160,
    "UAH": 5_400,
    "PLN": 640,
    "JPY": 24_000,
    "SEK": 1_900,
    "BRL": 820,
    "NGN": 96_000,
    "KWD": 60,
}
_SPREAD = 0.9
_CAMPAIGNS = ("autumn", "weekly", "bonus", "back-pay")
_SOURCES, _SHARES = list(SOURCES), list(accumulate(SOURCES.values()))
# The first ones are paid most often, like those who sell most.
_FAVOUR = 0.7


class Asked(NamedTuple):
    """What a payout is made of, under the names of its fields."""

    organization_id: int
    reference: str
    end_to_end_id: str
    uetr: UUID
    recipient_id: int
    amount_minor: int
    currency: str
    idempotency_key: str
    request_fingerprint: str
    recipient_name_snapshot: str
    account_number_snapshot: str
    bank_code_snapshot: str
    country_snapshot: str
    metadata: dict[str, str]
    created_by: str
    created_at: datetime


class Requests:
    """Makes payouts that are not written yet and have not moved."""

    def __init__(
        self, rng: Random, *, seed: int, payees: Sequence[Payee], keys: Mapping[str, ApiKey]
    ) -> None:
        self._rng, self._seed, self._payees = rng, seed, payees
        self._favour = list(accumulate(1 / (place + 3) ** _FAVOUR for place in range(len(payees))))
        self._actors = {source: api_key_actor(key.public_id) for source, key in keys.items()}

    def make(self, number: int, *, created_at: datetime, payee: Payee | None = None) -> Payout:
        asked = self.ask(number, created_at=created_at, payee=payee)
        return Payout(**asked._asdict(), rail=SANDBOX, updated_at=created_at)  # noqa: SLF001  a public name

    def ask(self, number: int, *, created_at: datetime, payee: Payee | None = None) -> Asked:
        rng, payee = self._rng, payee or self._pick(created_at)
        (source,) = rng.choices(_SOURCES, cum_weights=_SHARES)
        reference = str(ULID.from_bytes(_milliseconds(created_at) + rng.randbytes(10)))
        recipient, metadata = payee.row, self._metadata(number, source)
        amount = self._amount_minor(payee.currency)
        content = RequestedContent(recipient.pk, amount, payee.currency, metadata)
        return Asked(
            organization_id=recipient.organization_id,
            reference=reference,
            end_to_end_id=f"PO{reference}",
            uetr=UUID(int=rng.getrandbits(128), version=4),
            recipient_id=recipient.pk,
            amount_minor=amount,
            currency=payee.currency,
            idempotency_key=key_of(self._seed, number),
            request_fingerprint=content.fingerprint(),
            recipient_name_snapshot=recipient.name,
            account_number_snapshot=payee.account_number,
            bank_code_snapshot=recipient.bank_code,
            country_snapshot=recipient.country,
            metadata=metadata,
            created_by=self._actors[source],
            created_at=created_at,
        )

    def _pick(self, moment: datetime) -> Payee:
        while True:
            (payee,) = self._rng.choices(self._payees, cum_weights=self._favour)
            if payee.can_be_paid_at(moment):
                return payee

    def _amount_minor(self, currency: str) -> int:
        units = _MIDDLING[currency] * self._rng.lognormvariate(0, _SPREAD)
        # Every third is a round sum.
        rounded = units if self._rng.randrange(3) else max(1, round(units, -1))
        minor: int = 10 ** exponent_of(currency)
        return max(1, round(rounded * minor))

    def _metadata(self, number: int, source: str) -> dict[str, str]:
        if not self._rng.randrange(4):
            return {}
        order = {"order": f"{source[0]}-{40_000 + number}"}
        return order if self._rng.randrange(3) else order | {"campaign": self._rng.choice(_CAMPAIGNS)}


def key_of(seed: int, number: int) -> str:
    """The same in every run with the seed, whenever that is: by it the data is known again."""
    digest = hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()
    return f"payout-{digest[:10]}-{number:07}"


def _milliseconds(moment: datetime) -> bytes:
    return int(moment.timestamp() * 1_000).to_bytes(6, "big")
