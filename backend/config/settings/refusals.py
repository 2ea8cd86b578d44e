"""What a production process refuses to start with."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from core.encryption import Keyring, UnusableKeysError

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST_SECRET = 32
SHORTEST_CALLBACK_SECRET_BYTES = 16
# The words that the example files put where a secret belongs.
PLACEHOLDERS = ("change-me", "changeme", "insecure", "example", "placeholder", "your-")


def ensure_secret(name: str, value: str) -> None:
    """Raises ImproperlyConfigured for a secret that is missing, short, or from an example."""
    if len(value) < SHORTEST_SECRET:
        raise ImproperlyConfigured(f"{name} must be set to at least {SHORTEST_SECRET} random characters.")
    ensure_no_placeholder(name, value)


def ensure_encryption_keys(name: str, value: str) -> None:
    """Raises ImproperlyConfigured for keys that are missing, malformed, or from an example."""
    ensure_no_placeholder(name, value)
    try:
        keys = Keyring.parse(value).secrets
    except UnusableKeysError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None
    for secret in keys:
        ensure_no_placeholder(name, secret.decode("latin-1"))


def ensure_callback_secrets(name: str, value: str) -> None:
    """Raises ImproperlyConfigured when one of them is short, or no secret of Standard Webhooks."""
    if not all(_is_callback_secret(secret) for secret in value.split()):
        raise ImproperlyConfigured(
            f"{name} must be whsec_ and at least {SHORTEST_CALLBACK_SECRET_BYTES} random bytes in base64."
        )


def _is_callback_secret(secret: str) -> bool:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    return secret.startswith("whsec_") and len(key) >= SHORTEST_CALLBACK_SECRET_BYTES


def ensure_no_placeholder(name: str, value: str) -> None:
    """Raises ImproperlyConfigured for a value copied from an example file."""
    if any(placeholder in value.lower() for placeholder in PLACEHOLDERS):
        raise ImproperlyConfigured(f"{name} still has the placeholder of the example file.")


def ensure_no_placeholder_in_url(name: str, url: str) -> None:
    """Raises ImproperlyConfigured when a password is a placeholder, in an address or in one of several."""
    for each in url.split(";"):
        ensure_no_placeholder(name, urlsplit(each).password or "")


def ensure_database_password(database: Mapping[str, object]) -> None:
    """Raises ImproperlyConfigured for a database without a password, or with a placeholder for one."""
    password = str(database.get("PASSWORD") or "")
    if not password:
        raise ImproperlyConfigured("The database password (POSTGRES_PASSWORD or DATABASE_URL) must be set.")
    ensure_no_placeholder("The database password", password)


def ensure_not_debug(*, debug: bool) -> None:
    if debug:
        raise ImproperlyConfigured("DJANGO_DEBUG must be off in production.")


def ensure_exact_hosts(hosts: list[str]) -> None:
    """Raises ImproperlyConfigured for none, and for a pattern: a leading dot stands for every subdomain."""
    if not hosts or any("*" in host or host.startswith(".") for host in hosts):
        raise ImproperlyConfigured(
            "DJANGO_ALLOWED_HOSTS must name the hosts that are served, without '*' or a leading dot."
        )


def ensure_oidc_is_whole(*, server_url: str, client_id: str, client_secret: str) -> None:
    """Raises ImproperlyConfigured for half a provider, and for one whose answers anybody could write."""
    if not server_url:
        return
    if not client_id or not client_secret:
        raise ImproperlyConfigured("OIDC_SERVER_URL needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.")
    ensure_no_placeholder("OIDC_CLIENT_SECRET", client_secret)
    if not server_url.startswith("https://"):
        raise ImproperlyConfigured("OIDC_SERVER_URL must begin with https://.")
