from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from access.models import Operator


def lock_code_authenticators(operator_id: int) -> Sequence[Authenticator]:
    """Those that take a code which is typed in. Always in the same order."""
    security_key = Authenticator.Type.WEBAUTHN.value
    mine = Authenticator.objects.select_for_update().filter(user_id=operator_id).exclude(type=security_key)
    return list(mine.order_by("pk"))


def lock_authenticators_after(*, after_id: int, limit: int) -> Sequence[Authenticator]:
    """Of all operators, in the order of ids."""
    return list(Authenticator.objects.select_for_update().filter(pk__gt=after_id).order_by("pk")[:limit])


def save_authenticator_data(authenticator: Authenticator) -> None:
    authenticator.save(update_fields=["data"])


def delete_authenticators(operator: Operator) -> int:
    """Returns how many there were."""
    return int(Authenticator.objects.filter(user=operator).delete()[0])
