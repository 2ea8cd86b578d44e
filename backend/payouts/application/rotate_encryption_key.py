from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from database.transactions import in_transaction
from payouts.bank_details import is_readable
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


@dataclass(frozen=True)
class Pace:
    """How many rows are locked at once, how long others get in between, and whether to stop there."""

    batch_size: int = 200
    pause_seconds: float = 0.0
    is_stopped: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Batch:
    """What became of some rows, the last of which has this id; None when there were none any more."""

    last_id: int | None
    changed: int = 0
    unreadable: int = 0


@dataclass(frozen=True)
class Rotation:
    """What one run has come to; counts are of rows."""

    changed: int = 0
    unreadable: int = 0
    is_complete: bool = True

    def __add__(self, other: Rotation) -> Rotation:
        return Rotation(
            self.changed + other.changed,
            self.unreadable + other.unreadable,
            self.is_complete and other.is_complete,
        )


def rotate_encryption_key(pace: Pace) -> Rotation:
    """Afterwards the current key has encrypted every account number that can be read, unless it was stopped.

    Each batch is committed by itself: stopped or killed anywhere, nothing is lost, and the next run takes
    what is left. The service may run meanwhile, with the same keys.
    """
    walks = (walk(partial(_encrypt_batch_anew, model, pace.batch_size), pace) for model in ENCRYPTED_MODELS)
    return sum(walks, Rotation())


def rehash_account_numbers(pace: Pace) -> Rotation:
    """Afterwards FIELD_HASH_KEY has made the hash of every account number that can be read."""
    return walk(partial(_rehash_batch, pace.batch_size), pace)


def walk(do_batch: Callable[[int], Batch], pace: Pace) -> Rotation:
    """Do batch after batch, each from where the one before ended; not complete when it is stopped."""
    done, last_id = Rotation(), 0
    while not pace.is_stopped():
        batch = do_batch(last_id)
        done += Rotation(batch.changed, batch.unreadable)
        if batch.last_id is None:
            return done
        last_id = batch.last_id
        time.sleep(pace.pause_seconds)
    return done + Rotation(is_complete=False)


@in_transaction("encrypt_anew")
def _encrypt_batch_anew(model: type[Recipient | Payout], batch_size: int, after_id: int) -> Batch:
    rows = lock_rows_under_other_keys(model, after_id=after_id, limit=batch_size)
    if not rows:
        return Batch(None)
    anew = {row.pk: encrypted for row in rows if (encrypted := _encrypted_anew(row))}
    if anew:
        save_encrypted_anew(model, anew)
    return Batch(rows[-1].pk, len(anew), len(rows) - len(anew))


def _encrypted_anew(row: Recipient | Payout) -> Encrypted | None:
    field = encrypted_field_of(type(row))
    return field.encrypt(row, getattr(row, field.name)) if is_readable(row, field.name) else None


@in_transaction("rehash_account_numbers")
def _rehash_batch(batch_size: int, after_id: int) -> Batch:
    recipients = lock_recipients_after(after_id=after_id, limit=batch_size)
    if not recipients:
        return Batch(None)
    readable = [recipient for recipient in recipients if is_readable(recipient, "account_number")]
    changed = sum(_rehash(recipient) for recipient in readable)
    return Batch(recipients[-1].pk, changed, len(recipients) - len(readable))


def _rehash(recipient: Recipient) -> bool:
    anew = account_number_hash_of(recipient)
    if anew == recipient.account_number_hash:
        return False
    save_account_number_hash(recipient, account_number_hash=anew)
    return True
