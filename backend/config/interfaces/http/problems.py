"""How what went wrong becomes an answer: the only table from kinds of refusal to HTTP. RFC 9457."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import DataError
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework.exceptions import APIException, Throttled, ValidationError

from config.interfaces.http.validation_problems import flatten
from core.exceptions import (
    Conflict,
    FieldProblem,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Unauthenticated,
    Unprocessable,
)
from core.request_context import request_id
from database.unavailable import is_database_unavailable, reason_of

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.get_logger(__name__)

PROBLEM_MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
_MOST_PROBLEMS_IN_DETAIL = 5

_STATUS_OF_KIND: Mapping[type[Refusal], HTTPStatus] = {
    Invalid: HTTPStatus.BAD_REQUEST,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Unprocessable: HTTPStatus.UNPROCESSABLE_ENTITY,
}


@dataclass(frozen=True)
class Problem:
    status: HTTPStatus
    code: str
    title: str
    detail: str
    errors: tuple[FieldProblem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def answer_exception(exception: Exception, context: Mapping[str, Any]) -> HttpResponse:  # noqa: ARG001
    """The exception handler of the REST framework. What is not foreseen is logged, and a 500."""
    return render_problem(problem_of(exception))


def render_problem(problem: Problem) -> HttpResponse:
    members: dict[str, Any] = {
        "type": f"/problems/{problem.code.replace('_', '-')}",
        "title": problem.title,
        "status": problem.status.value,
        "detail": problem.detail,
        "code": problem.code,
    }
    if problem.errors:
        members["errors"] = [asdict(error) for error in problem.errors]
    members["request_id"] = request_id.get()
    content = json.dumps(members, ensure_ascii=False).encode()
    return HttpResponse(
        content,
        status=problem.status.value,
        content_type=PROBLEM_MEDIA_TYPE,
        # The middleware that says the length is not passed by what is refused before it.
        headers={**problem.headers, "Content-Length": str(len(content))},
    )


def problem_of(exception: Exception) -> Problem:
    match exception:
        case Refusal():
            return _of_refusal(exception)
        case ValidationError():
            return _of_validation(flatten(exception.detail))
        case APIException():
            return _of_framework(exception)
        case _ if is_database_unavailable(exception):
            # A line, not a traceback: while the database is away there is one for each request.
            log.warning("database_unavailable", error=reason_of(exception))
            return DATABASE_UNAVAILABLE
        case _:
            return _of_other(exception)


def _of_refusal(refusal: Refusal) -> Problem:
    status = next(status for kind, status in _STATUS_OF_KIND.items() if isinstance(refusal, kind))
    # RFC 9110 asks for a challenge with every 401; refusals of this kind are about signatures.
    headers = {"WWW-Authenticate": "Signature"} if status is HTTPStatus.UNAUTHORIZED else {}
    return Problem(status, refusal.code, refusal.title, refusal.detail, refusal.problems, headers)


def _of_validation(errors: tuple[FieldProblem, ...]) -> Problem:
    sentences = [f"{error.field}: {error.detail}" if error.field else error.detail for error in errors]
    detail = " ".join(sentences[:_MOST_PROBLEMS_IN_DETAIL])
    return Problem(HTTPStatus.BAD_REQUEST, Invalid.code, Invalid.title, detail, errors)


def _of_framework(exception: APIException) -> Problem:
    status = HTTPStatus(exception.status_code)
    headers = {}
    if challenge := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(exception, Throttled):
        headers["Retry-After"] = str(getattr(exception, "wait", None) or RETRY_AFTER_SECONDS)
    code = getattr(exception.detail, "code", exception.default_code)
    return Problem(status, code, status.phrase, str(exception.detail), headers=headers)


def _of_other(exception: Exception) -> Problem:
    match exception:
        case Http404():
            return NOTHING_HERE
        case PermissionDenied():
            return PERMISSION_DENIED
        case RequestDataTooBig():
            return BODY_TOO_LARGE
        case SuspiciousOperation() | UnreadablePostError():
            return BAD_REQUEST
        case DataError():
            # The fields should have refused it; this net keeps an oversight from becoming a 500.
            log.warning("database_refused_data", exc_info=exception)
            return UNSTORABLE
    log.error("request_failed", exc_info=exception)
    return INTERNAL_ERROR


NOTHING_HERE = Problem(HTTPStatus.NOT_FOUND, "not_found", "Not Found", "There is nothing at this address.")
PERMISSION_DENIED = Problem(
    HTTPStatus.FORBIDDEN, "permission_denied", "Forbidden", "You do not have permission to do this."
)
BODY_TOO_LARGE = Problem(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "request_too_large",
    "The request is too large",
    "The body of the request is larger than this service accepts.",
)
BAD_REQUEST = Problem(
    HTTPStatus.BAD_REQUEST, "bad_request", "Bad Request", "The request could not be understood."
)
UNSTORABLE = Problem(
    HTTPStatus.BAD_REQUEST, "unstorable", "Bad Request", "The request holds a value that cannot be stored."
)
INTERNAL_ERROR = Problem(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "internal_error",
    "Internal Server Error",
    "Something went wrong on our side. The request id finds it in our logs.",
)
DATABASE_UNAVAILABLE = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "database_unavailable",
    "The database does not answer",
    "The database did not answer in time. Nothing is lost: send the same request again.",
    headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
)
