from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request


def json_answer(
    request: Request,
    body: Mapping[str, Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """What the framework makes of its `Response`, which would be rendered empty first, and filled later."""
    renderer = request.accepted_renderer
    return HttpResponse(
        renderer.render(body, request.accepted_media_type),
        content_type=renderer.media_type,
        status=status,
        headers=headers,
    )
