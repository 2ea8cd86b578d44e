from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer, StaticHTMLRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from config.interfaces.http.json_parser import StrictJSONParser
from config.interfaces.http.negotiation import QuickNegotiation

if TYPE_CHECKING:
    from rest_framework.negotiation import BaseContentNegotiation

JSON, HTML = JSONRenderer(), StaticHTMLRenderer()


def chosen(negotiation: BaseContentNegotiation, request: Request, renderers: list[Any]) -> object:
    try:
        return negotiation.select_renderer(request, renderers)
    except NotAcceptable:
        return None


@pytest.mark.parametrize("renderers", [[JSON], [HTML, JSON], [JSON, HTML]])
@pytest.mark.parametrize(
    "accept",
    [None, "*/*", "*/*;q=0.1", "application/json", "application/json; indent=2", "text/html", "x/y", ";;q="],
)
def test_it_chooses_the_answer_that_the_framework_chooses(accept: str | None, renderers: list[Any]) -> None:
    request = Request(APIRequestFactory().get("/", headers={} if accept is None else {"Accept": accept}))

    assert chosen(QuickNegotiation(), request, renderers) == chosen(
        DefaultContentNegotiation(), request, renderers
    )


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "*/*", "text/plain", "", "x"],
)
def test_it_chooses_the_parser_that_the_framework_chooses(content_type: str) -> None:
    request = Request(APIRequestFactory().generic("POST", "/", "{}", content_type))
    parsers = [StrictJSONParser()]

    assert QuickNegotiation().select_parser(request, parsers) == DefaultContentNegotiation().select_parser(
        request, parsers
    )
