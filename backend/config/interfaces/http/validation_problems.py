"""From the nested errors of a serializer to a flat list that names each field as the client sent it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from rest_framework.settings import api_settings

from core.exceptions import FieldProblem

if TYPE_CHECKING:
    from collections.abc import Iterator


# A body may hold thousands of unknown names, of thousands of characters: the answer need not repeat them all.
_MOST_PROBLEMS = 50
_NAME_MAX_LENGTH = 200


def flatten(detail: Any) -> tuple[FieldProblem, ...]:
    return tuple(islice(_problems_at("", detail), _MOST_PROBLEMS))


def _problems_at(field: str, detail: Any) -> Iterator[FieldProblem]:
    match detail:
        case dict():
            for name, nested in detail.items():
                yield from _problems_at(_joined(field, str(name)), nested)
        case list():
            for nested in detail:
                yield from _problems_at(field, nested)
        case _:
            yield FieldProblem(field[:_NAME_MAX_LENGTH], getattr(detail, "code", "invalid"), str(detail))


def _joined(field: str, name: str) -> str:
    if name == api_settings.NON_FIELD_ERRORS_KEY:
        return field
    return f"{field}.{name}" if field else name
