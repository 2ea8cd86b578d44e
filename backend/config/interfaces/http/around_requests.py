"""What Django does before and after each request for what this service has nothing of."""

from __future__ import annotations

from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import reset_queries


def leave_out_what_is_for_others() -> None:
    """From now on only the connections to the database are looked after, which must be given back."""
    # Queries are kept with DEBUG on alone, the latest so many, and nobody here reads them.
    request_started.disconnect(reset_queries)
    # The cache holds nothing that would have to be closed.
    request_finished.disconnect(close_caches)
    # No request has addresses of its own (`request.urlconf`), which the next one must not find.
    request_finished.disconnect(reset_urlconf)
