"""Who stands between clients and the web, and how much one of them may ask for."""

from __future__ import annotations

import environ
from django.core.exceptions import ImproperlyConfigured

from core.networks import Network, read_network

env = environ.Env()


def _networks(name: str) -> tuple[Network, ...]:
    try:
        return tuple(read_network(text) for text in env.list(name, default=[]))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


# Networks of the proxies whose X-Forwarded-For is believed. Without them a client is whoever connects.
TRUSTED_PROXIES: tuple[Network, ...] = _networks("TRUSTED_PROXIES")

# Requests in a minute: of an API key, of an operator, and of an address from which nobody shows who it is.
API_KEY_RATE = env.int("API_KEY_RATE", default=6_000)
OPERATOR_RATE = env.int("OPERATOR_RATE", default=600)
ANONYMOUS_RATE = env.int("ANONYMOUS_RATE", default=120)

# How often it is noted which keys were used; that is known to the minute.
KEY_USE_SWEEP_SECONDS = 10.0
