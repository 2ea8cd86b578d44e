from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from access.environment import Environment
from access.scopes import EVERY_SCOPE


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
    """A machine's key. The secret is kept only as a keyed hash."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=200)
    public_id = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=32))
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=sorted(s.value for s in EVERY_SCOPE)) & Q(scopes__len__gt=0),
                name="api_key_scopes_are_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"
