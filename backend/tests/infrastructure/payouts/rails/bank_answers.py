"""What a bank says, byte for byte, and a sandbox rail that hears it."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from infrastructure.payouts.rails.sandbox import SandboxRail
from payouts.domain.rail import PaymentOrder
from tests.factories import NOON
from tests.infrastructure.raw_server import answering, http_answer, raw_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from payouts.domain.rail import Outcome, SubmitOutcome
    from tests.infrastructure.raw_server import Behaviour, RawServer

ACCOUNT_NUMBER = "UA909876543210"
KEY = "01JQ-1"
OTHER_KEY = "01JR-1"
REFUSAL = {"code": "account_closed", "message": "The account is closed.", "retryable": False}


def order(rail_key: str = KEY, **changes: Any) -> PaymentOrder:
    usual: dict[str, Any] = {
        "reference": rail_key.removesuffix("-1"),
        "end_to_end_id": f"PO{rail_key}",
        "uetr": uuid.UUID(int=4),
        "rail_key": rail_key,
        "amount_minor": 10_050,
        "currency": "USD",
        "beneficiary_name": "John Doe",
        "account_number": ACCOUNT_NUMBER,
        "bank_code": "MFO123",
        "country": "UA",
        "remittance_text": "Invoice 7",
    }
    return PaymentOrder(**usual | changes)


def transfer(status: str | None = "executed", **changes: Any) -> dict[str, Any]:
    """The bank's word on one order; None leaves a part out."""
    usual = {"key": KEY, "status": status, "reference": "bank-7", "failure": None}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def saying(*transfers: object, status: str = "200 OK") -> Behaviour:
    return answering(http_answer(json.dumps({"transfers": transfers}).encode(), status=status))


@contextmanager
def rail_to(url: str, settings: Settings) -> Iterator[SandboxRail]:
    settings.SANDBOX_BANK_URL = url
    settings.SANDBOX_RAIL_CONNECT_TIMEOUT_SECONDS = 1.0
    settings.SANDBOX_RAIL_DEADLINE_SECONDS = 1.0
    rail = SandboxRail()
    try:
        yield rail
    finally:
        rail.close()


@contextmanager
def bank_with_rail(behaviour: Behaviour, settings: Settings) -> Iterator[tuple[RawServer, SandboxRail]]:
    with raw_server(behaviour) as bank, rail_to(bank.url, settings) as rail:
        yield bank, rail


def submit(rail: SandboxRail, *rail_keys: str) -> dict[str, SubmitOutcome]:
    return dict(rail.submit([order(key) for key in rail_keys or (KEY,)], valid_until=NOON))


def submitted(behaviour: Behaviour, settings: Settings) -> SubmitOutcome:
    """What the rail makes of the bank's behaviour towards one order."""
    with bank_with_rail(behaviour, settings) as (_, rail):
        (outcome,) = submit(rail).values()
    return outcome


def inquired(behaviour: Behaviour, settings: Settings) -> Outcome:
    """What the rail makes of the bank's behaviour towards one question."""
    with bank_with_rail(behaviour, settings) as (_, rail):
        (outcome,) = rail.inquire([KEY]).values()
    return outcome
