from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

from access.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request
    from rest_framework.views import APIView

    from access.scopes import Scope


class HasRequiredScope(BasePermission):
    """Lets a caller through who has the scope that the view names for the method in `required_scopes`.

    A method that the view does not name is let through to the answer 405; a view without
    `required_scopes` is open to nobody.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        caller: object = request.user
        required_scopes: Mapping[str, Scope] | None = getattr(view, "required_scopes", None)
        if not isinstance(caller, Caller) or required_scopes is None:
            return False
        # The framework answers HEAD by GET, so it needs the same.
        method = "GET" if request.method == "HEAD" else request.method or ""
        required = required_scopes.get(method)
        if required is not None:
            caller.ensure_may(required)
        return True
