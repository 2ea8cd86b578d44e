from __future__ import annotations

from django.apps import AppConfig

from core.event_bus import event_bus


class InfrastructureConfig(AppConfig):
    name = "infrastructure"

    def ready(self) -> None:
        from infrastructure.payouts.event_handlers import subscribe_all  # noqa: PLC0415  needs the app registry

        subscribe_all(event_bus)
