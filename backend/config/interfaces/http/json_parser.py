"""One strict reading of JSON bodies: what two readers could understand differently is refused (RFC 8259)."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from core.exceptions import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEEPEST_NESTING = 20

# A string is skipped whole, even an unterminated one, so that the scan stays linear in the body's length.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


class UnreadableJson(Invalid):
    code = "unreadable_json"
    title = "The body is not acceptable JSON"


class StrictJSONParser(BaseParser):
    """UTF-8, at most 20 levels deep, no duplicate names, no NaN, no text that PostgreSQL cannot hold.

    A number with a fraction or an exponent becomes a Decimal: no field takes one, and none is rounded.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Raises UnreadableJson, UnsupportedMediaType or RequestDataTooBig."""
        if media_type != self.media_type:
            _ensure_json_in_utf_8(media_type or "")
        if parser_context is not None:
            _ensure_plain(parser_context["request"].META.get("HTTP_CONTENT_ENCODING", ""))
        return parse_json(_read_bounded(stream))


def parse_json(body: bytes) -> Any:
    """Raises UnreadableJson."""
    text = _decode(body)
    _ensure_shallow(text)
    try:
        value = _DECODER.decode(text)
    # Also an integer of thousands of digits, or an exponent of nineteen: Python refuses to read them.
    except (ValueError, ArithmeticError) as error:
        raise UnreadableJson("The body is not valid JSON.") from error
    # Neither NUL nor half of a surrogate pair can stand in valid UTF-8 JSON unless it is escaped.
    if "\\u" in text:
        _ensure_storable(value)
    return value


def _ensure_json_in_utf_8(media_type: str) -> None:
    name, parameters = parse_header_parameters(media_type)
    # The framework reads a Content-Type as if it were an Accept: to it, "*/*" is JSON.
    if "*" in name:
        raise UnsupportedMediaType(media_type)
    if parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(media_type, detail="The body must be JSON in UTF-8.")


def _ensure_plain(content_encoding: str) -> None:
    if content_encoding.strip().lower() not in {"", "identity"}:
        raise UnsupportedMediaType(content_encoding, detail="The body must not be compressed.")


def _read_bounded(stream: IO[bytes]) -> bytes:
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise RequestDataTooBig
    return body


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableJson("The body is not UTF-8.") from error


def _ensure_shallow(text: str) -> None:
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        depth += (match["open"] is not None) - (match["close"] is not None)
        if depth > DEEPEST_NESTING:
            raise UnreadableJson(f"The body is nested more than {DEEPEST_NESTING} levels deep.")


def _refuse_constant(name: str) -> NoReturn:
    raise UnreadableJson(f"{name} is not a JSON number.")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise UnreadableJson("A name occurs twice in one object of the body.")
    return members


_DECODER = json.JSONDecoder(
    parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_without_duplicates
)


def _ensure_storable(value: Any) -> None:
    for text in _texts_of(value):
        if "\0" in text or _SURROGATE.search(text):
            raise UnreadableJson("The body contains a NUL character or half of a surrogate pair.")


def _texts_of(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts_of(item)
        case dict():
            for name, item in value.items():
                yield name
                yield from _texts_of(item)
