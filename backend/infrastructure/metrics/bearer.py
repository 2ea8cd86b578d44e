"""Who may read metrics where a token is asked for."""

from __future__ import annotations

import hmac

from django.conf import settings


def is_token_good(authorization: str) -> bool:
    """Of the header's value: "Bearer" and METRICS_TOKEN. The time it takes tells nothing of the token."""
    scheme, _, token = authorization.partition(" ")
    is_same = hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode())
    return bool(settings.METRICS_TOKEN) and scheme.lower() == "bearer" and is_same
