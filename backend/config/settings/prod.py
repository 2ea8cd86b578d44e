"""Production. Refuses to start rather than to run with a guessable secret."""

from __future__ import annotations

from config.settings.base import *
from config.settings.refusals import (
    ensure_callback_secrets,
    ensure_database_password,
    ensure_encryption_keys,
    ensure_exact_hosts,
    ensure_no_placeholder_in_url,
    ensure_not_debug,
    ensure_oidc_is_whole,
    ensure_secret,
)

ensure_not_debug(debug=DEBUG)
ensure_secret("DJANGO_SECRET_KEY", SECRET_KEY)
for fallback in SECRET_KEY_FALLBACKS:
    ensure_secret("DJANGO_SECRET_KEY_FALLBACKS", fallback)
ensure_secret("API_KEY_HASH_KEY", API_KEY_HASH_KEY)
for fallback in API_KEY_HASH_KEY_FALLBACKS:
    ensure_secret("API_KEY_HASH_KEY_FALLBACKS", fallback)
ensure_encryption_keys("FIELD_ENCRYPTION_KEYS", FIELD_ENCRYPTION_KEYS)
ensure_secret("FIELD_HASH_KEY", FIELD_HASH_KEY)
ensure_callback_secrets("SANDBOX_BANK_CALLBACK_SECRET", SANDBOX_BANK_CALLBACK_SECRET)
if METRICS_TOKEN:
    ensure_secret("METRICS_TOKEN", METRICS_TOKEN)
ensure_exact_hosts(ALLOWED_HOSTS)
ensure_oidc_is_whole(server_url=OIDC_SERVER_URL, client_id=OIDC_CLIENT_ID, client_secret=OIDC_CLIENT_SECRET)
ensure_database_password(DATABASES["default"])
ensure_no_placeholder_in_url("CELERY_BROKER_URL", CELERY_BROKER_URL)
ensure_no_placeholder_in_url("REDIS_CACHE_URL", str(CACHES["default"]["LOCATION"]))

REFUSE_UNDURABLE_DATABASE = True
OPERATORS_NEED_SECOND_FACTOR = env.bool("OPERATORS_NEED_SECOND_FACTOR", default=True)
SANDBOX_BANK_SWITCHES = env.bool("SANDBOX_BANK_SWITCHES", default=False)

# Off only for the local stack, which has no certificate.
HTTPS = env.bool("DJANGO_HTTPS", default=True)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # probes come from inside, without TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    # A browser takes such a cookie from this very host alone, over HTTPS: no subdomain can plant one.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
