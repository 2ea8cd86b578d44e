"""What is refused before there is a request that an application could be given."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from gunicorn.http import errors  # type: ignore[import-untyped]


@dataclass(frozen=True)
class RawRefusal:
    status: HTTPStatus
    code: str
    detail: str

    def render(self, request_id: str) -> bytes:
        """The whole answer. Nothing more is read from its connection."""
        problem = {
            "type": f"/problems/{self.code.replace('_', '-')}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
        }
        body = json.dumps(problem).encode()
        head = (
            f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n"
            f"Content-Type: application/problem+json\r\nX-Request-ID: {request_id}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body


TOO_SLOW = RawRefusal(
    HTTPStatus.REQUEST_TIMEOUT, "request_timeout", "The request did not come in time. It was not looked at."
)
HEAD_TOO_LARGE = RawRefusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "headers_too_large",
    "The headers of the request are too large.",
)
LENGTH_MISSING = RawRefusal(
    HTTPStatus.LENGTH_REQUIRED, "length_required", "A request with a body must say its length beforehand."
)
ADDRESS_TOO_LONG = RawRefusal(
    HTTPStatus.REQUEST_URI_TOO_LONG, "address_too_long", "The address of the request is too long."
)
EXPECTATION_FAILED = RawRefusal(
    HTTPStatus.EXPECTATION_FAILED, "expectation_failed", "No expectation but 100-continue is met here."
)
MALFORMED = RawRefusal(
    HTTPStatus.BAD_REQUEST, "malformed_request", "The request line or a header is not HTTP/1.1 (RFC 9112)."
)
BROKEN = RawRefusal(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "internal_error",
    "Something went wrong on our side. The request id finds it in our logs.",
)


def refusal_of(fault: Exception) -> RawRefusal:
    """Of what Gunicorn's parser raises. Anything else is a fault of ours."""
    match fault:
        case errors.InvalidResponseHeader() | errors.InvalidResponseHeaderName():
            return BROKEN
        case errors.LimitRequestLine():
            return ADDRESS_TOO_LONG
        case errors.LimitRequestHeaders():
            return HEAD_TOO_LARGE
        case errors.ExpectationFailed():
            return EXPECTATION_FAILED
        case errors.ParseException():
            return MALFORMED
        case _:
            return BROKEN
