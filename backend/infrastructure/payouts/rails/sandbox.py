"""The rail to the sandbox bank: JSON over HTTP, callbacks signed by the Standard Webhooks scheme."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeGuard

import httpx
import structlog
from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError

from core.money import AMOUNT_MINOR_LIMIT
from infrastructure.http_client import fetch, make_client
from payouts.domain.backoff import Backoff
from payouts.domain.failure import failure_of_rail
from payouts.domain.rail import (
    Accepted,
    Capabilities,
    Completed,
    ForgedCallback,
    NotFound,
    NotSent,
    Rejected,
    Returned,
    Timing,
    Unknown,
    UnreadableCallback,
    find_problems,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from core.exceptions import FieldProblem
    from payouts.domain.rail import Outcome, PaymentOrder, SubmitOutcome

log = structlog.get_logger(__name__)

_HTTP_OK = 200
_REFERENCE = re.compile(r"[!-~]{1,200}", re.ASCII)
# Only these prove that no byte of the request left: the connection was never there.
_NOTHING_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def _seconds(setting: str) -> timedelta:
    return timedelta(seconds=getattr(settings, setting))


class SandboxRail:
    code = "sandbox"
    capabilities = Capabilities(is_automatic=True, largest_batch=100, largest_amount_minor=AMOUNT_MINOR_LIMIT)

    @cached_property
    def timing(self) -> Timing:
        return Timing(
            lease=_seconds("SANDBOX_RAIL_LEASE_SECONDS"),
            settle_window=_seconds("SANDBOX_RAIL_SETTLE_WINDOW_SECONDS"),
            accepted_patience=_seconds("SANDBOX_RAIL_ACCEPTED_PATIENCE_SECONDS"),
            inquiry_backoff=Backoff(timedelta(seconds=1), timedelta(seconds=30)),
            retry_backoff=Backoff(timedelta(seconds=1), timedelta(minutes=5)),
            horizon=_seconds("SANDBOX_RAIL_HORIZON_SECONDS"),
            most_attempts=5,
        )

    @cached_property
    def _client(self) -> httpx.Client:
        return make_client(
            base_url=settings.SANDBOX_BANK_URL,
            connect_seconds=settings.SANDBOX_RAIL_CONNECT_TIMEOUT_SECONDS,
            total_seconds=settings.SANDBOX_RAIL_DEADLINE_SECONDS,
        )

    def close(self) -> None:
        """Close the connections that are kept open between calls."""
        self._client.close()

    def validate(self, order: PaymentOrder) -> tuple[FieldProblem, ...]:
        return find_problems(self.capabilities, order)

    def submit(self, orders: Sequence[PaymentOrder], *, valid_until: datetime) -> Mapping[str, SubmitOutcome]:
        rail_keys = [order.rail_key for order in orders]
        transfers = [_transfer(order, valid_until) for order in orders]
        try:
            answer = self._ask("POST", "/transfers", json={"transfers": transfers})
        except _NOTHING_LEFT as error:
            return dict.fromkeys(rail_keys, NotSent(f"The bank cannot be reached: {type(error).__name__}."))
        except (httpx.HTTPError, _UnreadableAnswer) as error:
            return dict.fromkeys(rail_keys, Unknown(_reason(error)))
        return {key: _submit_outcome(answer.get(key)) for key in rail_keys}

    def inquire(self, rail_keys: Sequence[str]) -> Mapping[str, Outcome]:
        try:
            answer = self._ask("GET", "/transfers", params={"key": list(rail_keys)})
        except (httpx.HTTPError, _UnreadableAnswer) as error:
            return dict.fromkeys(rail_keys, Unknown(_reason(error)))
        return {key: _inquiry_outcome(answer.get(key)) for key in rail_keys}

    def ingest(self, body: bytes, headers: Mapping[str, str]) -> Mapping[str, Outcome]:
        _ensure_signed(body, headers)
        try:
            transfer = json.loads(body)["data"]
            outcome = _inquiry_outcome(transfer)
            rail_key = str(transfer["key"])
        except _UNREADABLE as error:
            raise UnreadableCallback from error
        if isinstance(outcome, NotFound):  # an answer to a question, and no news by itself
            raise UnreadableCallback
        return {rail_key: outcome}

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """The bank's word on each transfer, by key. Raises httpx.HTTPError or _UnreadableAnswer."""
        status, body = fetch(
            self._client,
            method,
            path,
            deadline_seconds=settings.SANDBOX_RAIL_DEADLINE_SECONDS,
            **request,
        )
        if status != _HTTP_OK:
            raise _UnreadableAnswer(f"The bank answered with HTTP status {status}.")
        try:
            return _by_key(json.loads(body)["transfers"])
        except _UNREADABLE as error:
            raise _UnreadableAnswer("The bank's answer cannot be read.") from error


# What reading JSON of another's making can end in; the last is JSON that is nested too deep.
_UNREADABLE = (ValueError, KeyError, TypeError, RecursionError)


class _UnreadableAnswer(Exception):  # noqa: N818  an answer, of which nothing follows
    """The bank has answered, and what it did cannot be told from it."""


def _reason(error: Exception) -> str:
    """For people, without addresses or contents: httpx puts neither into its own words, but servers may."""
    if isinstance(error, _UnreadableAnswer):
        return str(error)
    return f"The bank did not answer: {type(error).__name__}."


def _by_key(transfers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The word on each key; none on a key of which the answer says two different things."""
    words: dict[str, Any] = {}
    for transfer in transfers:
        key = transfer["key"]
        words[key] = transfer if words.get(key, transfer) == transfer else None
    return words


def _transfer(order: PaymentOrder, valid_until: datetime) -> dict[str, object]:
    return {
        "key": order.rail_key,
        "end_to_end_id": order.end_to_end_id,
        "uetr": str(order.uetr),
        "amount_minor": order.amount_minor,
        "currency": order.currency,
        "beneficiary_name": order.beneficiary_name,
        "account_number": order.account_number,
        "bank_code": order.bank_code,
        "country": order.country,
        "remittance_text": order.remittance_text,
        "valid_until": valid_until.timestamp(),
    }


def _submit_outcome(transfer: Mapping[str, Any] | None) -> SubmitOutcome:
    match transfer:
        case {"status": "executed", "reference": str(reference)} if _is_reference(reference):
            return Completed(reference, {"reply": "executed"})
        case {"status": "accepted", "reference": str(reference)} if _is_reference(reference):
            return Accepted(reference)
        case {"status": "rejected", "failure": {"code": str(code), "message": str(message), **rest}}:
            return Rejected(failure_of_rail(code, message=message, retryable=rest.get("retryable") is True))
        case _:
            return Unknown("The bank's answer does not say what became of this order.")


def _inquiry_outcome(transfer: Mapping[str, Any] | None) -> Outcome:
    match transfer:
        case {"status": "in_progress", **rest}:
            reference = rest.get("reference")
            return Accepted(reference if _is_reference(reference) else "")
        case {"status": "returned", "reference": str(reference)} if _is_reference(reference):
            return Returned(reference, {"bank": "returned"})
        case {"status": "not_found"}:
            return NotFound()
        case _:
            return _submit_outcome(transfer)


def _is_reference(text: object) -> TypeGuard[str]:
    """Whether it can be kept: the bank's references are short and of visible ASCII."""
    return isinstance(text, str) and _REFERENCE.fullmatch(text) is not None


def _ensure_signed(body: bytes, headers: Mapping[str, str]) -> None:
    """Raises ForgedCallback. The scheme also refuses a timestamp more than five minutes away."""
    try:
        Webhook(settings.SANDBOX_BANK_CALLBACK_SECRET).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        raise ForgedCallback from error
