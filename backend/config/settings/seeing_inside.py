"""Where traces and reports of errors go: nowhere, unless the environment names a place."""

from __future__ import annotations

import environ

env = environ.Env()

# The SDK reads the standard OTEL_* variables itself; here only whether there is anything to do.
TRACING = (
    any(env(f"OTEL_EXPORTER_OTLP_{name}", default="") for name in ("ENDPOINT", "TRACES_ENDPOINT"))
    and env("OTEL_TRACES_EXPORTER", default="otlp").strip().lower() == "otlp"
    and not env.bool("OTEL_SDK_DISABLED", default=False)
)
# The first word of service.name, before the role.
TRACING_SERVICE = env("OTEL_SERVICE_NAME", default="payouts")
# Whether a request goes on with the trace that its traceparent names. Only where a proxy of ours writes that
# header itself: otherwise strangers decide what is sampled, and put spans into the traces of others.
TRACING_CONTINUES_CALLERS = env.bool("TRACING_CONTINUES_CALLERS", default=False)

SENTRY_DSN = env("SENTRY_DSN", default="")
SENTRY_ENVIRONMENT = env("SENTRY_ENVIRONMENT", default="production")
