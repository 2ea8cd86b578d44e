from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.test import RequestFactory

from config.interfaces.http import error_views

MACHINE, PERSON = "/api/x/", "/admin/x/"


@pytest.mark.parametrize(
    ("view", "exceptions", "status"),
    [
        (error_views.answer_bad_request, [SuspiciousOperation()], 400),
        (error_views.answer_bad_request, [RequestDataTooBig()], 413),
        (error_views.answer_bad_request, [LookupError()], 400),
        (error_views.answer_forbidden, [PermissionDenied()], 403),
        (error_views.answer_not_found, [Http404()], 404),
        (error_views.answer_not_found, [], 404),
        (error_views.answer_server_error, [], 500),
    ],
)
def test_it_answers_machines_with_problems(view: object, exceptions: list[Exception], status: int) -> None:
    assert callable(view)
    response = view(RequestFactory().get(MACHINE), *exceptions)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == status


@pytest.mark.parametrize(
    ("view", "exceptions", "status"),
    [
        (error_views.answer_bad_request, [SuspiciousOperation()], 400),
        (error_views.answer_forbidden, [PermissionDenied()], 403),
        (error_views.answer_not_found, [Http404()], 404),
        (error_views.answer_server_error, [], 500),
    ],
)
def test_it_answers_people_with_pages(view: object, exceptions: list[Exception], status: int) -> None:
    assert callable(view)
    response = view(RequestFactory().get(PERSON), *exceptions)
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
