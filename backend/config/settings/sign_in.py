"""How operators sign in, how long they stay, and what is asked of them, for django-allauth and `sign_in`."""

from __future__ import annotations

import environ

_env = environ.Env()

# Only processes that serve people, and commands, know these applications: they take a while to load.
SIGN_IN_APPS = [
    "sign_in",  # before django-allauth, whose pages it fills
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
SIGN_IN_MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]
SIGN_IN_ROLES = {"web", "command"}

# --- Sessions -----------------------------------------------------------------------------------------------

SESSION_ENGINE = "sign_in.sessions"
SESSION_COOKIE_AGE = 15 * 60  # seconds without a request, after which a session is over
SESSION_LIFETIME_SECONDS = 12 * 60 * 60  # after which it is over in any case
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would lose the way back from an OpenID provider
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

# --- Passwords ----------------------------------------------------------------------------------------------

LOGIN_URL = "account_login"
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60  # seconds for which the link works by which an operator chooses one
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "sign_in.account_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # asked for by a check; nobody signs up
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds for which a factor may be changed without being asked again
# The library's own counts race, and end in an error while Redis is away: `sign_in.tries` counts.
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False

# --- Second factors -----------------------------------------------------------------------------------------

# Production switches this on.
OPERATORS_NEED_SECOND_FACTOR = _env.bool("OPERATORS_NEED_SECOND_FACTOR", default=False)

MFA_ADAPTER = "sign_in.mfa_adapter.MfaAdapter"
MFA_FORMS = {
    "authenticate": "sign_in.forms.CodeForm",
    "authenticate_webauthn": "sign_in.forms.SecurityKeyForm",
    "reauthenticate": "sign_in.forms.CodeAgainForm",
    "reauthenticate_webauthn": "sign_in.forms.SecurityKeyAgainForm",
    "activate_totp": "sign_in.forms.AddAuthenticatorAppForm",
    "add_webauthn": "sign_in.forms.AddSecurityKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Payouts"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds by which clocks may differ; a code is taken once all the same
MFA_RECOVERY_CODES_SHOW_ONCE = True
# On, it would take the answer of a key for any address at all: what an impostor's page has asked for too.
# Over plain HTTP browsers offer keys on localhost alone, and that is taken without it.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False

# --- OpenID Connect, if there is a provider -----------------------------------------------------------------

SOCIALACCOUNT_ADAPTER = "sign_in.oidc_adapter.OidcAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False
OPENID_CONNECT_PROVIDER_ID = "company"
OIDC_SERVER_URL = _env("OIDC_SERVER_URL", default="").rstrip("/")
OIDC_CLIENT_ID = _env("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = _env("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = _env("OIDC_NAME", default="your company's account")


def oidc_providers(server_url: str, client_id: str, client_secret: str, name: str) -> dict[str, object]:
    """The value of SOCIALACCOUNT_PROVIDERS; without a server there is no provider."""
    if not server_url:
        return {}
    app = {
        "provider_id": OPENID_CONNECT_PROVIDER_ID,
        "name": name,
        "client_id": client_id,
        "secret": client_secret,
        "settings": {"server_url": server_url},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


SOCIALACCOUNT_PROVIDERS = oidc_providers(OIDC_SERVER_URL, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_NAME)
