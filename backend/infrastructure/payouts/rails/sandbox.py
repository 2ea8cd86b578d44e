"""The rail to the sandbox bank: JSON over HTTP, callbacks signed by the Standard Webhooks scheme."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeGuard

import httpx
import structlog
from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

from core.breaker import Breaker
from core.money import AMOUNT_MINOR_LIMIT
from infrastructure.http_client import fetch, make_client
from infrastructure.metrics.rails import measured
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
# So many calls in a row may end without an answer before the bank is left alone: a few orders may each break
# the call they travel in, and say nothing about the bank. A connection that is refused leaves no such doubt.
_PATIENCE_CALLS = 10
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0


class _LeftAlone(httpx.ConnectError):
    """No connection was tried: the bank has not answered lately."""


# Only these prove that no byte of the request left: the connection was never there.
_NOTHING_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def _breaker() -> Breaker:
    return Breaker(
        patience=_PATIENCE_CALLS,
        first_pause_seconds=_FIRST_PAUSE_SECONDS,
        longest_pause_seconds=_LONGEST_PAUSE_SECONDS,
        clock=monotonic,
    )


def _seconds(setting: str) -> timedelta:
    return timedelta(seconds=getattr(settings, setting))


@measured
class SandboxRail:
    code = "sandbox"
    capabilities = Capabilities(is_automatic=True, largest_batch=250, largest_amount_minor=AMOUNT_MINOR_LIMIT)

    def __init__(self) -> None:
        # One for each: a bank that takes no orders may well answer questions, which settle what is open.
        self.sending, self.asking = _breaker(), _breaker()

    @property
    def orders_at_once(self) -> int:
        if self.sending.is_resting:
            return 0
        return 1 if self.sending.is_in_doubt else self.capabilities.largest_batch

    @property
    def takes_questions(self) -> bool:
        return not self.asking.is_resting

    @cached_property
    def timing(self) -> Timing:
        return Timing(
            lease=_seconds("SANDBOX_RAIL_LEASE_SECONDS"),
            settle_window=_seconds("SANDBOX_RAIL_SETTLE_WINDOW_SECONDS"),
            accepted_patience=_seconds("SANDBOX_RAIL_ACCEPTED_PATIENCE_SECONDS"),
            inquiry_backoff=Backoff(timedelta(seconds=1), timedelta(seconds=30)),
            # As long as the bank is left alone at the most: when it is back, nothing waits much longer.
            retry_backoff=Backoff(timedelta(seconds=1), timedelta(seconds=_LONGEST_PAUSE_SECONDS)),
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
            answer = self._call(self.sending, "POST", json={"transfers": transfers})
        except _NOTHING_LEFT as error:
            return dict.fromkeys(rail_keys, NotSent(_reason_not_sent(error)))
        except (httpx.HTTPError, _UnreadableAnswer) as error:
            return dict.fromkeys(rail_keys, Unknown(_reason(error)))
        return {key: _submit_outcome(answer.get(key)) for key in rail_keys}

    def inquire(self, rail_keys: Sequence[str]) -> Mapping[str, Outcome]:
        try:
            answer = self._call(self.asking, "GET", params={"key": list(rail_keys)})
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

    def _call(self, breaker: Breaker, method: str, **request: Any) -> dict[str, Any]:
        """The bank's word on each transfer, by key. Raises httpx.HTTPError or _UnreadableAnswer."""
        if not breaker.admit():
            raise _LeftAlone("The bank is left alone for a while.")
        try:
            answer = self._transfers(method, **request)
        except (httpx.HTTPError, _UnreadableAnswer) as error:
            _record_failure(breaker, error)
            raise
        breaker.record_success()
        return answer

    def _transfers(self, method: str, **request: Any) -> dict[str, Any]:
        status, body = fetch(
            self._client,
            method,
            "/transfers",
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


def _record_failure(breaker: Breaker, error: Exception) -> None:
    if isinstance(error, _NOTHING_LEFT):
        breaker.trip()
    else:
        breaker.record_failure()
    if breaker.is_resting:
        log.warning("rail_left_alone", rail=SandboxRail.code, reason=_reason(error))


def _reason_not_sent(error: Exception) -> str:
    if isinstance(error, _LeftAlone):
        return str(error)
    return f"The bank cannot be reached: {type(error).__name__}."


def _reason(error: Exception) -> str:
    """For people, without addresses or contents: httpx puts neither into its own words, but servers may."""
    if isinstance(error, _UnreadableAnswer | _LeftAlone):
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
    """Raises ForgedCallback. There are several secrets while one is changed, and none without a bank."""
    secrets: list[str] = settings.SANDBOX_BANK_CALLBACK_SECRET.split()
    if not any(_has_signed(secret, body, headers) for secret in secrets):
        raise ForgedCallback


def _has_signed(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether this secret did, within five minutes of now: the scheme refuses any other timestamp."""
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, EmptyWebhookSecretError, ValueError):
        return False
    return True
