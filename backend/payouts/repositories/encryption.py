"""Changing the key under which account numbers are encrypted or hashed, and nothing else of their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import BinaryField, Value
from django.db.models.functions import Substr

from database.encryption import EncryptedTextField, keyring
from payouts.models import Payout, Recipient
from payouts.models.payout import REENCRYPTING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from database.encryption import Encrypted

ENCRYPTED_MODELS: Sequence[type[Recipient | Payout]] = (Recipient, Payout)


def encrypted_field_of(model: type[Recipient | Payout]) -> EncryptedTextField:
    """The one encrypted field that each of these models has."""
    (field,) = (field for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField))
    return field


def lock_rows_under_other_keys(
    model: type[Recipient | Payout], *, after_id: int, limit: int
) -> list[Recipient] | list[Payout]:
    """Rows that another key than the current one has encrypted, in the order of ids, locked."""
    header = keyring().current_header
    beginning = Substr(encrypted_field_of(model).name, 1, len(header), output_field=BinaryField())
    rows: QuerySet[Any] = model.objects.select_for_update(no_key=True).annotate(header=beginning)
    return list(rows.filter(pk__gt=after_id).exclude(header=Value(header)).order_by("pk")[:limit])


def save_encrypted_anew(model: type[Recipient | Payout], encrypted_by_id: Mapping[int, Encrypted]) -> None:
    """Put these into the locked rows. To the triggers it is declared that nothing else is meant."""
    column = encrypted_field_of(model).column
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [REENCRYPTING])
        cursor.execute(
            f"UPDATE {model._meta.db_table} AS row SET {column} = anew.encrypted"  # noqa: S608  # nosec B608 # our own names
            " FROM unnest(%s::bigint[], %s::bytea[]) AS anew (id, encrypted) WHERE row.id = anew.id",
            [list(encrypted_by_id), [encrypted.data for encrypted in encrypted_by_id.values()]],
        )
        # What follows in the same transaction is guarded again.
        cursor.execute("SELECT set_config(%s, 'off', true)", [REENCRYPTING])


def lock_recipients_after(*, after_id: int, limit: int) -> list[Recipient]:
    return list(
        Recipient.objects.select_for_update(no_key=True).filter(pk__gt=after_id).order_by("pk")[:limit]
    )


def save_account_number_hash(recipient: Recipient, *, account_number_hash: str) -> None:
    Recipient.objects.filter(pk=recipient.pk).update(account_number_hash=account_number_hash)


def count_rows_by_key(model: type[Recipient | Payout]) -> Mapping[str, int]:
    """How many rows each key, by its id, has encrypted. Reads the whole table."""
    column = encrypted_field_of(model).column
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT encode(substring({column} FROM 3 FOR get_byte({column}, 1)), 'escape') AS key,"  # noqa: S608  # nosec B608 # our own names
            f" count(*) FROM {model._meta.db_table} GROUP BY key ORDER BY key"
        )
        return dict(cursor.fetchall())
