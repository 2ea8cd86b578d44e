"""Rows as the tests of lists and figures need them: with any age and in any state."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from database.copying import copy_rows, number_rows
from payouts.domain.failure import Failure, FailureCode, Source
from payouts.domain.status import Stage, Status
from payouts.models import Payout
from tests.factories import NOON

if TYPE_CHECKING:
    from payouts.models import Recipient

STAGE_OF = {
    Status.NEW: Stage.READY,
    Status.PROCESSING: Stage.ACCEPTED,
    Status.COMPLETED: Stage.CONFIRMED,
    Status.FAILED: Stage.DECLINED,
    Status.CANCELED: Stage.BY_USER,
    Status.RETURNED: Stage.RETURNED,
}
_numbers = iter(range(1, 1_000_000))


def add_payout(
    recipient: Recipient,
    status: Status = Status.COMPLETED,
    *,
    age: timedelta = timedelta(0),
    took: timedelta | None = None,
    **columns: Any,
) -> Payout:
    """Asked for that long before NOON; completed after `took`, whatever became of it later."""
    number = next(_numbers)
    reference, created_at = f"{number:026}", NOON - age
    took = timedelta(seconds=2) if took is None and status is Status.COMPLETED else took
    failure = Failure(FailureCode.ACCOUNT_CLOSED, Source.RAIL).as_json() if status is Status.FAILED else None
    row: dict[str, Any] = {
        "organization_id": recipient.organization_id,
        "reference": reference,
        "end_to_end_id": f"PO{reference}",
        "uetr": f"00000000-0000-4000-8000-{number:012}",
        "recipient": recipient,
        "amount_minor": 10_050,
        "currency": "EUR",
        "idempotency_key": f"row-{number:08}",
        "request_fingerprint": "v1:of-no-request",
        "recipient_name_snapshot": recipient.name,
        "account_number_snapshot": "UA1234567890",
        "created_by": "test",
        "rail": "sandbox",
        "status": status.value,
        "stage": STAGE_OF[status].value,
        "failure": failure,
        "completed_at": None if took is None else created_at + took,
        "created_at": created_at,
        "updated_at": created_at,
    }
    payout = Payout(**(row | columns))
    number_rows([payout])
    copy_rows([payout])
    return payout
