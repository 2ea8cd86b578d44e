"""The writers' door to recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from database.compiled import CompiledQuery
from payouts.bank_details import hash_of_account_number
from payouts.domain.recipient_names import own_word, words_in
from payouts.models import Recipient
from payouts.refusals import RecipientNotFound

if TYPE_CHECKING:
    from collections.abc import Collection


def get_recipient(*, organization_id: int, recipient_id: int) -> Recipient:
    """Raises RecipientNotFound."""
    recipient = RECIPIENT_BY_ID.first(organization_id=organization_id, recipient_id=recipient_id)
    if recipient is None:
        raise RecipientNotFound
    return recipient


RECIPIENT_BY_ID = CompiledQuery(
    lambda organization_id, recipient_id: Recipient.objects.filter(
        organization_id=organization_id, pk=recipient_id
    ),
    "organization_id",
    "recipient_id",
)


def lock_recipient(*, organization_id: int, recipient_id: int) -> Recipient:
    """Raises RecipientNotFound."""
    try:
        return Recipient.objects.select_for_update(no_key=True).get(
            organization_id=organization_id, pk=recipient_id
        )
    except Recipient.DoesNotExist:
        raise RecipientNotFound from None


def add_recipient(recipient: Recipient) -> Recipient:
    # The account number is encrypted for its row, so the row's id comes first.
    recipient.pk = _next_id()
    complete_recipient(recipient)
    recipient.save(force_insert=True)
    return recipient


def complete_recipient(recipient: Recipient) -> None:
    """Fill in what follows from the rest of a new one."""
    recipient.account_number_hash = account_number_hash_of(recipient)
    recipient.name_words = words_of(recipient)


def save_recipient(recipient: Recipient, *, fields: Collection[str]) -> None:
    written = [*fields, "updated_at"]
    if "account_number" in fields:
        recipient.account_number_hash = account_number_hash_of(recipient)
        written.append("account_number_hash")
    if "name" in fields:
        recipient.name_words = words_of(recipient)
        written.append("name_words")
    recipient.save(update_fields=written)


def account_number_hash_of(recipient: Recipient) -> str:
    """Equal for two recipients of an organization with the same account number, however it is grouped."""
    return hash_of_account_number(recipient.account_number, organization_id=recipient.organization_id)


def words_of(recipient: Recipient) -> list[str]:
    return [own_word(word, recipient.organization_id) for word in words_in(recipient.name)]


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [Recipient._meta.db_table])
        (next_id,) = cursor.fetchone()
    return int(next_id)
