"""The codes of an authenticator app (RFC 6238)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings

if TYPE_CHECKING:
    from datetime import datetime

_STEP_SECONDS = 30


def find_step(*, secret: str, code: str, now: datetime) -> int | None:
    """The step of time that the code belongs to; None for a code of none that is near enough."""
    present = int(now.timestamp()) // _STEP_SECONDS
    tolerance = settings.MFA_TOTP_TOLERANCE
    for step in range(present - tolerance, present + tolerance + 1):
        expected = format_hotp_value(hotp_value(secret, step))
        if hmac.compare_digest(expected.encode(), code.encode()):
            return step
    return None
