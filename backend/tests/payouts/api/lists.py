"""Reading lists as a client does, and filling them fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import connection

from database.encryption import EncryptedTextField
from payouts.models import Payout

if TYPE_CHECKING:
    from rest_framework.test import APIClient


def ids(answer: Any) -> list[int]:
    return [payout["id"] for payout in answer["results"]]


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def walk(api: APIClient, url: str, link: str) -> list[list[int]]:
    """The ids of every page from this one on, following `next` or `previous` to the end."""
    pages = []
    while True:
        answer = api.get(url).json()
        pages.append(ids(answer))
        if answer[link] is None:
            return pages
        url = path_of(answer[link])


def copy_payout(payout: Payout, times: int) -> None:
    """Many payouts of one moment, as an import makes them."""
    columns = [str(field.column) for field in Payout._meta.concrete_fields if field.column != "id"]
    references = [f"{number:026}" for number in range(1, times + 1)]
    made = {
        "idempotency_key": "'copied-key-' || copied.reference",
        "reference": "copied.reference",
        "account_number_snapshot_encrypted": "copied.account_number",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO payouts_payout ({', '.join(columns)}) "  # noqa: S608  names of our own columns
            f"SELECT {', '.join(made.get(column, f'payout.{column}') for column in columns)} FROM payouts_payout AS payout,"
            " unnest(%s::text[], %s::bytea[]) AS copied (reference, account_number) WHERE id = %s",
            [references, [_encrypted_for(payout, reference) for reference in references], payout.pk],
        )


def _encrypted_for(payout: Payout, reference: str) -> bytes:
    row = Payout(organization_id=payout.organization_id, reference=reference)
    field = Payout._meta.get_field("account_number_snapshot")
    assert isinstance(field, EncryptedTextField)
    return field.encrypt(row, "UA1234567890").data
