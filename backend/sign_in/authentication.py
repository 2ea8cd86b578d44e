from __future__ import annotations

from typing import TYPE_CHECKING

from access.authentication import OperatorSessionAuthentication
from sign_in.second_factor import SecondFactorNeeded, page_for, second_factor_of

if TYPE_CHECKING:
    from rest_framework.request import Request

    from access.caller import Caller


class ProvenSessionAuthentication(OperatorSessionAuthentication):
    """The console's session, with the second factor that the console asks for."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        """Raises SecondFactorNeeded."""
        signed_in = super().authenticate(request)
        if signed_in is None:
            return None
        state = second_factor_of(request._request)  # noqa: SLF001  whose session it is
        if not state.is_enough:
            raise SecondFactorNeeded(page_for(state))
        return signed_in
