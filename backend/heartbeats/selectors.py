"""Reads of heartbeats."""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Now

from heartbeats.models import Heartbeat
from heartbeats.signs_of_life import Role, SignOfLife


def list_heartbeats() -> list[SignOfLife]:
    """By role, the youngest first. Roles that only another version of the code knows are left out."""
    rows = (
        Heartbeat.objects.filter(role__in=[role.value for role in Role])
        .annotate(age=Now() - F("beat_at"))
        .order_by("role", "age", "instance")
        .values_list("role", "instance", "first_beat_at", "age")
    )
    return [SignOfLife(Role(role), instance, first, age) for role, instance, first, age in rows]
