from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings

from core.event_bus import event_bus
from infrastructure.durability import refuse_undurable_databases
from infrastructure.seeing_inside import start_seeing_inside


class InfrastructureConfig(AppConfig):
    name = "infrastructure"

    def ready(self) -> None:
        from infrastructure.metrics.events import count_events  # noqa: PLC0415  the same
        from infrastructure.metrics.server import serve_metrics  # noqa: PLC0415  the same
        from infrastructure.payouts.event_handlers import subscribe_all  # noqa: PLC0415  needs the app registry

        subscribe_all(event_bus)
        start_seeing_inside()
        event_bus.observe(count_events)
        if settings.ROLE == "relay":  # Gunicorn and Celery say by themselves when their processes begin
            serve_metrics()
        if settings.REFUSE_UNDURABLE_DATABASE:
            refuse_undurable_databases()
