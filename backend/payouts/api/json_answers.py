"""Answers in JSON, as the framework gives them, made with less ado."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from rest_framework.compat import SHORT_SEPARATORS
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rest_framework.request import Request

_encode = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=SHORT_SEPARATORS).encode


def render_json(data: object) -> str:
    """What the framework's renderer gives, which makes an encoder for each answer."""
    # To JavaScript these would be ends of lines.
    return _encode(data).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


class PlainRenderer(JSONRenderer):
    """For whoever has not asked for a form of their own."""

    def render(self, data: object, *_form: object) -> bytes:
        return render_json(data).encode()


class JsonAnswer(HttpResponse):
    """Its headers were looked at when they were set, and not again when they are sent."""

    def __init__(
        self, content: bytes, *, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(content, content_type=JSONRenderer.media_type, status=status, headers=headers)

    def items(self) -> Iterable[tuple[str, str]]:
        return stored_headers(self).values()


def stored_headers(response: HttpResponse) -> dict[str, tuple[str, str]]:
    """Names and values by the names in small letters, as Django keeps them once it has looked at them."""
    stored: dict[str, tuple[str, str]] = response.headers._store  # noqa: SLF001  there is no other door
    return stored


def json_answer(
    request: Request,
    body: Mapping[str, Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """What the framework makes of its `Response`, which would be rendered empty first, and filled later."""
    content: Any = request.accepted_renderer.render(body, request.accepted_media_type)
    return JsonAnswer(content, status=status, headers=headers)
