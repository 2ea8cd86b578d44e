"""Lives of payouts by set operations: one that was told is lived by thousands."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from database.copying import copy_rows, copy_values
from payouts.domain.events import PayoutEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from events.models import Event
    from payouts.models import Payout, PayoutAttempt


@dataclass(frozen=True, kw_only=True)
class Told:
    """What happened to payouts that are not written; all ids are only numbers here.

    They began at the same time and have the same reference, in whose place those of the payouts come that
    live like them.
    """

    payouts: Sequence[Payout]
    attempts: Sequence[PayoutAttempt]
    events: Sequence[Event]
    began_at: datetime
    reference: str


class Life(NamedTuple):
    """What is a payout's own, as its columns take it, in a life that others share.

    `request_hashes` are those of its orders by the attempts' numbers, with commas between.
    """

    pattern: int
    request_hashes: str
    organization_id: int
    reference: str
    end_to_end_id: str
    uetr: UUID
    recipient_id: int
    amount_minor: int
    currency: str
    idempotency_key: str
    request_fingerprint: str
    recipient_name_snapshot: str
    account_number_snapshot_encrypted: bytes
    bank_code_snapshot: str
    country_snapshot: str
    metadata: str
    created_by: str
    created_at: datetime


_TABLES = """
CREATE TEMPORARY TABLE told_payout (LIKE payouts_payout);
CREATE TEMPORARY TABLE told_attempt (LIKE payouts_payoutattempt);
CREATE TEMPORARY TABLE told_event (LIKE events_event);
CREATE TEMPORARY TABLE demo_life AS SELECT
    organization_id, reference, end_to_end_id, uetr, recipient_id, amount_minor, currency, idempotency_key,
    request_fingerprint, recipient_name_snapshot, account_number_snapshot_encrypted, bank_code_snapshot,
    country_snapshot, metadata, created_by, created_at
FROM payouts_payout WITH NO DATA;
ALTER TABLE demo_life
    ADD payout_id bigint DEFAULT nextval(pg_get_serial_sequence('payouts_payout', 'id')),
    ADD pattern bigint, ADD request_hashes text
"""
# Times are moved, and whatever came by chance comes from the reference, which came by chance.
_ASK = """
INSERT INTO payouts_payout (
    id, organization_id, reference, end_to_end_id, uetr, recipient_id, amount_minor, currency,
    idempotency_key, request_fingerprint, recipient_name_snapshot, account_number_snapshot_encrypted,
    bank_code_snapshot, country_snapshot, metadata, created_by, created_at, rail, status, stage,
    status_details, failure, attempts_made, completed_at, deleted_at, updated_at
)
SELECT payout_id, life.organization_id, life.reference, life.end_to_end_id, life.uetr, life.recipient_id,
    life.amount_minor, life.currency, life.idempotency_key, life.request_fingerprint,
    life.recipient_name_snapshot, life.account_number_snapshot_encrypted, life.bank_code_snapshot,
    life.country_snapshot, life.metadata, life.created_by, life.created_at, rail, status, stage,
    status_details, failure, attempts_made, life.created_at + (completed_at - %(began_at)s),
    life.created_at + (deleted_at - %(began_at)s), life.created_at + (updated_at - %(began_at)s)
FROM demo_life life JOIN told_payout told ON told.id = pattern
ORDER BY payout_id
"""
_SEND = """
INSERT INTO payouts_payoutattempt (
    organization_id, payout_id, number, rail, rail_key, request_hash, state, fence, first_sent_at,
    unknown_since, inquiries, provider_reference, evidence, failure, created_at, updated_at
)
SELECT life.organization_id, life.payout_id, number, rail, replace(rail_key, %(reference)s, life.reference),
    split_part(request_hashes, ',', number), state, fence, life.created_at + (first_sent_at - %(began_at)s),
    life.created_at + (unknown_since - %(began_at)s), inquiries,
    CASE provider_reference WHEN '' THEN ''
        ELSE 'SB' || upper(left(md5(provider_reference || life.reference), 16)) END,
    evidence, failure, life.created_at + (told.created_at - %(began_at)s),
    life.created_at + (updated_at - %(began_at)s)
FROM demo_life life JOIN told_attempt told ON told.payout_id = pattern
ORDER BY life.payout_id, number
"""
_TELL = """
INSERT INTO events_event (
    organization_id, subject_type, subject_id, type, data, actor, request_id, occurred_at
)
SELECT life.organization_id, subject_type, payout_id, type,
    replace(data::text, %(reference)s, life.reference)::jsonb,
    CASE type WHEN %(created)s THEN created_by ELSE actor END,
    CASE request_id WHEN '' THEN '' ELSE overlay(overlay(
        md5(request_id || life.reference) PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid::text END,
    created_at + (occurred_at - %(began_at)s) AS happened_at
FROM demo_life life JOIN told_event told ON subject_id = pattern
ORDER BY happened_at, payout_id, told.id
"""


@contextmanager
def told_lives(told: Told) -> Iterator[None]:
    """Within the block, inside one transaction, payouts can live what was told."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        copy_rows(told.payouts, into="told_payout")
        copy_rows(told.attempts, into="told_attempt")
        copy_rows(told.events, into="told_event")
        cursor.execute("ANALYZE told_payout, told_attempt, told_event; SET LOCAL work_mem = '64MB'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE told_payout, told_attempt, told_event, demo_life")


def add_lives(lives: Sequence[Life], told: Told) -> None:
    """Afterwards there are these payouts, in this order, with all their attempts and events."""
    copy_values("demo_life", Life._fields, lives)  # noqa: SLF001  a public name of named tuples
    values: dict[str, str | datetime] = {
        "reference": told.reference,
        "began_at": told.began_at,
        "created": PayoutEvent.CREATED.value,
    }
    with connection.cursor() as cursor:
        for statement in (_ASK, _SEND, _TELL):
            cursor.execute(statement, values)
        cursor.execute("TRUNCATE demo_life")
