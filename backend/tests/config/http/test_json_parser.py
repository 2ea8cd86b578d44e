from __future__ import annotations

import io
from decimal import Decimal
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import UnsupportedMediaType

from config.interfaces.http.json_parser import DEEPEST_NESTING, StrictJSONParser, UnreadableJson, parse_json

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b' {"a": [1, true, null, "x"]} ', {"a": [1, True, None, "x"]}),
        ('{"name": "Олена Ґудзь 名前 😀"}'.encode(), {"name": "Олена Ґудзь 名前 😀"}),
        (rb'{"name": "\ud83d\ude00"}', {"name": "😀"}),
        (rb'{"a": "[{\"\\"}', {"a": '[{"\\'}),
        (b"[" * DEEPEST_NESTING + b"]" * DEEPEST_NESTING, None),
    ],
)
def test_it_reads_plain_json(body: bytes, value: object) -> None:
    read = parse_json(body)
    assert value is None or read == value


@pytest.mark.parametrize("number", ["0.1", "1e2", "1E400", "100.50"])
def test_it_never_makes_a_float(number: str) -> None:
    assert parse_json(b'{"amount": ' + number.encode() + b"}") == {"amount": Decimal(number)}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1} {}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 01}',
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"a": 1e9999999999999999999}',
        b'{"a": 1.5E-9999999999999999999}',
        b'{"amount": "1.00", "amount": "9.00"}',
        b'{"outer": {"a": 1, "a": 1}}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"a": "\x00"}',
        rb'{"a": "\u0000"}',
        rb'{"\u0000": "a"}',
        rb'{"a": [["\ud800"]]}',
        rb'{"\udfff": 1}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b"[" * (DEEPEST_NESTING + 1) + b"]" * (DEEPEST_NESTING + 1),
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'"' + b'\\"' * 30_000,
    ],
)
def test_it_refuses_what_two_readers_could_understand_differently(body: bytes) -> None:
    started = monotonic()
    with pytest.raises(UnreadableJson):
        parse_json(body)
    assert monotonic() - started < 2


def test_it_reads_a_body_of_just_the_limit(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert StrictJSONParser().parse(io.BytesIO(b'"12345678"'), "application/json") == "12345678"


def test_it_refuses_a_longer_body(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 9
    with pytest.raises(RequestDataTooBig):
        StrictJSONParser().parse(io.BytesIO(b'"12345678"'), "application/json")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8", '"utf-8"'])
def test_it_takes_utf_8_by_any_spelling(charset: str) -> None:
    assert StrictJSONParser().parse(io.BytesIO(b"{}"), f"application/json; charset={charset}") == {}


@pytest.mark.parametrize("content_type", ["*/*", "application/*"])
def test_it_takes_no_range_of_types_for_a_type(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        StrictJSONParser().parse(io.BytesIO(b"{}"), content_type)


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "windows-1251", "nonsense"])
def test_it_refuses_other_charsets(charset: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        StrictJSONParser().parse(io.BytesIO(b"{}"), f"application/json; charset={charset}")
