"""What every use case asks of an operator's name and address before they are written."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from core.exceptions import Conflict, FieldProblem, Invalid

# In the audit trail a name stands for a person: no two may look alike.
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_EMAIL_MAX_LENGTH = 254


class UsernameInvalid(Invalid):
    code = "username_invalid"
    title = "This can be nobody's name"

    def __init__(self) -> None:
        detail = "Up to 100 of a to z, 0 to 9, dot, hyphen and underscore; the first a letter or a digit."
        super().__init__(detail, problems=(FieldProblem("username", self.code, detail),))


class UsernameTaken(Conflict):
    code = "username_taken"
    title = "Somebody has this name"

    def __init__(self, username: str) -> None:
        detail = f"{username!r} is somebody's name."
        super().__init__(detail, problems=(FieldProblem("username", self.code, detail),))


class EmailInvalid(Invalid):
    code = "email_invalid"
    title = "This is no e-mail address"

    def __init__(self) -> None:
        detail = "Write an address such as jane@example.com."
        super().__init__(detail, problems=(FieldProblem("email", self.code, detail),))


class EmailTaken(Conflict):
    """An OpenID provider's account is tied to the one operator with its address."""

    code = "email_taken"
    title = "Somebody has this address"

    def __init__(self) -> None:
        detail = "Another operator has this address."
        super().__init__(detail, problems=(FieldProblem("email", self.code, detail),))


def ensure_username(username: str) -> None:
    """Raises UsernameInvalid."""
    if not _USERNAME.fullmatch(username):
        raise UsernameInvalid


def ensure_email(email: str) -> None:
    """Raises EmailInvalid. An operator may have none."""
    if not email:
        return
    try:
        validate_email(email)
    except ValidationError:
        raise EmailInvalid from None
    if len(email) > _EMAIL_MAX_LENGTH or not email.isascii():
        raise EmailInvalid
