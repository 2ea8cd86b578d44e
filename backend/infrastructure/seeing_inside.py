"""Traces and reports of errors, for the processes whose settings name a place to send them to."""

from __future__ import annotations

from django.conf import settings


def start_seeing_inside() -> None:
    """The libraries are loaded only where they are asked for: they are large."""
    if settings.TRACING:
        from infrastructure.tracing import start_tracing  # noqa: PLC0415

        start_tracing(
            service=f"{settings.TRACING_SERVICE}-{settings.ROLE}",
            version=settings.CODE_VERSION,
            continues_callers=settings.TRACING_CONTINUES_CALLERS,
        )
    if settings.SENTRY_DSN:
        from infrastructure.error_reports import start_error_reports  # noqa: PLC0415

        start_error_reports(
            dsn=settings.SENTRY_DSN,
            release=settings.CODE_VERSION,
            environment=settings.SENTRY_ENVIRONMENT,
            role=settings.ROLE,
        )
