from __future__ import annotations

from functools import reduce
from operator import or_

import pgtrigger
from django.db import models
from django.db.models import Q

from access.models import Organization
from core.money import AMOUNT_MINOR_LIMIT, Money
from database.encryption import EncryptedTextField, is_encrypted
from database.moves import OnlyMoves
from payouts.domain.idempotency import KEY_MAX_LENGTH, RequestedContent
from payouts.domain.recipient import BANK_CODE_MAX_LENGTH, NAME_MAX_LENGTH
from payouts.domain.status import (
    MOVES,
    OPEN_STATUSES,
    STAGES,
    STAGES_OF_PEOPLE,
    WAITING_STAGES,
    Stage,
    Status,
)
from payouts.models.recipient import Recipient

_STAGE_BELONGS_TO_STATUS = reduce(
    or_,
    (
        Q(status=status.value, stage__in=sorted(stage.value for stage in stages))
        for status, stages in STAGES.items()
    ),
)

_WRITTEN_ONCE = [
    "organization",
    "reference",
    "end_to_end_id",
    "uetr",
    "recipient",
    "amount_minor",
    "currency",
    "idempotency_key",
    "request_fingerprint",
    "recipient_name_snapshot",
    "bank_code_snapshot",
    "country_snapshot",
    "metadata",
    "created_by",
    "created_at",
]


_SNAPSHOT = "account_number_snapshot_encrypted"
# Set to "on" for the transaction in which a payout's snapshot gets encrypted with another key.
REENCRYPTING = "payouts.reencrypting"


class Payout(models.Model):
    """One payment to one recipient. What was asked for never changes; only how far it has come does."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    reference = models.CharField(max_length=26)
    end_to_end_id = models.CharField(max_length=28)
    uetr = models.UUIDField()
    # The constraint is a composite one, made in the migration: the recipient is of the same organization.
    recipient = models.ForeignKey(
        Recipient, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="payouts"
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    idempotency_key = models.CharField(max_length=KEY_MAX_LENGTH)
    request_fingerprint = models.CharField(max_length=80)
    recipient_name_snapshot = models.CharField(max_length=NAME_MAX_LENGTH)
    account_number_snapshot = EncryptedTextField(row="reference", db_column=_SNAPSHOT)
    bank_code_snapshot = models.CharField(max_length=BANK_CODE_MAX_LENGTH, blank=True)
    country_snapshot = models.CharField(max_length=2, blank=True)
    metadata = models.JSONField(default=dict)
    created_by = models.CharField(max_length=200)
    # Of the request that made it, when that is traced: whatever becomes of the payout is told in that trace.
    traceparent = models.CharField(max_length=55, blank=True, default="", db_default="")

    rail = models.CharField(max_length=32)
    status = models.CharField(max_length=10, default=Status.NEW.value)
    stage = models.CharField(max_length=20, default=Stage.READY.value)
    status_details = models.TextField(blank=True, default="")
    failure = models.JSONField(null=True)
    attempts_made = models.PositiveSmallIntegerField(default=0)
    # When a worker shall claim it; null while nothing is to be sent.
    next_run_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions = [
            ("approve_settlement", "Can say the second word on how a payout is settled"),
            ("reveal_account_number", "Can see a whole account number, which is recorded"),
            ("export_payout", "Can download lists of payouts"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "idempotency_key"], name="payout_key_is_single"),
            models.UniqueConstraint(fields=["organization", "reference"], name="payout_reference_is_single"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, amount_minor__lte=AMOUNT_MINOR_LIMIT),
                name="payout_amount_is_payable",
            ),
            models.CheckConstraint(condition=_STAGE_BELONGS_TO_STATUS, name="payout_stage_is_of_status"),
            models.CheckConstraint(
                condition=Q(status=Status.FAILED.value, failure__isnull=False)
                | (~Q(status=Status.FAILED.value) & Q(failure__isnull=True)),
                name="payout_failure_is_of_failed",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.COMPLETED.value) | Q(completed_at__isnull=False),
                name="payout_completion_has_time",
            ),
            models.CheckConstraint(
                condition=Q(next_run_at__isnull=True)
                | Q(stage__in=[stage.value for stage in WAITING_STAGES], deleted_at__isnull=True),
                name="payout_runs_only_when_waiting",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(status=Status.NEW.value, attempts_made=0),
                name="payout_deleted_only_untouched",
            ),
            models.CheckConstraint(
                condition=is_encrypted("account_number_snapshot"), name="payout_account_is_encrypted"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], condition=Q(deleted_at=None), name="payout_list"),
            models.Index(
                fields=["organization", "status", "-id"],
                condition=Q(deleted_at=None),
                name="payout_list_by_status",
            ),
            models.Index(fields=["organization", "recipient", "-id"], name="payout_list_by_recipient"),
            models.Index(
                fields=["rail", "next_run_at"], condition=Q(next_run_at__isnull=False), name="payout_due"
            ),
            # What waits, of all organizations: as small as the work is, however long the history gets.
            models.Index(
                fields=["rail", "stage", "updated_at"],
                condition=Q(status__in=[status.value for status in OPEN_STATUSES], deleted_at=None),
                name="payout_open",
            ),
            # What operators filter by, and all figures of theirs, are read here without the table.
            models.Index(
                fields=["organization", "created_at", "id"],
                include=[
                    "status",
                    "stage",
                    "currency",
                    "rail",
                    "amount_minor",
                    "recipient",
                    "completed_at",
                ],
                condition=Q(deleted_at=None),
                name="payout_by_time",
            ),
            # What a person has to see, however old it is.
            models.Index(
                fields=["organization", "stage", "created_at", "id"],
                condition=Q(stage__in=[stage.value for stage in STAGES_OF_PEOPLE], deleted_at=None),
                name="payout_for_people",
            ),
        ]
        triggers = [
            OnlyMoves(
                name="payout_status_moves",
                field="status",
                transitions=[(current.value, target.value) for current, target in MOVES],
            ),
            pgtrigger.ReadOnly(name="payout_written_once", fields=_WRITTEN_ONCE),
            pgtrigger.Protect(
                name="payout_account_only_reencrypted",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.{_SNAPSHOT} IS DISTINCT FROM NEW.{_SNAPSHOT}"
                    f" AND current_setting('{REENCRYPTING}', true) IS DISTINCT FROM 'on'"
                ),
            ),
            pgtrigger.Protect(name="payout_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"payout {self.reference}"

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def requested_content(self) -> RequestedContent:
        """What the client asked for, as it was first written."""
        return RequestedContent(self.recipient_id, self.amount_minor, self.currency, self.metadata)
