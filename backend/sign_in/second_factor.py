"""Whether a session may be used: whether a second factor is needed, there, and proven in this session."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, cast

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from django.conf import settings
from django.urls import reverse

from core.exceptions import Forbidden
from sign_in.selectors import find_oldest_second_factor

if TYPE_CHECKING:
    from datetime import datetime

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

    def __init__(self, page: str) -> None:
        """`page` is where the operator shows one, or sets one up."""
        super().__init__(f"Set up or show a second factor first, in a browser, at {page}")


def second_factor_of(request: HttpRequest) -> SecondFactor:
    """Of a request whose user is an operator."""
    operator = cast("Operator", request.user)
    oldest = find_oldest_second_factor(operator)
    if oldest is None:
        return SecondFactor.MISSING if settings.OPERATORS_NEED_SECOND_FACTOR else SecondFactor.NOT_NEEDED
    return SecondFactor.PROVEN if _has_proven_since(request, operator, oldest) else SecondFactor.UNPROVEN


def _has_proven_since(request: HttpRequest, operator: Operator, oldest: datetime) -> bool:
    """What was shown before was shown by a factor that has been removed, perhaps since it was stolen."""
    records = get_authentication_records(request, operator)
    return any(record["method"] == _METHOD and record["at"] >= oldest.timestamp() for record in records)


def page_for(state: SecondFactor) -> str:
    """Where an operator goes to whose second factor is missing or unproven."""
    return reverse("mfa_index" if state is SecondFactor.MISSING else "account_reauthenticate")


def note_new_factor(request: HttpRequest, *, kind: str) -> None:
    """Whoever has just set one up has shown that they have it."""
    record_authentication(request, cast("Operator", request.user), _METHOD, type=kind)
