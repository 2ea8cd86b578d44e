"""Whom the demo pays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from database.copying import copy_rows, number_rows
from payouts.application.recipient_events import recipient_event
from payouts.domain.events import RecipientEvent
from payouts.domain.recipient import RecipientType
from payouts.management.demo.places import PLACES
from payouts.management.demo.told import told
from payouts.models import Recipient
from payouts.repositories.recipients import complete_recipient

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from events.models import Event
    from payouts.management.demo.places import Place

FEWEST = 150
# With more payouts there are more people to pay: one more for so many.
PAYOUTS_EACH = 400
JUST_DEACTIVATED = timedelta(minutes=15)
_BUSINESSES, _INACTIVE = 0.2, 0.06
_LETTERS = "ABCDEFGHKLMNPRSTUVWXYZ"
# The place of check digits while they are computed (ISO 13616).
_NO_CHECK_DIGITS = "00"


@dataclass(frozen=True)
class Payee:
    """A recipient with the currency they are paid in, and until when they can be."""

    row: Recipient
    account_number: str = field(repr=False)
    currency: str
    inactive_since: datetime | None

    def can_be_paid_at(self, moment: datetime) -> bool:
        return self.inactive_since is None or moment < self.inactive_since


def plan_payees(
    rng: Random, *, organization_id: int, payouts: int, first: datetime, now: datetime
) -> list[Payee]:
    """Not written yet. The last of them was deactivated just now."""
    count = FEWEST + payouts // PAYOUTS_EACH
    shares = [place.share for place in PLACES]
    payees = [
        _payee(rng, rng.choices(PLACES, shares)[0], organization_id, first=first, now=now)
        for _ in range(count)
    ]
    newest = payees[-1]
    newest.row.is_active, newest.row.updated_at = False, now - JUST_DEACTIVATED
    return [*payees[:-1], replace(newest, inactive_since=newest.row.updated_at)]


def add_payees(payees: Sequence[Payee]) -> None:
    rows = [payee.row for payee in payees]
    number_rows(rows)
    for row in rows:
        complete_recipient(row)
    copy_rows(rows)
    copy_rows([event for payee in payees for event in _events_of(payee)])


def _payee(rng: Random, place: Place, organization_id: int, *, first: datetime, now: datetime) -> Payee:
    made_at = first - timedelta(days=rng.uniform(0, 400))
    is_active = rng.random() >= _INACTIVE
    changed_at = made_at if is_active else now - timedelta(days=rng.uniform(0.5, 30))
    is_business = rng.random() < _BUSINESSES
    row = Recipient(
        organization_id=organization_id,
        type=(RecipientType.BUSINESS if is_business else RecipientType.INDIVIDUAL).value,
        name=_name(rng, place, is_business=is_business),
        account_number=account_number(rng, place),
        bank_code=_filled(rng, place.bank_code),
        country=place.country,
        is_active=is_active,
        created_at=made_at,
        updated_at=changed_at,
    )
    return Payee(row, row.account_number, place.currency, None if is_active else changed_at)


def _name(rng: Random, place: Place, *, is_business: bool) -> str:
    if is_business:
        return rng.choice(place.businesses)
    return f"{rng.choice(place.first_names)} {rng.choice(place.last_names)}"


def account_number(rng: Random, place: Place) -> str:
    number = _filled(rng, place.account)
    return _iban(place.country, number) if place.iban else number


def _filled(rng: Random, form: str) -> str:
    return "".join(rng.choice(_LETTERS) if mark == "A" else str(rng.randrange(10)) for mark in form)


def _iban(country: str, number: str) -> str:
    digits = "".join(str(int(character, 36)) for character in f"{number}{country}{_NO_CHECK_DIGITS}")
    return f"{country}{98 - int(digits) % 97:02}{number}"


def _events_of(payee: Payee) -> list[Event]:
    row, made_by = payee.row, "operator:olena.koval"
    created = recipient_event(row, RecipientEvent.CREATED, actor=made_by)
    events = [told(created, at=row.created_at)]
    if payee.inactive_since:
        changed = recipient_event(row, RecipientEvent.CHANGED, actor=made_by, fields=["is_active"])
        events.append(told(changed, at=payee.inactive_since))
    return events
