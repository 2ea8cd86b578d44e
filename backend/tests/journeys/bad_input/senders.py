"""Keys and headers: who sends, for whom, under which name."""

from __future__ import annotations

import json

from tests.journeys.bad_input.row import JSON, PAYOUTS, RawRow, Row, good_payout, payout

_KEYS, _CALLERS, _HOSTS, _ACCEPT, _RAW = (
    "idempotency keys",
    "API keys",
    "hosts",
    "media types asked for",
    "what is no HTTP",
)
_BODY = json.dumps(good_payout(idempotency_key=...)).encode()
_NO_KEYS: tuple[object, ...] = (
    "",
    "short",
    "k" * 65,
    "with a blank",
    "key\u200bhidden",
    "\u043a\u043b\u044e\u0447-\u043a\u043b\u044e\u0447",
    12345678,
    True,
    [],
)
_HEADERS: tuple[tuple[str | bytes, str], ...] = (
    ("short", "invalid_idempotency_key"), ("k" * 65, "invalid_idempotency_key"), ("with a blank", "invalid_idempotency_key"), ('"short"', "invalid_idempotency_key"),
    ("\u043a\u043b\u044e\u0447-\u043a\u043b\u044e\u0447".encode(), "invalid_idempotency_key"), (b"caf\xe9caf\xe9", "invalid_idempotency_key"),
    ("first-key,second-key", "ambiguous"), ('"half-quoted', "ambiguous"), ('"with-parameter";a=1', "ambiguous"),
)  # fmt: skip


def _line(
    *headers: bytes,
    line: bytes = b"GET /api/payouts/ HTTP/1.1",
    host: bytes | None = b"Host: 127.0.0.1",
    body: bytes = b"",
) -> bytes:
    return b"\r\n".join([line, *([host] if host else []), *headers, b"", b""]) + body


_POST = b"POST /api/payouts/ HTTP/1.1"
_MALFORMED = {
    "NUL in a header": _line(b"X-Request-ID: a\x00b"), "NUL in a cookie": _line(b"Cookie: sessionid=a\x00b"), "NUL in a key": _line(b"Authorization: Bearer \x00"),
    "a folded header": _line(b"X-A: b\r\n c"), "a bare line feed": _line(b"X-A: b\nX-C: d"), "a bare carriage return": _line(b"X-A: b\rX-C: d"),
    "no colon": _line(b"nonsense"), "a blank in a name": _line(b"X A: b"), "a blank before the colon": _line(b"Content-Length : 5"),
    "two lengths": _line(b"Content-Length: 5", b"Content-Length: 6", line=_POST, body=b"abcdef"), "the same length twice": _line(b"Content-Length: 5", b"Content-Length: 5", line=_POST, body=b"abcde"),
    "a negative length": _line(b"Content-Length: -1", line=_POST), "a length with a sign": _line(b"Content-Length: +5", line=_POST, body=b"abcde"), "a length in letters": _line(b"Content-Length: five", line=_POST),
    "a relative address": _line(line=b"GET api/payouts/ HTTP/1.1"), "NUL in the address": _line(line=b"GET /api/\x00 HTTP/1.1"), "bytes in the address": _line(line=b"GET /api/pay\xffouts/ HTTP/1.1"),
    "a version to come": _line(line=b"GET /api/payouts/ HTTP/9.9"), "no version": _line(line=b"GET /api/payouts/"), "a method in small letters": _line(line=b"get /api/payouts/ HTTP/1.1"),
    "another protocol": b"\x16\x03\x01\x02\x00\x01\r\n\r\n", "nothing": b"\r\n\r\n", "two hosts": _line(b"Host: evil.example"),
}  # fmt: skip

_NO_CREDENTIALS: tuple[tuple[str | bytes, str], ...] = (("Bearer", "authentication_failed"), ("Bearer nonsense", "authentication_failed"), ("Bearer pk_test_", "authentication_failed"), (b"Bearer \xff\xfe", "authentication_failed"), ("Bearer " + "x" * 5000, "authentication_failed"), ("Basic eDp5", "not_authenticated"), ("", "not_authenticated"), ("Token x", "not_authenticated"))  # fmt: skip
_NO_SESSIONS: tuple[str | bytes, ...] = ("sessionid=abc", "sessionid=%00", 'sessionid="\\000"', "sessionid=" + "x" * 5000, "csrftoken=%00; sessionid=;;=", b"sessionid=\xff\xfe")  # fmt: skip
ROWS = (
    *(payout(_KEYS, repr(value)[:30], "idempotency_key", "invalid" if not isinstance(value, str) else "invalid_idempotency_key", idempotency_key=value) for value in _NO_KEYS),
    payout(_KEYS, "none", "idempotency_key", "required", idempotency_key=...),
    *(Row(_KEYS, f"header {value!r}"[:40], "POST", PAYOUTS, 400, "invalid", f"Idempotency-Key {code}", _BODY, {**JSON, "Idempotency-Key": value}) for value, code in _HEADERS),
    Row(_KEYS, "two different ones", "POST", PAYOUTS, 400, "invalid", "idempotency_key differs", json.dumps(good_payout()).encode(), {**JSON, "Idempotency-Key": "another-key"}),
    *(Row(_CALLERS, repr(value)[:40], "POST", PAYOUTS, 401, code, None, _BODY, {**JSON, "Authorization": value}, has_key=False)
      for value, code in _NO_CREDENTIALS),
    *(Row(_CALLERS, f"cookie {value[:20]!r}", "POST", PAYOUTS, 401, "not_authenticated", None, _BODY, {**JSON, "Cookie": value}, has_key=False)
      for value in _NO_SESSIONS),
    *(Row(_HOSTS, repr(value), "GET", PAYOUTS, 400, "bad_request", headers={"Host": value}) for value in ("evil.example", "127.0.0.1:abc", "[::1", "127.0.0.1/x", "127.0.0.1@evil.example")),
    *(Row(_ACCEPT, repr(value), "GET", PAYOUTS, 406, "not_acceptable", headers={"Accept": value}) for value in ("application/xml", "text/html", ";;q=")),
)  # fmt: skip

RAW_ROWS = (
    *(RawRow(_RAW, name, request, 400, "malformed_request") for name, request in _MALFORMED.items()),
    RawRow(_RAW, "no host", _line(host=None), 400, "bad_request"),
    RawRow(_RAW, "chunks", _line(b"Transfer-Encoding: chunked", line=_POST, body=b"zz\r\n"), 411, "length_required"),
    RawRow(_RAW, "chunks and a length", _line(b"Transfer-Encoding: chunked", b"Content-Length: 3", line=_POST, body=b"0\r\n"), 411, "length_required"),
    RawRow(_RAW, "an endless address", _line(line=b"GET /api/payouts/?" + b"a" * 9_000 + b" HTTP/1.1"), 414, "address_too_long"),
    RawRow(_RAW, "a flood of headers", _line(*(b"X-%d: y" % n for n in range(300))), 431, "headers_too_large"),
    RawRow(_RAW, "an endless header", _line(b"X-A: " + b"y" * 40_000), 431, "headers_too_large"),
    RawRow(_RAW, "an expectation", _line(b"Expect: miracles"), 417, "expectation_failed"),
    RawRow(_RAW, "no key at an absolute address", _line(line=b"GET http://evil.example/api/payouts/ HTTP/1.1"), 401, "not_authenticated"),
)  # fmt: skip
