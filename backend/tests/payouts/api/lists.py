"""Reading lists as a client does, and filling them fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import connection

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
    made = {
        "idempotency_key": "'copied-key-' || n",
        "reference": "lpad(n::text, 26, '0')",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO payouts_payout ({', '.join(columns)}) "  # noqa: S608  names of our own columns
            f"SELECT {', '.join(made.get(column, column) for column in columns)} "
            "FROM payouts_payout, generate_series(1, %s) AS n WHERE id = %s",
            [times, payout.pk],
        )
