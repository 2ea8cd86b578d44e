"""The link by which an operator chooses a password: who made it never knows the password."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

if TYPE_CHECKING:
    from access.models import Operator


@dataclass(frozen=True)
class PasswordLink:
    """Good for one choice within PASSWORD_RESET_TIMEOUT seconds: its token is of the present password."""

    operator: Operator
    uid: str
    token: str = field(repr=False)


def password_link_for(operator: Operator) -> PasswordLink:
    uid = urlsafe_base64_encode(force_bytes(operator.pk))
    return PasswordLink(operator, uid, default_token_generator.make_token(operator))
