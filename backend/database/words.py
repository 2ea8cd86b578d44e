"""Rows that are found by the beginnings of words, which a column of them keeps as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import Func, Value
from django.db.models.functions import Cast
from django.db.models.lookups import PostgresOperatorLookup

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import F

    _VectorField = SearchVectorField[object, object]
else:
    _VectorField = SearchVectorField


class WordVector(Func):
    """The words as PostgreSQL's text search keeps them, taken as they are: no dictionary, no locale."""

    function = "array_to_tsvector"
    output_field: ClassVar[_VectorField] = SearchVectorField()


class _Matches(PostgresOperatorLookup):
    lookup_name = "matches_words"
    postgres_operator = "@@"


def begins_with_each(column: F, beginnings: Collection[str]) -> _Matches:
    """True for rows that have, for each of these, a word that begins with it."""
    query = " & ".join(f"'{_quoted(beginning)}':*" for beginning in beginnings)
    return _Matches(WordVector(column), Cast(Value(query), SearchQueryField()))


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "''")
