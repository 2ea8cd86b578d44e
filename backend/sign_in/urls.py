"""The pages of the sign-in: those of the library that are used. It finds them by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as authenticator_app
from allauth.mfa.webauthn import views as security_key
from django.conf import settings
from django.urls import include, path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView, TemplateView

from sign_in.views import AddAuthenticatorAppView, AddSecurityKeyView, ChoosePasswordView

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase
    from django.urls import URLPattern, URLResolver
    from django.views import View


def page(view: type[View], template: str, title: str, **context: Any) -> Callable[..., HttpResponseBase]:
    """The view with our template, never kept by a browser."""
    show = view.as_view(template_name=f"sign_in/{template}.html", extra_context={"title": title, **context})
    return never_cache(show)


_TO_FACTORS = never_cache(RedirectView.as_view(pattern_name="mfa_index"))
_with_password = page(account.ReauthenticateView, "reauthenticate", "Your password again")
_with_code = page(mfa.ReauthenticateView, "reauthenticate", "Your second factor again")
_with_key = page(security_key.ReauthenticateWebAuthnView, "reauthenticate_key", "Your security key again")

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "",
        page(
            account.LoginView, "sign_in", "Sign in", oidc_name=settings.OIDC_SERVER_URL and settings.OIDC_NAME
        ),
        name="account_login",
    ),
    path("code/", page(mfa.AuthenticateView, "second_factor", "Second factor"), name="mfa_authenticate"),
    path("out/", page(account.LogoutView, "sign_out", "Sign out"), name="account_logout"),
    path("inactive/", page(TemplateView, "inactive", "Not signed in"), name="account_inactive"),
    path(
        "password/<str:uidb64>/<str:token>/",
        page(ChoosePasswordView, "choose_password", "Choose your password"),
        name="choose_password",
    ),
    path("again/", _with_password, name="account_reauthenticate"),
    path("again/code/", _with_code, name="mfa_reauthenticate"),
    path("again/key/", _with_key, name="mfa_reauthenticate_webauthn"),
    path("factors/", page(mfa.IndexView, "factors", "Second factors"), name="mfa_index"),
    path(
        "factors/app/add/",
        page(AddAuthenticatorAppView, "add_app", "Add an authenticator app"),
        name="mfa_activate_totp",
    ),
    path(
        "factors/app/remove/",
        page(authenticator_app.DeactivateTOTPView, "confirm", "Remove the authenticator app"),
        name="mfa_deactivate_totp",
    ),
    path("factors/keys/", _TO_FACTORS, name="mfa_list_webauthn"),
    path(
        "factors/keys/add/",
        page(AddSecurityKeyView, "add_key", "Add a security key"),
        name="mfa_add_webauthn",
    ),
    path(
        "factors/keys/<int:pk>/remove/",
        page(security_key.RemoveWebAuthnView, "confirm", "Remove the security key"),
        name="mfa_remove_webauthn",
    ),
    path(
        "factors/codes/",
        page(recovery_codes.ViewRecoveryCodesView, "recovery_codes", "Recovery codes"),
        name="mfa_view_recovery_codes",
    ),
    path(
        "factors/codes/new/",
        page(recovery_codes.GenerateRecoveryCodesView, "confirm", "Make new recovery codes"),
        name="mfa_generate_recovery_codes",
    ),
]
if settings.OIDC_SERVER_URL:
    urlpatterns.append(path("company/", include("sign_in.oidc_urls")))
