from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value

from access.models import Organization
from database.encryption import EncryptedTextField, is_encrypted
from database.words import WordVector
from payouts.domain.recipient import BANK_CODE_MAX_LENGTH, NAME_MAX_LENGTH, RecipientType


class Recipient(models.Model):
    """Somebody who is paid. Deactivated, never deleted."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    type = models.CharField(max_length=10, choices=[(t.value, t.value) for t in RecipientType])
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    account_number = EncryptedTextField(db_column="account_number_encrypted")
    # Keyed, and of the organization: finds who has the same account, and tells nobody else anything.
    account_number_hash = models.CharField(max_length=64)
    # What it is found by, see payouts.domain.recipient_names.
    name_words = ArrayField(models.TextField(), db_default=Value([], ArrayField(models.TextField())))
    bank_code = models.CharField(max_length=BANK_CODE_MAX_LENGTH, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            # What a payout's foreign key points to: a recipient of the same organization.
            models.UniqueConstraint(fields=["organization", "id"], name="recipient_of_organization"),
            models.CheckConstraint(
                condition=Q(type__in=[t.value for t in RecipientType]), name="recipient_type_is_known"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="recipient_has_name"),
            models.CheckConstraint(
                condition=is_encrypted("account_number"), name="recipient_account_is_encrypted"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "account_number_hash"], name="recipient_by_account"),
            # Finds by the beginnings of words.
            GinIndex(WordVector(F("name_words")), name="recipient_by_words"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="recipient_keeps_organization", fields=["organization", "created_at"]),
            pgtrigger.Protect(name="recipient_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} (recipient {self.pk})"
