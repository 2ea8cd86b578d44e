"""The writers' door to recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payouts.models import Recipient
from payouts.refusals import RecipientNotFound

if TYPE_CHECKING:
    from collections.abc import Collection


def get_recipient(*, organization_id: int, recipient_id: int) -> Recipient:
    """Raises RecipientNotFound."""
    try:
        return Recipient.objects.get(organization_id=organization_id, pk=recipient_id)
    except Recipient.DoesNotExist:
        raise RecipientNotFound from None


def lock_recipient(*, organization_id: int, recipient_id: int) -> Recipient:
    """Raises RecipientNotFound."""
    try:
        return Recipient.objects.select_for_update(no_key=True).get(
            organization_id=organization_id, pk=recipient_id
        )
    except Recipient.DoesNotExist:
        raise RecipientNotFound from None


def add_recipient(recipient: Recipient) -> Recipient:
    recipient.save(force_insert=True)
    return recipient


def save_recipient(recipient: Recipient, *, fields: Collection[str]) -> None:
    recipient.save(update_fields=[*fields, "updated_at"])
