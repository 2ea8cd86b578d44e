"""Fields that take one form of each value and refuse the rest, instead of guessing what was meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty
from rest_framework.settings import api_settings

from core.exceptions import Refusal
from core.money import PLAIN_DECIMAL, exponent_of, payable_currencies
from core.visible_text import find_unseen
from payouts.domain.idempotency import KEY_MAX_LENGTH, KEY_MIN_LENGTH, ensure_idempotency_key
from payouts.domain.recipient import ACCOUNT_NUMBER_MAX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST_ID = 2**63 - 1  # PostgreSQL's bigint
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_ACCOUNT_NUMBER = re.compile(r"[!-~]+(?: [!-~]+)*", re.ASCII)
_REFERENCE = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}", re.ASCII)  # a ULID
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(
    _DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def refuse(detail: str, code: str = "invalid") -> NoReturn:
    raise ValidationError([ErrorDetail(detail, code)])


def refuse_as(field: str, refusal: Refusal) -> NoReturn:
    """Turn a refusal of the domain into the problem of one field."""
    raise ValidationError({field: [ErrorDetail(refusal.detail, refusal.code)]}) from refusal


def find_id(text: str) -> int | None:
    """The id that a path or a query holds in plain ASCII digits; None when there cannot be such a row."""
    if _ID.fullmatch(text) is None:
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None


def require_text(data: object) -> str:
    """A number or a boolean is not turned into text."""
    if not isinstance(data, str):
        refuse("Must be a string.")
    return data


@extend_schema_field({"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_ID})
class IdField(serializers.Field[int, Any, int, Any]):
    """A JSON integer; not "1", not 1.0, not true."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            refuse("Must be an integer.")
        if not 1 <= data <= LARGEST_ID:
            refuse("Must be the id of an object.")
        return data


@extend_schema_field({"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_ID})
class IdInQueryField(serializers.Field[int, Any, int, Any]):
    def to_internal_value(self, data: Any) -> int:
        number = find_id(require_text(data))
        if number is None:
            refuse("Must be an id in plain digits.")
        return number


# No character decomposes into more, so a text that is longer than this many times what is allowed is too
# long however it is composed. It is refused before it is normalised, which puts marks in order in a time that
# grows with the square of their number.
_LONGEST_DECOMPOSITION = 4


# A format of our own: no pattern could say what `visible_text` says. The schema explains it.
@extend_schema_field({"type": "string", "format": "visible-text"})
class TextField(serializers.CharField):
    """Text in any script, normalised to NFC, without characters that are invisible or reorder others."""

    max_length: int

    def __init__(self, *, max_length: int, **options: Any) -> None:
        """`max_length` counts characters of the normalised text."""
        super().__init__(trim_whitespace=False, max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> str:
        raw = require_text(data)
        if len(raw) > self.max_length * _LONGEST_DECOMPOSITION:
            self.fail("max_length", max_length=self.max_length)
        text = unicodedata.normalize("NFC", raw)
        if text != text.strip():
            refuse("Must not begin or end with blanks.")
        unseen = find_unseen(text)
        if unseen is not None:
            refuse(f"Contains the character U+{ord(unseen):04X}, which is not allowed.", "character")
        return text


class _PatternField(serializers.CharField):
    """Text that matches `form` whole; `refusal` says to a person what is expected."""

    form: re.Pattern[str]
    refusal: str

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        text = require_text(data)
        if self.form.fullmatch(text) is None:
            refuse(self.refusal)
        return text


@extend_schema_field({"type": "string", "enum": payable_currencies(), "examples": ["USD"]})
class CurrencyField(_PatternField):
    form = _CURRENCY
    refusal = 'Must be an ISO 4217 code such as "USD".'

    def to_internal_value(self, data: Any) -> str:
        currency = super().to_internal_value(data)
        try:
            exponent_of(currency)
        except Refusal as refusal:
            refuse(refusal.detail, refusal.code)
        return currency


@extend_schema_field({"type": "string", "pattern": f"^(?:{_COUNTRY.pattern})?$", "examples": ["UA"]})
class CountryField(_PatternField):
    form = _COUNTRY
    refusal = 'Must be an ISO 3166-1 alpha-2 code such as "UA".'


@extend_schema_field(
    {
        "type": "string",
        "minLength": 1,
        "maxLength": ACCOUNT_NUMBER_MAX_LENGTH,
        "pattern": f"^{_ACCOUNT_NUMBER.pattern}$",
    }
)
class AccountNumberField(_PatternField):
    """Kept as given. No rail takes other than ASCII characters; single blanks group an IBAN."""

    form = _ACCOUNT_NUMBER
    refusal = "Must be visible ASCII characters, with at most single blanks between them."


@extend_schema_field({"type": "string", "pattern": f"^{PLAIN_DECIMAL.pattern}$", "examples": ["100.50"]})
class AmountField(serializers.Field[str, Any, str, Any]):
    """A decimal as a string: a JSON number is read as a float by most of the world."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            refuse('Must be a string such as "100.50".', "invalid_amount")
        return data


@extend_schema_field({"type": "string", "pattern": f"^{PLAIN_DECIMAL.pattern}$", "examples": ["100.50"]})
class AmountBoundField(serializers.Field[Decimal, Any, str, Any]):
    def to_internal_value(self, data: Any) -> Decimal:
        text = require_text(data)
        if PLAIN_DECIMAL.fullmatch(text) is None:
            refuse('Must be a plain decimal number such as "100.50".', "invalid_amount")
        return Decimal(text)


@extend_schema_field(
    {"type": "string", "minLength": KEY_MIN_LENGTH, "maxLength": KEY_MAX_LENGTH, "pattern": "^[!-~]+$"}
)
class KeyField(serializers.Field[str, Any, str, Any]):
    def to_internal_value(self, data: Any) -> str:
        key = require_text(data)
        try:
            ensure_idempotency_key(key)
        except Refusal as refusal:
            refuse(refusal.detail, refusal.code)
        return key


class StrictBooleanField(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            refuse("Must be true or false.")
        return data


@extend_schema_field({"type": "string", "pattern": f"^{_REFERENCE.pattern}$"})
class ReferenceField(_PatternField):
    form = _REFERENCE
    refusal = "Must be the reference of a payout: 26 digits and capital letters."


@extend_schema_field({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]})
class MomentField(serializers.Field[datetime, Any, str, Any]):
    """An RFC 3339 date-time, or a plain date for the first or the last moment of that day in UTC."""

    def __init__(self, *, is_end: bool, **options: Any) -> None:
        super().__init__(**options)
        self._time_of_date = time.max if is_end else time.min

    def to_internal_value(self, data: Any) -> datetime:
        text = require_text(data)
        try:
            return self._parse(text)
        except (ValueError, OverflowError):
            refuse('Must be a date-time with an offset, such as "2025-01-31T12:00:00Z", or a date.')

    def _parse(self, text: str) -> datetime:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), self._time_of_date, UTC)
        if _TIME.fullmatch(text):
            # Overflows for the first and last hours that exist, which no database could compare either.
            return datetime.fromisoformat(text).astimezone(UTC)
        raise ValueError(text)


def refuse_unknown(names: Iterable[str], detail: str) -> None:
    problems = {name: [ErrorDetail(detail, "unknown_field")] for name in names}
    if problems:
        raise ValidationError(problems)


# A comment and no docstring: the schema would give it to every body that clients send.
# Refuses, by name, whatever it has no field for. Every body and every query is read by one of these.
class StrictSerializer(serializers.Serializer[Any]):
    # What the schema cannot know from the fields.
    documented_as: Mapping[str, Any] = {}

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        """What the fields make of it. Raises ValidationError."""
        if data is None:
            problem = ErrorDetail("No data provided", "null")
            raise ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [problem]})
        fields: dict[str, Any] = _only(cls).run_validation(data)
        return fields

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            return super().to_internal_value(data)  # type: ignore[no-any-return]  # which refuses it
        refuse_unknown([name for name in data if name not in self._by_name], "There is no such field.")
        read: dict[str, Any] = {}
        problems: dict[str, Any] = {}
        # The framework also looks for forms, renamed fields and methods of fields, which nothing here has.
        for name, field in self._by_name.items():
            if name in data or field.required or field.default is not empty:
                try:
                    read[name] = field.run_validation(data.get(name, empty))
                except ValidationError as error:
                    problems[name] = error.detail
        if problems:
            raise ValidationError(problems)
        return read

    def run_validators(self, value: Any) -> None:
        """There are none but `validate`: whatever looks at several fields is written there."""

    @cached_property
    def _by_name(self) -> Mapping[str, serializers.Field[Any, Any, Any, Any]]:
        return dict(self.fields)


@cache
def _only(shape: type[StrictSerializer]) -> StrictSerializer:
    """A new one would copy all of its fields, for each request; while reading it keeps nothing."""
    return shape()
