"""Django's own error pages: problems for clients of the API, plain pages for people with a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views import defaults

from config.interfaces.http.problems import (
    BAD_REQUEST,
    INTERNAL_ERROR,
    NOTHING_HERE,
    PERMISSION_DENIED,
    problem_of,
    render_problem,
)

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_MACHINE_PATHS = ("/api/", "/health/")


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
    if not _is_for_machines(request):
        return defaults.server_error(request)
    return render_problem(INTERNAL_ERROR)


def _is_for_machines(request: HttpRequest) -> bool:
    # The host may be the very thing that was refused: only the path is looked at.
    return request.path_info.startswith(_MACHINE_PATHS)
