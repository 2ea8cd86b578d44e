from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import PasswordChangeView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from console.frame.callers import operator_of
from console.frame.password_form import PasswordForm
from sign_in.second_factor import SecondFactor, second_factor_of

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class ConsoleSite(AdminSite):
    """For staff who have signed in with all that is asked for. Signing in is done elsewhere, by one door."""

    site_header = site_title = "Payouts"
    index_title = "Console"
    site_url = None

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor_of(request).is_enough

    @method_decorator(never_cache)
    def login(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002  the framework's signature
    ) -> HttpResponseRedirect:
        """Send a visitor to what is missing. Raises PermissionDenied for an operator who is no staff.

        That comes last: the API asks them for a second factor too, and they set it up on the same pages.
        """
        wanted = request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index"))
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        match second_factor_of(request):
            case SecondFactor.MISSING:
                return HttpResponseRedirect(reverse("mfa_index"))
            case SecondFactor.UNPROVEN:
                return redirect_to_login(
                    wanted, get_adapter().get_reauthentication_methods(request.user)[0]["url"]
                )
            case SecondFactor.PROVEN | SecondFactor.NOT_NEEDED:
                if not operator_of(request).is_staff:
                    raise PermissionDenied
                return HttpResponseRedirect(reverse("admin:index"))

    def password_change(  # type: ignore[override]  # the stubs forget that it redirects when it is done
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        show = PasswordChangeView.as_view(
            form_class=PasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context=self.each_context(request) | (extra_context or {}),
        )
        return show(request)
