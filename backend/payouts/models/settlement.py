from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from access.models import Organization
from payouts.domain.settlement import SettlementState, Verdict
from payouts.domain.words import EVIDENCE_MAX_LENGTH, REASON_MAX_LENGTH
from payouts.models.attempt import PayoutAttempt
from payouts.models.payout import Payout

_PROPOSED = Q(state=SettlementState.PROPOSED.value)
_AS_PROPOSED = [
    "organization",
    "payout",
    "attempt",
    "verdict",
    "reason",
    "evidence",
    "needs_two_people",
    "proposed_by",
    "proposed_at",
]


class Settlement(models.Model):
    """What people have said that an attempt came to, of which no rail could tell."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, db_index=False, related_name="settlements")
    attempt = models.ForeignKey(
        PayoutAttempt, on_delete=models.PROTECT, db_index=False, related_name="settlements"
    )
    verdict = models.CharField(max_length=10, choices=[(v.value, v.value) for v in Verdict])
    reason = models.CharField(max_length=REASON_MAX_LENGTH)
    evidence = models.CharField(max_length=EVIDENCE_MAX_LENGTH)
    # As the setting was when it was proposed.
    needs_two_people = models.BooleanField()
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in SettlementState])
    proposed_by = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=REASON_MAX_LENGTH, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "payout"], condition=_PROPOSED, name="settlement_open_is_single"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=[verdict.value for verdict in Verdict]),
                name="settlement_verdict_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in SettlementState]),
                name="settlement_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(evidence="") & ~Q(proposed_by=""), name="settlement_is_reasoned"
            ),
            models.CheckConstraint(
                condition=(_PROPOSED & Q(decided_by="", decided_at__isnull=True))
                | (~_PROPOSED & ~Q(decided_by="") & Q(decided_at__isnull=False)),
                name="settlement_decision_has_person",
            ),
            models.CheckConstraint(
                condition=~Q(state=SettlementState.CARRIED_OUT.value, needs_two_people=True)
                | ~Q(decided_by=F("proposed_by")),
                name="settlement_has_two_people",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="settlement_list"),
            models.Index(fields=["organization", "payout", "-id"], name="settlement_of_payout"),
            # Whether an attempt's end overtakes one is asked for every attempt that was unknown.
            models.Index(fields=["attempt"], condition=_PROPOSED, name="settlement_open_of_attempt"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="settlement_as_proposed", fields=_AS_PROPOSED),
            pgtrigger.Protect(
                name="settlement_decided_for_good",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state=SettlementState.PROPOSED.value),
            ),
            pgtrigger.Protect(name="settlement_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"settlement {self.pk}: {self.verdict}, {self.state}"
