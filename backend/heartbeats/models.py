from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Heartbeat(models.Model):
    """The last time, by the database's clock, that a process showed that it does its work."""

    role = models.CharField(max_length=16)
    instance = models.CharField(max_length=200)
    first_beat_at = models.DateTimeField(db_default=Now())
    beat_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "instance"], name="heartbeat_of_instance_is_single")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.instance}"
