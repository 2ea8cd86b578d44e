from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from allauth.mfa.models import Authenticator

from core.encryption import Unreadable
from database.transactions import in_transaction
from sign_in.authenticator_app import find_step
from sign_in.encryption import decrypt
from sign_in.repositories import lock_code_authenticators, save_authenticator_data

if TYPE_CHECKING:
    from datetime import datetime

log = structlog.get_logger(__name__)

_LAST_STEP = "last_step"


@in_transaction("use_code")
def use_code(*, operator_id: int, code: str, now: datetime) -> Authenticator | None:
    """The authenticator app or the recovery codes that the code is of; it is worth nothing afterwards.

    None when it is wrong, or was used before. The rows are locked: of two who bring the same code at once,
    one is let in.
    """
    for authenticator in lock_code_authenticators(operator_id):
        if _is_taken_by(authenticator, code, now):
            return authenticator
    return None


def _is_taken_by(authenticator: Authenticator, code: str, now: datetime) -> bool:
    try:
        return _takes(authenticator, code, now)
    except Unreadable as error:
        log.error("second_factor_unreadable", authenticator_id=authenticator.pk, error=str(error))  # noqa: TRY400  no trace needed
        return False


def _takes(authenticator: Authenticator, code: str, now: datetime) -> bool:
    if authenticator.type != Authenticator.Type.TOTP:
        return bool(authenticator.wrap().validate_code(code))
    step = find_step(secret=decrypt(authenticator.data["secret"]), code=code, now=now)
    # Nor an older one than the last: RFC 6238, 5.2.
    if step is None or step <= authenticator.data.get(_LAST_STEP, 0):
        return False
    authenticator.data[_LAST_STEP] = step
    save_authenticator_data(authenticator)
    return True
