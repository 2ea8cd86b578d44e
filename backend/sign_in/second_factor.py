"""Whether a session may be used: whether a second factor is needed, there, and proven in this session."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, cast

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from django.conf import settings

from core.exceptions import Forbidden
from sign_in.selectors import has_second_factor

if TYPE_CHECKING:
    from django.http import HttpRequest

    from access.models import Operator

_METHOD = "mfa"  # the library's word, in what it notes of a session


class SecondFactor(Enum):
    PROVEN = auto()
    NOT_NEEDED = auto()
    MISSING = auto()
    UNPROVEN = auto()
    """The operator has one, and this session is older than it, or somebody else's."""

    @property
    def is_enough(self) -> bool:
        return self in {SecondFactor.PROVEN, SecondFactor.NOT_NEEDED}


class SecondFactorNeeded(Forbidden):
    code = "second_factor_needed"
    title = "This session needs a second factor"

    def __init__(self) -> None:
        super().__init__("Sign in to the console with a second factor first.")


def second_factor_of(request: HttpRequest) -> SecondFactor:
    """Of a request whose user is an operator. Asks the database only if nothing is proven."""
    operator = cast("Operator", request.user)
    if any(record["method"] == _METHOD for record in get_authentication_records(request, operator)):
        return SecondFactor.PROVEN
    if has_second_factor(operator):
        return SecondFactor.UNPROVEN
    return SecondFactor.MISSING if settings.OPERATORS_NEED_SECOND_FACTOR else SecondFactor.NOT_NEEDED


def note_new_factor(request: HttpRequest, *, kind: str) -> None:
    """Whoever has just set one up has shown that they have it."""
    record_authentication(request, cast("Operator", request.user), _METHOD, type=kind)
