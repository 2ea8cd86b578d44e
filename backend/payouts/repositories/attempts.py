"""The writers' door to attempts. A payout's row lock guards its attempts: lock the payout first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from payouts.domain.attempt import AttemptState
from payouts.models import PayoutAttempt
from payouts.repositories.payouts import lock_payouts, lock_payouts_to_decide_on

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from payouts.models import Payout


_JUDGED_BY = (
    "payout_id",
    "number",
    "rail",
    "rail_key",
    "state",
    "fence",
    "inquiries",
    "first_sent_at",
    "unknown_since",
    "inquiry_requested_by",
)

_BEGIN = """
WITH begun AS MATERIALIZED (
    SELECT * FROM unnest(
        %(payout_ids)s::bigint[], %(organization_ids)s::bigint[], %(numbers)s::smallint[],
        %(rail_keys)s::text[], %(request_hashes)s::text[]
    ) AS given (payout_id, organization_id, number, rail_key, request_hash)
), sending AS (
    UPDATE payouts_payout AS payout
    SET status = 'PROCESSING',
        stage = 'sending',
        status_details = '',
        next_run_at = NULL,
        attempts_made = begun.number,
        updated_at = statement_timestamp()
    FROM begun
    WHERE payout.id = begun.payout_id
)
INSERT INTO payouts_payoutattempt (
    organization_id, payout_id, number, rail, rail_key, request_hash, state, fence,
    first_sent_at, lease_until, inquiries, provider_reference, evidence, created_at, updated_at
)
SELECT organization_id, payout_id, number, %(rail)s, rail_key, request_hash, 'sending', 1,
    %(now)s, %(lease_until)s, 0, '', '{}', statement_timestamp(), statement_timestamp()
FROM begun
"""


@dataclass(frozen=True)
class BegunAttempt:
    """A locked payout and what is stored of its next attempt before a byte of it leaves."""

    payout: Payout
    number: int
    rail_key: str
    request_hash: str


def lock_attempts(*, rail: str, rail_keys: Collection[str]) -> list[PayoutAttempt]:
    """The attempts with these keys, each with its payout, guarded by the payouts' locks.

    The attempts are read after the locks are held: what is read stays true until the transaction ends.
    """
    wanted = PayoutAttempt.objects.filter(rail=rail, rail_key__in=rail_keys)
    payouts = lock_payouts(wanted.values_list("payout_id", flat=True))
    return _with_payouts(wanted, payouts)


def lock_attempts_to_decide_on(*, rail: str, rail_keys: Collection[str]) -> list[PayoutAttempt]:
    """The same, as far as an answer is judged by them: of each payout only how far it has come."""
    wanted = PayoutAttempt.objects.filter(rail=rail, rail_key__in=rail_keys)
    payouts = lock_payouts_to_decide_on(wanted.values_list("payout_id", flat=True))
    return _with_payouts(wanted.only(*_JUDGED_BY), payouts)


def _with_payouts(wanted: Iterable[PayoutAttempt], payouts: Mapping[int, Payout]) -> list[PayoutAttempt]:
    attempts = list(wanted)
    for attempt in attempts:
        attempt.payout = payouts[attempt.payout_id]
    return attempts


def find_succeeded_attempt(payout: Payout) -> PayoutAttempt | None:
    """The attempt that paid; not always the last one, when the rail had denied an earlier one at first."""
    return PayoutAttempt.objects.filter(
        organization_id=payout.organization_id, payout=payout, state=AttemptState.SUCCEEDED.value
    ).first()


def find_last_attempt(payout: Payout) -> PayoutAttempt | None:
    return (
        PayoutAttempt.objects.filter(organization_id=payout.organization_id, payout=payout)
        .order_by("number")
        .last()
    )


def map_unsent_attempts(payouts: Collection[Payout]) -> dict[int, PayoutAttempt]:
    """By payout id: the attempts of which no byte has left, to be transmitted again under their key."""
    attempts = PayoutAttempt.objects.filter(
        payout_id__in=[payout.pk for payout in payouts], state=AttemptState.NOT_SENT.value
    )
    return {attempt.payout_id: attempt for attempt in attempts}


def add_attempts(attempts: Collection[PayoutAttempt]) -> None:
    PayoutAttempt.objects.bulk_create(attempts)


def begin_attempts(begun: Sequence[BegunAttempt], *, rail: str, now: datetime, lease_until: datetime) -> None:
    """Afterwards the payouts are PROCESSING/sending, each with one more attempt, which is under a lease.

    One statement, however many there are: no payout is marked without its attempt.
    """
    if not begun:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _BEGIN,
            {
                "payout_ids": [each.payout.pk for each in begun],
                "organization_ids": [each.payout.organization_id for each in begun],
                "numbers": [each.number for each in begun],
                "rail_keys": [each.rail_key for each in begun],
                "request_hashes": [each.request_hash for each in begun],
                "rail": rail,
                "now": now,
                "lease_until": lease_until,
            },
        )


def claim_again(attempts: Collection[PayoutAttempt], *, now: datetime, lease_until: datetime) -> None:
    """Take up attempts of which no byte has left, under the next fence.

    Their times begin anew: whatever is first sent of them is sent from now on.
    """
    for attempt in attempts:
        attempt.fence += 1
    PayoutAttempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).update(
        state=AttemptState.SENDING.value,
        fence=F("fence") + 1,
        first_sent_at=now,
        lease_until=lease_until,
        updated_at=Now(),
    )


def list_expired_leases(*, now: datetime, limit: int) -> list[PayoutAttempt]:
    """Attempts whose worker has not said in time what became of them. Not locked."""
    return list(
        PayoutAttempt.objects.filter(state=AttemptState.SENDING.value, lease_until__lt=now).order_by(
            "lease_until"
        )[:limit]
    )


def request_inquiry(attempt: PayoutAttempt, *, by: str, now: datetime) -> None:
    """Afterwards the sweep asks about it, and a person waits for the answer."""
    attempt.inquiry_requested_by, attempt.next_inquiry_at = by, now
    attempt.save(update_fields=["inquiry_requested_by", "next_inquiry_at", "updated_at"])


def take_attempts_to_ask_about(
    *, rail: str, limit: int, now: datetime, taken_until: datetime
) -> list[PayoutAttempt]:
    """Attempts that the rail is to be asked about, put off until `taken_until` for everybody else.

    Each has its payout, which is not locked.
    """
    due = list(
        PayoutAttempt.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .select_related("payout")
        .filter(rail=rail, next_inquiry_at__lte=now)
        .order_by("next_inquiry_at")[:limit]
    )
    PayoutAttempt.objects.filter(pk__in=[attempt.pk for attempt in due]).update(next_inquiry_at=taken_until)
    return due
