"""A payout's whole life, written as an older version of the code writes it: its columns and no others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.factories import NOON

if TYPE_CHECKING:
    from django.db.migrations.state import StateApps

# Ids beside those that the tests' other rows get.
RECIPIENT_ID = 10**9
ACCOUNT = "UA1234567890"


def live(models: StateApps) -> Any:
    """Take a payout from its request to its end, by way of an unknown outcome; returns it."""
    organization = models.get_model("access", "Organization").objects.create(name="Old", environment="test")
    _make_key(models, organization)
    payout = _request(models, organization, _add_recipient(models, organization))
    attempt = _claim(models, payout)
    _move(attempt, state="unknown", lease_until=None, unknown_since=NOON, next_inquiry_at=NOON)
    _move(payout, stage="unknown")
    _move(attempt, state="succeeded", inquiries=1, next_inquiry_at=None, evidence={"bank": "paid"})
    _move(payout, status="COMPLETED", stage="confirmed", completed_at=NOON)
    _record(models, payout, "PayoutCompleted")
    models.get_model("heartbeats", "Heartbeat").objects.create(role="relay", instance="old")
    return payout


def read_everything(models: StateApps, labels: frozenset[str]) -> int:
    """Every column of every row that the old models know; how many rows."""
    ours = [
        model for model in models.get_models(include_auto_created=True) if model._meta.app_label in labels
    ]
    return sum(len(list(model._base_manager.all())) for model in ours)


def _make_key(models: StateApps, organization: Any) -> None:
    key = models.get_model("access", "ApiKey").objects.create(
        organization=organization, name="old", public_id="old-key", secret_hash="0", scopes=["payouts:read"]
    )
    _move(key, last_used_at=NOON)
    _move(key, revoked_at=NOON)


def _add_recipient(models: StateApps, organization: Any) -> Any:
    recipient = models.get_model("payouts", "Recipient")(
        pk=RECIPIENT_ID,
        organization=organization,
        type="INDIVIDUAL",
        name="John Doe",
        account_number=ACCOUNT,
        account_number_hash="0" * 64,
    )
    recipient.save(force_insert=True)
    _move(recipient, name="John Roe", is_active=True)
    return recipient


def _request(models: StateApps, organization: Any, recipient: Any) -> Any:
    payout = models.get_model("payouts", "Payout").objects.create(
        organization=organization,
        recipient=recipient,
        reference="OLD-1",
        end_to_end_id="OLD-1",
        uetr=uuid4(),
        amount_minor=10_050,
        currency="USD",
        idempotency_key="old-key-1",
        request_fingerprint="0",
        recipient_name_snapshot="John Roe",
        account_number_snapshot=ACCOUNT,
        created_by="api-key:old",
        rail="sandbox",
        next_run_at=NOON,
    )
    _record(models, payout, "PayoutCreated")
    return payout


def _claim(models: StateApps, payout: Any) -> Any:
    _move(payout, status="PROCESSING", stage="sending", attempts_made=1, next_run_at=None)
    return models.get_model("payouts", "PayoutAttempt").objects.create(
        organization_id=payout.organization_id,
        payout=payout,
        number=1,
        rail="sandbox",
        rail_key="old-rail-key-1",
        request_hash="0",
        first_sent_at=NOON,
        lease_until=NOON + timedelta(seconds=10),
    )


def _record(models: StateApps, payout: Any, kind: str) -> None:
    event = models.get_model("events", "Event").objects.create(
        organization_id=payout.organization_id,
        subject_type="payout",
        subject_id=payout.pk,
        type=kind,
        actor="api-key:old",
    )
    marker = models.get_model("events", "PendingEvent").objects.create(event=event)
    _move(marker, failures=1)
    marker.delete()


def _move(row: Any, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
