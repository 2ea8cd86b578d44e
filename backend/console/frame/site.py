from __future__ import annotations

from typing import TYPE_CHECKING, cast

from allauth.account.adapter import get_adapter
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import PasswordChangeView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from console.dashboard.views import Dashboard
from console.frame.callers import operator_of
from console.frame.current_organization import (
    choose_organization,
    current_organization,
    organizations_of,
)
from console.frame.navigation import navigation
from console.frame.password_form import PasswordForm
from console.frame.polling import polled
from console.system.bank_dialog import SwitchBank
from console.system.views import SystemPage
from sign_in.second_factor import SecondFactor, second_factor_of

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.template.response import TemplateResponse
    from django.urls import URLPattern, URLResolver


_IS_LET_IN = "payouts.is_let_in"


class ConsoleSite(AdminSite):
    """For staff who have signed in with all that is asked for. Signing in is done elsewhere, by one door."""

    site_header = site_title = "Payouts"
    index_title = "Console"
    site_url = None

    def has_permission(self, request: HttpRequest) -> bool:
        """Asked several times for a page; its answer holds for the request."""
        known = request.META.get(_IS_LET_IN)
        if known is None:
            is_let_in = super().has_permission(request) and second_factor_of(request).is_enough
            known = request.META[_IS_LET_IN] = is_let_in
        return cast("bool", known)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        system, dashboard = SystemPage(self), Dashboard(self)
        return [
            path("organization/", self.admin_view(choose_organization), name="choose_organization"),
            path("dashboard/live/", polled(self, dashboard.show_live), name="dashboard_live"),
            path("system/", self.admin_view(system.show), name="system"),
            path("system/live/", polled(self, system.show_live), name="system_live"),
            SwitchBank.url_for(self),
            *super().get_urls(),
        ]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:  # noqa: ARG002  the framework's signature
        return Dashboard(self).show(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the frame shows around every page. Asks for nothing while nobody is let in."""
        context = super().each_context(request) | {"available_apps": []}
        if not self.has_permission(request):
            return context
        return context | {
            "navigation": navigation(request),
            "organizations": organizations_of(request),
            "current_organization": current_organization(request),
            "search_url": reverse("admin:payouts_payout_changelist"),
        }

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
