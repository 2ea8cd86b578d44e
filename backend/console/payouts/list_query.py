"""What the list of payouts is asked for, in its address. What is not understood is refused by its name.

A form sends every field it has: an empty one asks for nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from database.positions import Position
from payouts.api.fields import (
    AmountBoundField,
    CurrencyField,
    IdInQueryField,
    MomentField,
    StrictSerializer,
    TextField,
    find_id,
    refuse,
    require_text,
)
from payouts.api.serializers import StrictChoiceField
from payouts.domain.status import Stage, Status
from payouts.selectors import PayoutFilters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import QueryDict

SEARCH_MAX_LENGTH = 200
RAIL_MAX_LENGTH = 32
# The pages passed on the way to this one, each by the position that it began behind; this one's is the last.
AFTER = "after"
MOST_STEPS_BACK = 20
_REPEATABLE = ("status", AFTER)

_POSITION = re.compile(r"(?P<microseconds>[0-9]{1,17})-(?P<row_id>[0-9]{1,19})", re.ASCII)
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Period(StrEnum):
    """Of whole days (UTC) that end with the present one."""

    TODAY = "today"
    WEEK = "7d"
    MONTH = "30d"

    def begins_at(self, now: datetime) -> datetime:
        days = {Period.TODAY: 1, Period.WEEK: 7, Period.MONTH: 30}[self]
        return datetime.combine((now - timedelta(days=days - 1)).date(), time.min, now.tzinfo)


class _PositionField(serializers.Field[Position, Any, str, Any]):
    def to_internal_value(self, data: Any) -> Position:
        match = _POSITION.fullmatch(require_text(data))
        row_id = find_id(match["row_id"]) if match else None
        if match is None or row_id is None:
            refuse("Is no place in this list.")
        return Position(_EPOCH + int(match["microseconds"]) * _MICROSECOND, row_id)


def write_position(position: Position) -> str:
    return f"{(position.moment - _EPOCH) // _MICROSECOND}-{position.row_id}"


class _ChoiceField(StrictChoiceField):
    default_error_messages = {"invalid_choice": "Is none of those that are offered."}


class _ListParameters(StrictSerializer):
    q = TextField(required=False, max_length=SEARCH_MAX_LENGTH)
    status = serializers.ListField(
        child=_ChoiceField(choices=[status.value for status in Status]), required=False
    )
    stage = _ChoiceField(required=False, choices=[stage.value for stage in Stage])
    currency = CurrencyField(required=False)
    rail = TextField(required=False, max_length=RAIL_MAX_LENGTH)
    recipient = IdInQueryField(required=False)
    amount_from = AmountBoundField(required=False)
    amount_to = AmountBoundField(required=False)
    created = _ChoiceField(required=False, choices=[period.value for period in Period])
    created_from = MomentField(required=False, is_end=False)
    created_to = MomentField(required=False, is_end=True)
    after = serializers.ListField(child=_PositionField(), required=False, max_length=MOST_STEPS_BACK)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for start, end in (("created_from", "created_to"), ("amount_from", "amount_to")):
            if start in attrs and end in attrs and attrs[start] > attrs[end]:
                raise ValidationError({end: "Is below the one before it: nothing could be found."})
        return attrs


@dataclass(frozen=True)
class ListQuery:
    """`given` is what was asked for, as it was written; `problems` says by parameter what is wrong with it.

    With problems there are no filters: a list that left out what it did not understand would show too much.
    """

    given: Mapping[str, Sequence[str]]
    text: str = ""
    filters: PayoutFilters = field(default_factory=PayoutFilters)
    steps: Sequence[Position] = ()
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def is_foreign(self) -> bool:
        """Whether no form of ours has asked for this."""
        return bool(self.given.keys() - _ListParameters().fields.keys())

    @property
    def after(self) -> Position | None:
        return self.steps[-1] if self.steps else None

    @property
    def asked(self) -> Mapping[str, Sequence[str]]:
        """The search and the filters, without the page; always in the same order."""
        return {name: self.given[name] for name in sorted(self.given) if name != AFTER}

    @property
    def address(self) -> str:
        """Of the first page, as an address says it."""
        return urlencode(self.asked, doseq=True)

    def address_of_older(self, after: Position) -> str:
        return self._address_by([*self.steps, after][-MOST_STEPS_BACK:])

    @property
    def address_of_newer(self) -> str:
        """One step back on the way here; the newest page at last."""
        return self._address_by(self.steps[:-1])

    def _address_by(self, steps: Sequence[Position]) -> str:
        return urlencode({**self.asked, AFTER: [write_position(step) for step in steps]}, doseq=True)


def read_list_query(query: QueryDict, *, now: datetime) -> ListQuery:
    """Never raises: what is wrong is said on the page, beside what was asked for."""
    given = _given(query)
    try:
        return ListQuery(given, **_read(given, now))
    except ValidationError as error:
        return ListQuery(given, problems=dict(_problems(error.detail)))


def _given(query: QueryDict) -> dict[str, list[str]]:
    stripped = {name: dict.fromkeys(value.strip() for value in values) for name, values in query.lists()}
    return {name: given for name, values in stripped.items() if (given := [each for each in values if each])}


def _read(given: Mapping[str, Sequence[str]], now: datetime) -> dict[str, Any]:
    repeated = [name for name, values in given.items() if len(values) > 1 and name not in _REPEATABLE]
    if repeated:
        raise ValidationError({name: [ErrorDetail("Is given more than once.")] for name in repeated})
    reader = _ListParameters(
        data={name: values if name in _REPEATABLE else values[0] for name, values in given.items()}
    )
    reader.is_valid(raise_exception=True)
    read: dict[str, Any] = dict(reader.validated_data)
    text, steps = read.pop("q", ""), tuple(read.pop(AFTER, ()))
    return {"text": text, "steps": steps, "filters": _filters(read, now)}


def _filters(read: dict[str, Any], now: datetime) -> PayoutFilters:
    if period := read.pop("created", None):
        begin = Period(period).begins_at(now)
        read["created_from"] = max(begin, read.get("created_from", begin))
    if "recipient" in read:
        read["recipient_id"] = read.pop("recipient")
    if "status" in read:
        read["statuses"] = tuple(sorted({Status(status) for status in read.pop("status")}))
    if "stage" in read:
        read["stage"] = Stage(read["stage"])
    return PayoutFilters(**read)


def _problems(detail: Any) -> Mapping[str, list[str]]:
    return {name: _sentences(each) for name, each in detail.items()}


def _sentences(detail: Any) -> list[str]:
    match detail:
        case dict():
            return [sentence for each in detail.values() for sentence in _sentences(each)]
        case list():
            return list(dict.fromkeys(sentence for each in detail for sentence in _sentences(each)))
        case _:
            return [str(detail)]
