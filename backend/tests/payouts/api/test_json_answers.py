from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from payouts.api.closed_view import ClosedView
from payouts.api.json_answers import json_answer

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request

BODY = {"id": 1, "name": 'Zoë "the first"\n\u2028', "failure": None}
HEADERS = {"Location": "/api/payouts/1/"}


class OpenView(ClosedView):
    authentication_classes = ()
    permission_classes = ()


class OurView(OpenView):
    def get(self, request: Request) -> HttpResponse:
        return json_answer(request, BODY, headers=HEADERS)


class FrameworksView(OpenView):
    def get(self, _request: Request) -> Response:
        return Response(BODY, headers=HEADERS)


def ask(view: Any, accept: str) -> HttpResponse:
    answer: HttpResponse = view.as_view()(APIRequestFactory().get("/", headers={"Accept": accept}))
    return answer.render() if isinstance(answer, Response) else answer


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "application/json; indent=2", "application/*", "text/html"]
)
def test_it_answers_byte_for_byte_as_the_framework_does(accept: str) -> None:
    ours, frameworks = ask(OurView, accept), ask(FrameworksView, accept)

    assert (ours.status_code, ours.content) == (frameworks.status_code, frameworks.content)
    assert dict(ours.headers) == dict(frameworks.headers)
