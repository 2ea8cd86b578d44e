from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from access.cidr_field import CidrField
from access.environment import Environment
from access.scopes import EVERY_SCOPE

if TYPE_CHECKING:
    from datetime import datetime

_NEVER_CHANGED = ["organization", "public_id", "secret_hash", "rotated_from", "created_by", "created_at"]


class Organization(models.Model):
    """A company, or a part of one, whose payouts nobody else sees."""

    name = models.CharField(max_length=200, unique=True)
    environment = models.CharField(max_length=4, choices=[(e.value, e.value) for e in Environment])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(environment__in=[e.value for e in Environment]),
                name="organization_environment_is_known",
            ),
        ]
        triggers = [
            # Its keys say it, and its payouts went over a rail of it.
            pgtrigger.ReadOnly(name="organization_keeps_environment", fields=["environment"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.environment})"


class Operator(AbstractUser):
    """A person who signs in to the console."""

    organizations = models.ManyToManyField(Organization, through="Membership", related_name="operators")

    class Meta:
        # Not inherited: the parent's Meta carries Django's own wording.
        verbose_name = "operator"
        verbose_name_plural = "operators"


class Membership(models.Model):
    """Which organizations an operator works for."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "operator"], name="membership_is_single"),
        ]

    def __str__(self) -> str:
        return f"{self.operator} at {self.organization}"


class ApiKey(models.Model):
    """A machine's key. The secret is kept only as a keyed hash. A key that has ended never lives again."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=200)
    public_id = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=32))
    # From where it may be used; empty is from everywhere.
    allowed_networks = ArrayField(CidrField(), default=list, blank=True)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    # To the minute.
    last_used_at = models.DateTimeField(null=True)
    # The key that this one takes over from.
    rotated_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="successors")

    class Meta:
        verbose_name = "API key"
        permissions = [("grant_every_scope", "Can give API keys the scopes that operators do not have")]
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=sorted(s.value for s in EVERY_SCOPE)) & Q(scopes__len__gt=0),
                name="api_key_scopes_are_known",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="api_key_expires_after_it_is_made",
            ),
            models.UniqueConstraint(
                fields=["organization", "rotated_from"],
                condition=Q(revoked_at__isnull=True),
                name="api_key_has_one_successor",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="api_key_written_once", fields=_NEVER_CHANGED),
            pgtrigger.Protect(
                name="api_key_revoked_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__revoked_at__isnull=False),
            ),
            pgtrigger.Protect(name="api_key_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"

    def state_at(self, now: datetime) -> str:
        """Either "revoked", "expired" or "active"."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"

    def is_living_at(self, now: datetime) -> bool:
        return self.state_at(now) == "active"
