from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from core.encryption import Unreadable
from database.transactions import in_transaction
from payouts.repositories.encryption import (
    ENCRYPTED_MODELS,
    encrypted_field_of,
    lock_recipients_after,
    lock_rows_under_other_keys,
    save_account_number_hash,
    save_encrypted_anew,
)
from payouts.repositories.recipients import account_number_hash_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from database.encryption import Encrypted
    from payouts.models import Payout, Recipient

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pace:
    """How many rows are locked at once, how long others get in between, and whether to stop there."""

    batch_size: int = 200
    pause_seconds: float = 0.0
    is_stopped: Callable[[], bool] = lambda: False


@dataclass
class Rotation:
    """What one run has come to; counts are of rows."""

    changed: int = 0
    unreadable: int = 0
    is_complete: bool = False


def rotate_encryption_key(pace: Pace) -> Rotation:
    """Afterwards the current key has encrypted every account number that can be read, unless it was stopped.

    Each batch is committed by itself: stopped or killed anywhere, nothing is lost, and the next run takes
    what is left. The service may run meanwhile, with the same keys.
    """
    rotation = Rotation()
    rotation.is_complete = all(
        walk(partial(_encrypt_batch_anew, model, pace, rotation), pace) for model in ENCRYPTED_MODELS
    )
    return rotation


def rehash_account_numbers(pace: Pace) -> Rotation:
    """Afterwards FIELD_HASH_KEY has made the hash of every account number that could be read."""
    rotation = Rotation()
    rotation.is_complete = walk(partial(_rehash_batch, pace, rotation), pace)
    return rotation


def walk(do_batch: Callable[[int], int | None], pace: Pace) -> bool:
    """Do batch after batch, each from where the one before ended; False when stopped before the end."""
    last_id: int | None = 0
    while last_id is not None:
        if pace.is_stopped():
            return False
        last_id = do_batch(last_id)
        time.sleep(pace.pause_seconds)
    return True


@in_transaction("encrypt_anew")
def _encrypt_batch_anew(
    model: type[Recipient | Payout], pace: Pace, rotation: Rotation, after_id: int
) -> int | None:
    rows = lock_rows_under_other_keys(model, after_id=after_id, limit=pace.batch_size)
    anew = {row.pk: encrypted for row in rows if (encrypted := _encrypted_anew(row, rotation))}
    if anew:
        save_encrypted_anew(model, anew)
    rotation.changed += len(anew)
    return rows[-1].pk if rows else None


def _encrypted_anew(row: Recipient | Payout, rotation: Rotation) -> Encrypted | None:
    field = encrypted_field_of(type(row))
    try:
        return field.encrypt(row, getattr(row, field.name))
    except Unreadable as error:
        _tell_unreadable(error, rotation)
        return None


@in_transaction("rehash_account_numbers")
def _rehash_batch(pace: Pace, rotation: Rotation, after_id: int) -> int | None:
    recipients = lock_recipients_after(after_id=after_id, limit=pace.batch_size)
    for recipient in recipients:
        _rehash(recipient, rotation)
    return recipients[-1].pk if recipients else None


def _rehash(recipient: Recipient, rotation: Rotation) -> None:
    try:
        anew = account_number_hash_of(recipient)
    except Unreadable as error:
        _tell_unreadable(error, rotation)
        return
    if anew != recipient.account_number_hash:
        save_account_number_hash(recipient, account_number_hash=anew)
        rotation.changed += 1


def _tell_unreadable(error: Unreadable, rotation: Rotation) -> None:
    log.error("account_number_unreadable", error=str(error))
    rotation.unreadable += 1
