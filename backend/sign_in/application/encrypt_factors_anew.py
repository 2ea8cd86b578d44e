from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog

from core.encryption import Unreadable
from database.transactions import in_transaction
from payouts.application.rotate_encryption_key import Batch, walk
from sign_in.encryption import encrypted_anew
from sign_in.repositories import lock_authenticators_after, save_authenticator_data

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator

    from payouts.application.rotate_encryption_key import Pace, Rotation

log = structlog.get_logger(__name__)


def encrypt_factors_anew(pace: Pace) -> Rotation:
    """Afterwards the current key has encrypted the secret of every second factor that can be read."""
    return walk(partial(_encrypt_batch_anew, pace.batch_size), pace)


@in_transaction("encrypt_factors_anew")
def _encrypt_batch_anew(batch_size: int, after_id: int) -> Batch:
    authenticators = lock_authenticators_after(after_id=after_id, limit=batch_size)
    if not authenticators:
        return Batch(None)
    done = [_encrypt_anew(authenticator) for authenticator in authenticators]
    return Batch(authenticators[-1].pk, done.count(True), done.count(None))


def _encrypt_anew(authenticator: Authenticator) -> bool | None:
    """Whether it was needed; None when the secret cannot be read."""
    try:
        anew = encrypted_anew(authenticator.data)
    except Unreadable as error:
        log.error("second_factor_unreadable", authenticator_id=authenticator.pk, error=str(error))  # noqa: TRY400  no trace needed
        return None
    if anew == authenticator.data:
        return False
    authenticator.data = anew
    save_authenticator_data(authenticator)
    return True
