"""Django's own error pages: problems for clients of the API, plain pages for people with a browser."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.views import defaults

from config.interfaces.http.problems import (
    BAD_REQUEST,
    DATABASE_UNAVAILABLE,
    INTERNAL_ERROR,
    NOTHING_HERE,
    PERMISSION_DENIED,
    problem_of,
    render_problem,
)
from database.unavailable import is_database_unavailable

if TYPE_CHECKING:
    from django.db import DataError
    from django.http import HttpRequest

_MACHINE_PATHS = ("/api/", "/health/")
_PEOPLE_PATHS = ("/admin/",)
_COME_BACK_PAGE = """<!doctype html>
<html lang="en">
<title>Payouts: for a moment not available</title>
<h1>For a moment not available</h1>
<p>The database did not answer in time. Load this page again in a few seconds.</p>
</html>
"""


def answer_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_for_machines(request):
        return defaults.bad_request(request, exception)
    problem = problem_of(exception)
    return render_problem(problem if problem is not INTERNAL_ERROR else BAD_REQUEST)


def answer_forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_for_machines(request):
        return defaults.permission_denied(request, exception)
    return render_problem(PERMISSION_DENIED)


def answer_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if exception is not None and not _is_for_machines(request):
        return defaults.page_not_found(request, exception)
    return render_problem(NOTHING_HERE)


def answer_server_error(request: HttpRequest) -> HttpResponse:
    # Django tells this page nothing of what happened; it is called while that is being handled.
    if is_database_unavailable(sys.exc_info()[1]):
        return answer_database_unavailable(request)
    if not _is_for_machines(request):
        return defaults.server_error(request)
    return render_problem(INTERNAL_ERROR)


def answer_database_unavailable(request: HttpRequest) -> HttpResponse:
    if _is_for_machines(request):
        return render_problem(DATABASE_UNAVAILABLE)
    return HttpResponse(
        _COME_BACK_PAGE, status=DATABASE_UNAVAILABLE.status, headers=dict(DATABASE_UNAVAILABLE.headers)
    )


def answer_unstorable(request: HttpRequest, error: DataError) -> HttpResponse:
    problem = problem_of(error)  # which logs it
    return render_problem(problem) if _is_for_machines(request) else defaults.bad_request(request, error)


def _is_for_machines(request: HttpRequest) -> bool:
    # The host may be the very thing that was refused: only the path is looked at, and what a browser wants.
    if request.path_info.startswith(_MACHINE_PATHS):
        return True
    wants_page = "text/html" in request.headers.get("Accept", "")
    return not wants_page and not request.path_info.startswith(_PEOPLE_PATHS)
