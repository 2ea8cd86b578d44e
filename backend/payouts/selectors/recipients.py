"""Reads of recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payouts.bank_details import hash_of_account_number
from payouts.models import Recipient
from payouts.refusals import RecipientNotFound

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_DUPLICATES = 10


def get_recipient(*, organization_id: int, recipient_id: int) -> Recipient:
    """Raises RecipientNotFound."""
    recipient = list_recipients(organization_id=organization_id).filter(pk=recipient_id).first()
    if recipient is None:
        raise RecipientNotFound
    return recipient


def list_recipients(*, organization_id: int) -> QuerySet[Recipient]:
    return Recipient.objects.filter(organization_id=organization_id)


def list_recipients_with_account(*, organization_id: int, account_number: str) -> QuerySet[Recipient]:
    """However the number is grouped."""
    same = hash_of_account_number(account_number, organization_id=organization_id)
    return list_recipients(organization_id=organization_id).filter(account_number_hash=same)


def list_possible_duplicates(recipient: Recipient) -> list[int]:
    """Other recipients of the organization with the same account number, oldest first, at most ten."""
    same = list_recipients(organization_id=recipient.organization_id).filter(
        account_number_hash=recipient.account_number_hash
    )
    others = same.exclude(pk=recipient.pk).order_by("pk").values_list("pk", flat=True)
    return list(others[:MOST_DUPLICATES])
