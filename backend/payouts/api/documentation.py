"""The parts of the schema that many endpoints share."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from payouts.api.fields import LARGEST_ID
from payouts.api.serializers import (
    METADATA_KEY_MAX_LENGTH,
    METADATA_VALUE_MAX_LENGTH,
)

KEY_HEADER_PATTERN = r'^(?:"[!#-\[\]-~]{8,64}"|[!#-+\--~]{8,64})$'
PROBLEM_MEDIA_TYPE = "application/problem+json"

_MEANING = {
    400: "Not valid; `errors` names the fields.",
    401: "No API key, or one that is not valid.",
    403: "The caller may not do this.",
    404: "There is no such object for this caller.",
    405: "The address does not take this method.",
    406: "No representation in the media type that was asked for.",
    409: "The object's present state does not allow it.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body is not JSON in UTF-8.",
    422: "Well formed, and contradicts what is known.",
    429: "Too many requests; see Retry-After.",
    431: "The headers are too large.",
    503: "The database did not answer in time; see Retry-After. Sending the same again is safe.",
}
_FOR_ALL = (400, 405, 406, 414, 431)
_FOR_CALLERS = (*_FOR_ALL, 401, 403, 429, 503)


class ProblemError(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457. `code` is stable and safe to switch on."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ProblemError(many=True, required=False)  # type: ignore[assignment]
    request_id = serializers.CharField()


def answers(successes: dict[int, Any], *problems: int) -> dict[Any, Any]:
    """The successes, the problems named, and those that any endpoint with callers can answer with."""
    return successes | _refusals({*problems, *_FOR_CALLERS})


def open_answers(successes: dict[int, Any], *problems: int) -> dict[Any, Any]:
    """The same of an endpoint that asks nobody who they are."""
    return successes | _refusals({*problems, *_FOR_ALL})


def _refusals(statuses: set[int]) -> dict[Any, Any]:
    return {
        (status, PROBLEM_MEDIA_TYPE): OpenApiResponse(Problem, description=_MEANING[status])
        for status in sorted(statuses)
    }


def id_in_path(name: str) -> OpenApiParameter:
    schema = {"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_ID}
    return OpenApiParameter(name, schema, OpenApiParameter.PATH)


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": KEY_HEADER_PATTERN},
    OpenApiParameter.HEADER,
    description="The key, bare or quoted, when it is not in the body.",
)
IDEMPOTENT_REPLAYED = OpenApiParameter(
    "Idempotent-Replayed",
    OpenApiTypes.BOOL,
    OpenApiParameter.HEADER,
    response=[200],
    description="The payout had been created before under this key.",
)
LOCATION = OpenApiParameter("Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[201])
METADATA_FILTER = OpenApiParameter(
    "metadata",
    {
        "type": "object",
        "propertyNames": {"format": "visible-text", "minLength": 1, "maxLength": METADATA_KEY_MAX_LENGTH},
        "additionalProperties": {
            "type": "string",
            "format": "visible-text",
            "maxLength": METADATA_VALUE_MAX_LENGTH,
        },
    },
    OpenApiParameter.QUERY,
    style="deepObject",
    explode=True,
    description="`metadata[key]=value`; every pair that is given must be there.",
)
