from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from access.models import Organization
from database.moves import OnlyMoves
from payouts.domain.attempt import ATTEMPT_MOVES, LIVE_STATES, AttemptState
from payouts.models.payout import Payout

_LIVE = sorted(state.value for state in LIVE_STATES)


class PayoutAttempt(models.Model):
    """One instruction to a rail, under one key, with what the rail said of it."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, db_index=False, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    rail = models.CharField(max_length=32)
    rail_key = models.CharField(max_length=64)
    request_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=16, default=AttemptState.SENDING.value)
    # Grows with every claim, so that whoever held an earlier one can write nothing any more.
    fence = models.PositiveIntegerField(default=1)
    lease_until = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField()
    unknown_since = models.DateTimeField(null=True)
    inquiries = models.PositiveIntegerField(default=0)
    next_inquiry_at = models.DateTimeField(null=True)
    # Who wants the rail asked, until it has answered; empty when only the sweep asks, in its own time.
    inquiry_requested_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    provider_reference = models.CharField(max_length=200, blank=True, default="")
    evidence = models.JSONField(default=dict)
    failure = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "payout", "number"], name="attempt_number_is_single"
            ),
            models.UniqueConstraint(
                fields=["organization", "payout"], condition=Q(state__in=_LIVE), name="attempt_live_is_single"
            ),
            models.UniqueConstraint(
                fields=["organization", "rail", "rail_key"], name="attempt_rail_key_is_single"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in AttemptState]), name="attempt_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(next_inquiry_at__isnull=True)
                | Q(state__in=[AttemptState.ACCEPTED.value, AttemptState.UNKNOWN.value])
                # Of its own accord nobody asks any more once a person was called.
                | (Q(state=AttemptState.NEEDS_REVIEW.value) & ~Q(inquiry_requested_by="")),
                name="attempt_asked_only_while_open",
            ),
        ]
        indexes = [
            # Callbacks know the rail's key and not the organization.
            models.Index(fields=["rail_key"], name="attempt_by_rail_key"),
            # What stands on a bank's statement; most attempts get one, at their end, and none before.
            models.Index(
                fields=["organization", "provider_reference"],
                condition=~Q(provider_reference=""),
                name="attempt_by_provider_reference",
            ),
            models.Index(
                fields=["lease_until"], condition=Q(state=AttemptState.SENDING.value), name="attempt_leased"
            ),
            models.Index(
                fields=["rail", "next_inquiry_at"],
                condition=Q(next_inquiry_at__isnull=False),
                name="attempt_to_ask_about",
            ),
        ]
        triggers = [
            OnlyMoves(
                name="attempt_state_moves",
                field="state",
                transitions=[
                    (state.value, target.value)
                    for state, targets in ATTEMPT_MOVES.items()
                    for target in sorted(targets)
                ],
            ),
            pgtrigger.ReadOnly(
                name="attempt_written_once",
                fields=["organization", "payout", "number", "rail", "rail_key", "request_hash", "created_at"],
            ),
            pgtrigger.Protect(name="attempt_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"attempt {self.rail_key}"
