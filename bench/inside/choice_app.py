"""Changes what no setting changes, before the process begins."""

from __future__ import annotations

import os

from django.apps import AppConfig


class ChoiceConfig(AppConfig):
    name = "bench.inside"

    def ready(self) -> None:
        from database.postgresql.connection import BoundedConnection  # noqa: PLC0415  needs the settings
        from events.management.commands import relay  # noqa: PLC0415  needs the app registry

        if pauses := os.environ.get("BENCH_RELAY_IDLE"):
            shortest, longest = map(float, pauses.split(","))  # seconds
            relay.IDLE_SECONDS = (shortest, longest)
        if os.environ.get("BENCH_PREPARES_STATEMENTS") == "false":
            BoundedConnection.prepares_statements = False  # type: ignore[assignment, method-assign]
