from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import DataError

from config.interfaces.http.error_views import answer_database_unavailable, answer_unstorable
from database.postgresql.patience import database_patience
from database.unavailable import is_database_unavailable, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

log = structlog.get_logger(__name__)


class DatabasePatienceMiddleware:
    """A request waits for the database so long and no longer; a 503 follows, on the console's pages too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with database_patience(settings.DATABASE_PATIENCE_SECONDS):
            return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for views outside of the REST framework, as `problems` does for those inside."""
        if is_database_unavailable(exception):
            log.warning("database_unavailable", error=reason_of(exception))
            return answer_database_unavailable(request)
        if isinstance(exception, DataError):
            return answer_unstorable(request, exception)
        return None
