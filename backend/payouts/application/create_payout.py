from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from django.utils import timezone
from ulid import ULID

from access.scopes import Scope
from core.tracing import link, present_traceparent
from database.transactions import in_transaction
from payouts.application.naming import naming
from payouts.application.payment_order import payment_order
from payouts.application.payout_events import payout_event
from payouts.bank_details import read_account_number
from payouts.domain.events import PayoutEvent
from payouts.domain.idempotency import (
    IdempotencyKeyDeleted,
    IdempotencyKeyReused,
    RequestedContent,
    ensure_idempotency_key,
)
from payouts.domain.rail import OrderNotPayable
from payouts.domain.recipient import RecipientInactive
from payouts.models import Payout
from payouts.rails import ensure_rail_serves
from payouts.refusals import RecipientNotFound
from payouts.repositories.payouts import (
    add_payout_unless_key_is_taken,
    find_payout_by_key,
    find_payout_by_key_and_recipient,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from access.caller import Caller
    from core.money import Money
    from payouts.domain.rail import Rail
    from payouts.models import Recipient

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PayoutRequest:
    """What a client asks for. Raises InvalidIdempotencyKey when built with a key that is none."""

    recipient_id: int
    money: Money
    idempotency_key: str
    metadata: Mapping[str, str]

    def __post_init__(self) -> None:
        ensure_idempotency_key(self.idempotency_key)

    @property
    def content(self) -> RequestedContent:
        return RequestedContent(
            self.recipient_id, self.money.amount_minor, self.money.currency, dict(self.metadata)
        )


@dataclass(frozen=True)
class CreatedPayout:
    payout: Payout
    is_replay: bool


def create_payout(*, caller: Caller, request: PayoutRequest, rail: Rail) -> CreatedPayout:
    """The one payout that this key names, committed when this returns; made unless it was there.

    Raises ScopeMissing, RecipientNotFound, RecipientInactive, AccountNumberUnreadable, OrderNotPayable,
    IdempotencyKeyReused or IdempotencyKeyDeleted, and stores nothing then. A repeat is answered before
    anything else is checked: what has changed since the first request does not change its answer.
    """
    caller.ensure_may(Scope.PAYOUTS_CREATE)
    earlier, recipient = find_payout_by_key_and_recipient(
        organization_id=caller.organization_id,
        idempotency_key=request.idempotency_key,
        recipient_id=request.recipient_id,
    )
    if earlier is not None:
        return _replay(earlier, request)
    payout = _draft(caller, request, recipient, rail)
    if _add_with_event(payout):
        log.info("payout_created", **naming(payout), rail=rail.code, actor=caller.actor)
        return CreatedPayout(payout, is_replay=False)
    return _replay(_first_to_take_key(caller, request), request)


def _first_to_take_key(caller: Caller, request: PayoutRequest) -> Payout:
    earlier = find_payout_by_key(
        organization_id=caller.organization_id, idempotency_key=request.idempotency_key
    )
    if earlier is None:  # rows are never deleted, and the insert has waited for the one that took the key
        raise RuntimeError("the key is taken, and nobody has it")
    return earlier


def _replay(earlier: Payout, request: PayoutRequest) -> CreatedPayout:
    if earlier.deleted_at is not None:
        raise IdempotencyKeyDeleted
    if earlier.request_fingerprint != request.content.fingerprint():
        fields = earlier.requested_content.differing_fields(request.content)
        raise IdempotencyKeyReused(fields, earlier.pk)
    link(earlier.traceparent)
    return CreatedPayout(earlier, is_replay=True)


def _draft(caller: Caller, request: PayoutRequest, recipient: Recipient | None, rail: Rail) -> Payout:
    ensure_rail_serves(caller.environment, rail)
    if recipient is None:
        raise RecipientNotFound
    if not recipient.is_active:
        raise RecipientInactive
    payout = _payout_for(caller, request, recipient, rail)
    problems = rail.validate(payment_order(payout, attempt_number=1))
    if problems:
        raise OrderNotPayable(problems)
    return payout


def _payout_for(caller: Caller, request: PayoutRequest, recipient: Recipient, rail: Rail) -> Payout:
    reference = str(ULID())
    return Payout(
        organization_id=caller.organization_id,
        reference=reference,
        end_to_end_id=f"PO{reference}",
        # ISO 20022 accepts no other version than 4.
        uetr=uuid.uuid4(),
        recipient=recipient,
        amount_minor=request.money.amount_minor,
        currency=request.money.currency,
        idempotency_key=request.idempotency_key,
        request_fingerprint=request.content.fingerprint(),
        recipient_name_snapshot=recipient.name,
        account_number_snapshot=read_account_number(recipient, "account_number"),
        bank_code_snapshot=recipient.bank_code,
        country_snapshot=recipient.country,
        metadata=dict(request.metadata),
        created_by=caller.actor,
        traceparent=present_traceparent(),
        rail=rail.code,
        next_run_at=timezone.now(),
    )


@in_transaction("create_payout", is_one_statement=True)
def _add_with_event(payout: Payout) -> bool:
    """Insert payout, event and marker together; False when another request took the key first."""
    created = payout_event(payout, PayoutEvent.CREATED, actor=payout.created_by)
    return add_payout_unless_key_is_taken(payout, created)
