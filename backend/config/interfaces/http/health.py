"""Whether the process answers, and whether what it depends on does."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from infrastructure.dependencies import DATABASE, PROBE_TIMEOUT_SECONDS, REDIS
from payouts.api.closed_view import ClosedView
from payouts.api.documentation import open_answers

if TYPE_CHECKING:
    from rest_framework.request import Request


class HealthReport(serializers.Serializer[dict[str, object]]):
    database = serializers.BooleanField()
    redis = serializers.BooleanField()
    status = serializers.CharField(help_text="`healthy` or `degraded`")


class LivenessReport(serializers.Serializer[dict[str, object]]):
    status = serializers.CharField(help_text="`alive`")


class ReadinessReport(serializers.Serializer[dict[str, object]]):
    database = serializers.BooleanField()
    status = serializers.CharField(help_text="`ready` or `not_ready`")


class HealthView(ClosedView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="health", tags=["health"], responses=open_answers({200: HealthReport, 503: HealthReport})
    )
    def get(self, _request: Request) -> Response:
        """Every dependency, each asked at the same time and waited for shortly. 503 when any is down."""
        database, redis = DATABASE.ask(), REDIS.ask()
        parts = {
            "database": database.is_up(PROBE_TIMEOUT_SECONDS),
            "redis": redis.is_up(PROBE_TIMEOUT_SECONDS),
        }
        is_healthy = all(parts.values())
        return _report(parts, "healthy" if is_healthy else "degraded", is_good=is_healthy)


class LivenessView(ClosedView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="health_live", tags=["health"], responses=open_answers({200: LivenessReport}))
    def get(self, _request: Request) -> Response:
        """The process answers."""
        return _report({}, "alive", is_good=True)


class ReadinessView(ClosedView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="health_ready",
        tags=["health"],
        responses=open_answers({200: ReadinessReport, 503: ReadinessReport}),
    )
    def get(self, _request: Request) -> Response:
        """The node can serve. Redis does not count: payouts are accepted without it."""
        is_up = DATABASE.ask().is_up(PROBE_TIMEOUT_SECONDS)
        return _report({"database": is_up}, "ready" if is_up else "not_ready", is_good=is_up)


def _report(parts: dict[str, bool], status: str, *, is_good: bool) -> Response:
    code = HTTPStatus.OK if is_good else HTTPStatus.SERVICE_UNAVAILABLE
    return Response({**parts, "status": status}, status=code.value, headers={"Cache-Control": "no-store"})
