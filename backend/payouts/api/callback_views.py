from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from core.exceptions import Refusal, Unauthenticated
from core.request_context import SIGNED
from payouts.api.closed_view import ClosedView
from payouts.api.documentation import answers
from payouts.application.record_callback import record_callback
from payouts.rails import get_rail

if TYPE_CHECKING:
    from rest_framework.request import Request


class RailCallbackView(ClosedView):
    """Open to all: the rail's signature over the raw body is what proves who is calling."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="receive_rail_callback",
        tags=["rails"],
        request={"application/json": OpenApiTypes.OBJECT},
        responses=answers({204: None}, 400, 404, 413),
    )
    def post(self, request: Request, code: str) -> Response:
        """For rails: what became of orders. Signed by the rail; safe to repeat."""
        rail = get_rail(code)
        try:
            record_callback(rail=rail, body=request.body, headers=request.headers)
        except Unauthenticated:
            raise
        except Refusal:
            request.META[SIGNED] = True  # and yet without sense
            raise
        request.META[SIGNED] = True
        return Response(status=HTTPStatus.NO_CONTENT)
