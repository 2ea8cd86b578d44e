"""What clients see. Plain functions make the answers; the shapes beside them describe them in the schema."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from core.money import decimal_amount
from payouts.api.fields import IdField
from payouts.bank_details import shown_account_number
from payouts.domain.failure import Action, Category, FailureCode, Source
from payouts.domain.recipient import RecipientType
from payouts.domain.status import Stage, Status
from payouts.selectors import list_possible_duplicates

if TYPE_CHECKING:
    from datetime import datetime

    from events.models import Event
    from payouts.models import Payout, Recipient


def represent_payout(payout: Payout, *, sees_bank_details: bool) -> dict[str, Any]:
    return {
        "id": payout.id,
        "recipient_id": payout.recipient_id,
        "amount": decimal_amount(payout.amount_minor, payout.currency),
        "currency": payout.currency,
        "status": payout.status,
        "recipient_name_snapshot": payout.recipient_name_snapshot,
        "account_number_snapshot": shown_account_number(
            payout, "account_number_snapshot", in_full=sees_bank_details
        ),
        "bank_code_snapshot": payout.bank_code_snapshot,
        "created_at": _moment(payout.created_at),
        "updated_at": _moment(payout.updated_at),
        "reference": payout.reference,
        "stage": payout.stage,
        "failure": payout.failure,
        "metadata": payout.metadata,
        "completed_at": _moment(payout.completed_at) if payout.completed_at else None,
    }


def represent_recipient(recipient: Recipient, *, sees_bank_details: bool) -> dict[str, Any]:
    return {
        "id": recipient.pk,
        "type": recipient.type,
        "name": recipient.name,
        "account_number": shown_account_number(recipient, "account_number", in_full=sees_bank_details),
        "bank_code": recipient.bank_code,
        "country": recipient.country,
        "is_active": recipient.is_active,
        "created_at": _moment(recipient.created_at),
        "updated_at": _moment(recipient.updated_at),
    }


def represent_recipient_with_hint(recipient: Recipient, *, sees_bank_details: bool) -> dict[str, Any]:
    hint = {"possible_duplicate_ids": list_possible_duplicates(recipient)}
    return represent_recipient(recipient, sees_bank_details=sees_bank_details) | hint


def represent_event(event: Event) -> dict[str, Any]:
    return {
        "id": event.pk,
        "type": event.type,
        "data": event.data,
        "actor": event.actor,
        "request_id": event.request_id,
        "occurred_at": _moment(event.occurred_at),
    }


def _moment(moment: datetime) -> str:
    text = moment.isoformat()
    if not text.endswith(_IS_UTC):
        text = moment.astimezone(UTC).isoformat()
    return text.removesuffix(_IS_UTC) + "Z"


_IS_UTC = "+00:00"


class FailureShape(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=[code.value for code in FailureCode])
    # The framework's own attribute of this name is typed; declared fields are kept apart from it at run time.
    source = serializers.ChoiceField(choices=[source.value for source in Source])  # type: ignore[assignment]
    retryable = serializers.BooleanField()
    provider_code = serializers.CharField()
    message = serializers.CharField()
    category = serializers.ChoiceField(choices=[category.value for category in Category])
    action = serializers.ChoiceField(choices=[action.value for action in Action])


class PayoutShape(serializers.Serializer[Any]):
    id = IdField()
    recipient_id = IdField()
    amount = serializers.CharField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=[status.value for status in Status])
    recipient_name_snapshot = serializers.CharField()
    account_number_snapshot = serializers.CharField(help_text="Masked without the scope bank_details:read.")
    bank_code_snapshot = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    reference = serializers.CharField()
    stage = serializers.ChoiceField(choices=[stage.value for stage in Stage])
    failure = FailureShape(allow_null=True)
    metadata = serializers.DictField(child=serializers.CharField())
    completed_at = serializers.DateTimeField(allow_null=True)


class RecipientShape(serializers.Serializer[Any]):
    id = IdField()
    type = serializers.ChoiceField(choices=[type_.value for type_ in RecipientType])
    name = serializers.CharField()
    account_number = serializers.CharField(help_text="Masked without the scope bank_details:read.")
    bank_code = serializers.CharField()
    country = serializers.CharField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class RecipientWithHintShape(RecipientShape):
    possible_duplicate_ids = serializers.ListField(
        child=IdField(), help_text="Other recipients with the same account number, at most ten."
    )


class EventShape(serializers.Serializer[Any]):
    id = IdField()
    type = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]
    actor = serializers.CharField()
    request_id = serializers.CharField()
    occurred_at = serializers.DateTimeField()


class _PageShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class PayoutPageShape(_PageShape):
    results = PayoutShape(many=True)


class RecipientPageShape(_PageShape):
    results = RecipientShape(many=True)


class EventPageShape(_PageShape):
    results = EventShape(many=True)
