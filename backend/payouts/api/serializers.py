"""What clients may send in a body."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from core.exceptions import Refusal
from core.money import Money
from payouts.api.fields import (
    AccountNumberField,
    AmountField,
    CountryField,
    CurrencyField,
    IdField,
    KeyField,
    StrictBooleanField,
    StrictSerializer,
    TextField,
    refuse,
    refuse_as,
    require_text,
)
from payouts.application.create_payout import PayoutRequest
from payouts.domain.recipient import (
    ACCOUNT_NUMBER_MAX_LENGTH,
    BANK_CODE_MAX_LENGTH,
    NAME_MAX_LENGTH,
    RecipientChanges,
    RecipientDetails,
    RecipientType,
)
from payouts.domain.status import Status
from payouts.domain.words import REASON_MAX_LENGTH

MOST_METADATA_PAIRS = 50
METADATA_KEY_MAX_LENGTH, METADATA_VALUE_MAX_LENGTH = 40, 500
_KEY_HEADER = re.compile(r'"(?P<quoted>[^"\\]*)"|(?P<bare>[^",]*)')


class StrictChoiceField(serializers.ChoiceField):
    # The framework's own words would repeat what was sent, which may be anything.
    default_error_messages = {"invalid_choice": "Must be one of the values that the schema lists."}

    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(require_text(data)))


@extend_schema_field(
    {
        "type": "object",
        "maxProperties": MOST_METADATA_PAIRS,
        "propertyNames": {"format": "visible-text", "minLength": 1, "maxLength": METADATA_KEY_MAX_LENGTH},
        "additionalProperties": {
            "type": "string",
            "format": "visible-text",
            "maxLength": METADATA_VALUE_MAX_LENGTH,
        },
    }
)
class MetadataField(serializers.DictField):
    """Up to 50 pairs of text; keys up to 40 characters, values up to 500."""

    child = TextField(max_length=METADATA_VALUE_MAX_LENGTH, allow_blank=True)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if isinstance(data, dict) and len(data) > MOST_METADATA_PAIRS:
            refuse(f"Must hold at most {MOST_METADATA_PAIRS} pairs.")
        pairs: dict[str, str] = super().to_internal_value(data)
        keys = [_read_named_key(key) for key in pairs]
        if len(set(keys)) < len(keys):
            refuse("Two keys are the same once they are normalised.")
        return dict(zip(keys, pairs.values(), strict=True))


_METADATA_KEY = TextField(max_length=METADATA_KEY_MAX_LENGTH)


def read_metadata_key(key: str) -> str:
    """Raises ValidationError."""
    return str(_METADATA_KEY.run_validation(key))


def _read_named_key(key: str) -> str:
    try:
        return read_metadata_key(key)
    except ValidationError as error:
        raise ValidationError({key: error.detail}) from error


class CreatePayoutBody(StrictSerializer):
    recipient_id = IdField()
    amount = AmountField()
    currency = CurrencyField()
    idempotency_key = KeyField(required=False, help_text="Here or in the header Idempotency-Key.")
    metadata = MetadataField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["money"] = _read_money(attrs.pop("amount"), attrs.pop("currency"))
        return attrs


def _read_money(amount: str, currency: str) -> Money:
    try:
        return Money.parse(amount, currency)
    except Refusal as refusal:
        refuse_as("amount", refusal)


def read_payout_request(body: Any, key_header: str | None) -> PayoutRequest:
    """Raises ValidationError, also when the key is missing, or given twice and not the same."""
    fields = CreatePayoutBody.read(body)
    return PayoutRequest(
        recipient_id=fields["recipient_id"],
        money=fields["money"],
        idempotency_key=_agreed_key(fields.get("idempotency_key"), _read_key_header(key_header)),
        metadata=fields.get("metadata", {}),
    )


def _read_key_header(header: str | None) -> str | None:
    """The key as the header holds it, bare or as a quoted string (RFC 8941).

    Two headers of this name come as one, with a comma between them; nobody could say which key is meant.
    """
    if header is None:
        return None
    try:
        match = _KEY_HEADER.fullmatch(header)
        if match is None:
            refuse("Must be one key, bare or in quotes; with a comma in it, in quotes.", "ambiguous")
        return str(KeyField().run_validation(match["quoted"] if match["bare"] is None else match["bare"]))
    except ValidationError as error:
        raise ValidationError({"Idempotency-Key": error.detail}) from error


def _agreed_key(in_body: str | None, in_header: str | None) -> str:
    key = in_body or in_header
    if key is None:
        _refuse_key("Send an idempotency key, here or in the header Idempotency-Key.", "required")
    if in_body is not None and in_header is not None and in_body != in_header:
        _refuse_key("Differs from the header Idempotency-Key.", "differs")
    return key


def _refuse_key(detail: str, code: str) -> NoReturn:
    raise ValidationError({"idempotency_key": [ErrorDetail(detail, code)]})


class ChangeStatusBody(StrictSerializer):
    status = StrictChoiceField(choices=[status.value for status in Status])
    reason = TextField(required=False, allow_blank=True, default="", max_length=REASON_MAX_LENGTH)


def read_status_change(body: Any) -> tuple[Status, str]:
    """The wanted status and the reason. Raises ValidationError."""
    fields = ChangeStatusBody.read(body)
    return Status(fields["status"]), fields["reason"]


class CreateRecipientBody(StrictSerializer):
    type = StrictChoiceField(choices=[type_.value for type_ in RecipientType])
    name = TextField(max_length=NAME_MAX_LENGTH)
    account_number = AccountNumberField(max_length=ACCOUNT_NUMBER_MAX_LENGTH)
    bank_code = TextField(required=False, allow_blank=True, max_length=BANK_CODE_MAX_LENGTH)
    country = CountryField(required=False, allow_blank=True)


def read_recipient_details(body: Any) -> RecipientDetails:
    """Raises ValidationError."""
    fields = CreateRecipientBody.read(body)
    return RecipientDetails(type=RecipientType(fields.pop("type")), **fields)


class ChangeRecipientBody(StrictSerializer):
    documented_as = {"minProperties": 1}

    name = TextField(required=False, max_length=NAME_MAX_LENGTH)
    account_number = AccountNumberField(required=False, max_length=ACCOUNT_NUMBER_MAX_LENGTH)
    bank_code = TextField(required=False, allow_blank=True, max_length=BANK_CODE_MAX_LENGTH)
    country = CountryField(required=False, allow_blank=True)
    is_active = StrictBooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            refuse("Send at least one field to change.", "required")
        return attrs


def read_recipient_changes(body: Any) -> RecipientChanges:
    """Raises ValidationError."""
    return RecipientChanges(**ChangeRecipientBody.read(body))
