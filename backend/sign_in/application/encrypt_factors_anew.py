from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog

from core.encryption import Unreadable
from database.transactions import in_transaction
from payouts.application.rotate_encryption_key import Rotation, walk
from sign_in.encryption import encrypted_anew
from sign_in.repositories import lock_authenticators_after, save_authenticator_data

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator

    from payouts.application.rotate_encryption_key import Pace

log = structlog.get_logger(__name__)


def encrypt_factors_anew(pace: Pace) -> Rotation:
    """Afterwards the current key has encrypted the secret of every second factor that can be read."""
    rotation = Rotation()
    rotation.is_complete = walk(partial(_encrypt_batch_anew, pace, rotation), pace)
    return rotation


@in_transaction("encrypt_factors_anew")
def _encrypt_batch_anew(pace: Pace, rotation: Rotation, after_id: int) -> int | None:
    authenticators = lock_authenticators_after(after_id=after_id, limit=pace.batch_size)
    for authenticator in authenticators:
        _encrypt_anew(authenticator, rotation)
    return authenticators[-1].pk if authenticators else None


def _encrypt_anew(authenticator: Authenticator, rotation: Rotation) -> None:
    try:
        anew = encrypted_anew(authenticator.data)
    except Unreadable as error:
        log.error("second_factor_unreadable", authenticator_id=authenticator.pk, error=str(error))  # noqa: TRY400  no trace needed
        rotation.unreadable += 1
        return
    if anew != authenticator.data:
        authenticator.data = anew
        save_authenticator_data(authenticator)
        rotation.changed += 1
