"""What clients may ask for in a query string. An unknown parameter is refused, like an unknown field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from payouts.api.fields import (
    AmountBoundField,
    CurrencyField,
    IdInQueryField,
    KeyField,
    MomentField,
    ReferenceField,
    StrictSerializer,
    TextField,
    refuse,
    require_text,
)
from payouts.api.pagination import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE
from payouts.api.serializers import METADATA_VALUE_MAX_LENGTH, StrictChoiceField, read_metadata_key
from payouts.domain.status import Stage, Status
from payouts.selectors import PayoutFilters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import QueryDict

# One level: what two pairs of brackets would mean is anybody's guess.
_METADATA = re.compile(r"metadata\[(?P<key>(?:(?!\]\[).)*)\]", re.DOTALL)
_PAGE_SIZE = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)


@extend_schema_field(
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE}
)
class PageSizeField(serializers.Field[int, Any, int, Any]):
    def to_internal_value(self, data: Any) -> int:
        text = require_text(data)
        if _PAGE_SIZE.fullmatch(text) is None or int(text) > LARGEST_PAGE_SIZE:
            refuse(f"Must be a number from 1 to {LARGEST_PAGE_SIZE}.")
        return int(text)


class PageQuery(StrictSerializer):
    page_size = PageSizeField(required=False)
    cursor = serializers.CharField(required=False, trim_whitespace=False)


class PayoutListQuery(PageQuery):
    status = serializers.ListField(
        child=StrictChoiceField(choices=[status.value for status in Status]), required=False
    )
    stage = StrictChoiceField(required=False, choices=[stage.value for stage in Stage])
    recipient_id = IdInQueryField(required=False)
    currency = CurrencyField(required=False)
    idempotency_key = KeyField(required=False)
    reference = ReferenceField(required=False)
    created_from = MomentField(required=False, is_end=False)
    created_to = MomentField(required=False, is_end=True)
    amount_from = AmountBoundField(required=False)
    amount_to = AmountBoundField(required=False)
    metadata = serializers.DictField(
        required=False, child=TextField(max_length=METADATA_VALUE_MAX_LENGTH, allow_blank=True)
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for start, end in (("created_from", "created_to"), ("amount_from", "amount_to")):
            if start in attrs and end in attrs and attrs[start] > attrs[end]:
                raise _problem(end, f"Is below {start}: nothing could be found.", "empty_range")
        return attrs


@dataclass(frozen=True)
class ListQuery:
    """A list query that has been read: `canonical` is the same for every spelling of the same filters."""

    filters: PayoutFilters
    canonical: Mapping[str, Any]
    page_size: int
    cursor: str | None


def read_page_query(query: QueryDict) -> ListQuery:
    """Of a list without filters. Raises ValidationError."""
    return _read(PageQuery, _single_values(query))


def read_payout_list_query(query: QueryDict) -> ListQuery:
    """Raises ValidationError."""
    return _read_payout_list_query(query) if query else _UNFILTERED


def _read_payout_list_query(query: QueryDict) -> ListQuery:
    data: dict[str, Any] = {}
    metadata: dict[str, str] = {}
    for name in query:
        if name == "status":
            data[name] = query.getlist(name)
        elif match := _METADATA.fullmatch(name):
            key = _read_key(name, match["key"])
            if key in metadata:
                raise _problem(name, "Is given more than once.", "repeated")
            metadata[key] = _single_value(query, name)
        elif name == "metadata":
            raise _problem(name, "Write metadata[key]=value.", "invalid")
        else:
            data[name] = _single_value(query, name)
    return _read(PayoutListQuery, {**data, "metadata": metadata} if metadata else data)


def _single_values(query: QueryDict) -> dict[str, Any]:
    return {name: _single_value(query, name) for name in query}


def _single_value(query: QueryDict, name: str) -> str:
    values = query.getlist(name)
    if len(values) > 1:
        raise _problem(name, "Is given more than once.", "repeated")
    return values[0]


def _read_key(name: str, key: str) -> str:
    try:
        return read_metadata_key(key)
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from error


def _problem(name: str, detail: str, code: str) -> ValidationError:
    return ValidationError({name: [ErrorDetail(detail, code)]})


def _read(reader: type[PageQuery], data: dict[str, Any]) -> ListQuery:
    try:
        fields = reader.read(data)
    except ValidationError as error:
        raise ValidationError(dict(_named_as_sent(cast("dict[str, Any]", error.detail)))) from error
    page_size, cursor = fields.pop("page_size", DEFAULT_PAGE_SIZE), fields.pop("cursor", None)
    if "status" in fields:
        fields["statuses"] = tuple(sorted({Status(status) for status in fields.pop("status")}))
    if "stage" in fields:
        fields["stage"] = Stage(fields["stage"])
    canonical = {name: _canonical(value) for name, value in sorted(fields.items())}
    return ListQuery(PayoutFilters(**fields), canonical, page_size, cursor)


def _named_as_sent(errors: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, detail in errors.items():
        match name, detail:
            case "status", dict():
                yield name, [problem for each in detail.values() for problem in each]
            case "metadata", dict():
                yield from ((f"metadata[{key}]", each) for key, each in detail.items())
            case _:
                yield name, detail


def _canonical(value: object) -> object:
    match value:
        case tuple():
            return [str(item) for item in value]
        case dict():
            return dict(sorted(value.items()))
        case _:
            return str(value)


# What most clients ask for, most often. Fields need not be asked one by one what nobody has sent.
_UNFILTERED = _read(PayoutListQuery, {})
