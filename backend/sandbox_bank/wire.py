"""JSON in and out: requests are read strictly, so that a client's slip is told and never guessed at."""

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl

from sandbox_bank.store import LedgerLine
from sandbox_bank.transfers import Answer, Failure, Status, Transfer, TransferOrder

MOST_TRANSFERS: Final = 1000
LARGEST_AMOUNT_MINOR: Final = 10**15
LONGEST_TEXT: Final = 500

_REQUIRED_TEXTS: Final = ("key", "end_to_end_id", "currency", "beneficiary_name", "account_number")
_OPTIONAL_TEXTS: Final = ("uetr", "bank_code", "country", "remittance_text")
_FIELDS: Final = frozenset((*_REQUIRED_TEXTS, *_OPTIONAL_TEXTS, "amount_minor", "valid_until"))


class MalformedRequestError(Exception):
    """The client has to change its request; the message names the place, never an account number."""


def read_json(body: bytes) -> object:
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise MalformedRequestError("the body is not JSON") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def read_orders(body: bytes) -> list[TransferOrder]:
    match read_json(body):
        case {"transfers": list(items), **rest} if not rest and 1 <= len(items) <= MOST_TRANSFERS:
            return [_read_order(item, f"transfers[{index}]") for index, item in enumerate(items)]
        case _:
            raise MalformedRequestError(
                f'the body must be {{"transfers": [1 to {MOST_TRANSFERS} transfers]}}'
            )


def _read_order(item: object, place: str) -> TransferOrder:
    if not isinstance(item, dict):
        raise MalformedRequestError(f"{place} must be an object")
    if not _FIELDS.issuperset(item):
        raise MalformedRequestError(f"{place} may only hold {', '.join(sorted(_FIELDS))}")
    required = {name: _read_text(item.get(name), f"{place}.{name}") for name in _REQUIRED_TEXTS}
    optional = {name: _read_optional_text(item.get(name), f"{place}.{name}") for name in _OPTIONAL_TEXTS}
    return TransferOrder(
        **required,
        **optional,
        amount_minor=_read_amount(item.get("amount_minor"), f"{place}.amount_minor"),
        valid_until=_read_moment(item.get("valid_until"), f"{place}.valid_until"),
    )


def _read_text(value: object, place: str) -> str:
    if isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT and _is_storable(value):
        return value
    raise MalformedRequestError(f"{place} must be a string of 1 to {LONGEST_TEXT} characters")


def _read_optional_text(value: object, place: str) -> str:
    return "" if value is None or value == "" else _read_text(value, place)


def _is_storable(text: str) -> bool:
    # A lone surrogate comes through JSON but has no UTF-8 form; SQLite may cut a text at NUL.
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _read_amount(value: object, place: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_AMOUNT_MINOR:
        return value
    raise MalformedRequestError(f"{place} must be a whole number from 1 to {LARGEST_AMOUNT_MINOR}")


def _read_moment(value: object, place: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise MalformedRequestError(f"{place} must be epoch seconds or null")


def read_keys(query: str) -> list[str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MOST_TRANSFERS)
    except ValueError:
        raise MalformedRequestError(f"the query must be 1 to {MOST_TRANSFERS} keys in UTF-8") from None
    if not pairs or any(name != "key" or not value for name, value in pairs):
        raise MalformedRequestError("the query must be key=… one or more times, and nothing else")
    return [_read_text(value, "key") for _, value in pairs]


def answers_json(answers: Sequence[Answer]) -> dict[str, object]:
    return {
        "transfers": [
            {
                "key": answer.key,
                "status": answer.verdict.value,
                "reference": answer.reference,
                "failure": failure_json(answer.failure),
            }
            for answer in answers
        ]
    }


def inquiry_json(key: str, transfer: Transfer | None) -> dict[str, object]:
    if transfer is None:
        return {"key": key, "status": Status.NOT_FOUND.value, "reference": None, "failure": None}
    return transfer_json(transfer)


def transfer_json(transfer: Transfer) -> dict[str, object]:
    return {
        "key": transfer.key,
        "status": transfer.status.value,
        "reference": transfer.reference,
        "failure": failure_json(transfer.failure),
    }


def failure_json(failure: Failure | None) -> dict[str, object] | None:
    if failure is None:
        return None
    return {"code": failure.code, "message": failure.message, "retryable": failure.retryable}


def iso_time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def ledger_json(line: LedgerLine) -> dict[str, object]:
    return {
        "key": line.key,
        "reference": line.reference,
        "amount_minor": line.amount_minor,
        "currency": line.currency,
        "account_number": line.account_number,
        "executed_at": iso_time(line.executed_at),
        "returned_at": None if line.returned_at is None else iso_time(line.returned_at),
    }
