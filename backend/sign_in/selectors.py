from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import Exists, Min, OuterRef

from access.models import Operator
from core.encryption import Unreadable
from sign_in.encryption import keys_used_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from django.db.models import QuerySet

_RECOVERY_CODES = Authenticator.Type.RECOVERY_CODES.value


def find_oldest_second_factor(operator: Operator) -> datetime | None:
    """When it was set up. Recovery codes alone are none: they stand in for another one that was lost."""
    factors = Authenticator.objects.filter(user=operator).exclude(type=_RECOVERY_CODES)
    oldest: datetime | None = factors.aggregate(oldest=Min("created_at"))["oldest"]
    return oldest


def with_second_factor(people: QuerySet[Operator]) -> QuerySet[Operator]:
    """Each with `has_second_factor`, as above."""
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=_RECOVERY_CODES)
    return people.annotate(has_second_factor=Exists(factors))


def has_security_key(operator: Operator) -> bool:
    keys = Authenticator.objects.filter(user=operator, type=Authenticator.Type.WEBAUTHN.value)
    return bool(keys.exists())


def count_factors_by_key() -> Mapping[str, int]:
    """How many second factors each key, by its id, has encrypted; "unreadable" for what is not encrypted."""
    return Counter(key_id for data in _factors() for key_id in _keys_of(data))


def _factors() -> Iterator[Mapping[str, Any]]:
    yield from Authenticator.objects.values_list("data", flat=True).iterator()


def _keys_of(data: Mapping[str, Any]) -> Collection[str]:
    try:
        return keys_used_in(data)
    except Unreadable:
        return ["unreadable"]


def has_account_at(operator: Operator, *, provider: str) -> bool:
    accounts = SocialAccount.objects.filter(user=operator, provider=provider)
    return bool(accounts.exists())


def list_operators_by_email(email: str) -> Sequence[Operator]:
    return list(Operator.objects.filter(email__iexact=email, is_active=True)[:2])


def is_operator(username: str) -> bool:
    return Operator.objects.filter(username=username).exists()
