"""What a line of the export holds of a payout, safe in a spreadsheet."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from payouts.bank_details import shown_account_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from payouts.models import Payout

# A cell that begins so is a formula to a spreadsheet; one that separates by semicolons or tabs finds cells
# inside of ours, too. https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"(^|[;\t\r\n])(\s*)(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")


def harmless(text: str) -> str:
    """With an apostrophe in front of what a spreadsheet would calculate; other text is left as it is."""
    return _FORMULA.sub(r"\1'\2", text)


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")


def _failure(payout: Payout, part: str) -> str:
    return str((payout.failure or {}).get(part) or "")


def _metadata(payout: Payout) -> str:
    return json.dumps(payout.metadata, ensure_ascii=False, sort_keys=True) if payout.metadata else ""


# What others wrote goes through `harmless`; the rest is ours, and an amount stays a number.
COLUMNS: Mapping[str, Callable[[Payout], str]] = {
    "id": lambda payout: str(payout.pk),
    "reference": lambda payout: payout.reference,
    "end_to_end_id": lambda payout: payout.end_to_end_id,
    "idempotency_key": lambda payout: harmless(payout.idempotency_key),
    "status": lambda payout: payout.status,
    "stage": lambda payout: payout.stage,
    "amount": lambda payout: payout.money.amount,
    "currency": lambda payout: payout.currency,
    "recipient_id": lambda payout: str(payout.recipient_id),
    "recipient_name": lambda payout: harmless(payout.recipient_name_snapshot),
    "account_number_masked": lambda payout: harmless(shown_account_number(payout, "account_number_snapshot")),
    "bank_code": lambda payout: harmless(payout.bank_code_snapshot),
    "country": lambda payout: payout.country_snapshot,
    "rail": lambda payout: payout.rail,
    "attempts": lambda payout: str(payout.attempts_made),
    "failure_code": lambda payout: harmless(_failure(payout, "code")),
    "failure_message": lambda payout: harmless(_failure(payout, "message")),
    "metadata": lambda payout: harmless(_metadata(payout)),
    "created_by": lambda payout: harmless(payout.created_by),
    "created_at": lambda payout: _moment(payout.created_at),
    "updated_at": lambda payout: _moment(payout.updated_at),
    "completed_at": lambda payout: _moment(payout.completed_at),
}


def cells_of(payout: Payout) -> list[str]:
    return [read(payout) for read in COLUMNS.values()]
