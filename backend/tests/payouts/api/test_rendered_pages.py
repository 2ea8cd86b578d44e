from __future__ import annotations

from typing import Any

import pytest
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from payouts.api.pagination import answer_of
from payouts.api.rendered_pages import RenderedPage

ROWS = [{"id": 1, "name": 'Zoë "the first"\n\u2028', "failure": None, "metadata": {"a}": "{b"}}, {"id": 2}]


def page(rows: list[dict[str, Any]], next_cursor: str | None, previous_cursor: str | None) -> dict[str, Any]:
    return {"results": rows, "next_cursor": next_cursor, "previous_cursor": previous_cursor}


@pytest.mark.parametrize("rows", [ROWS, []])
@pytest.mark.parametrize("cursors", [(None, None), ("n5.sig", None), ("n5.sig", "p9.sig")])
def test_it_answers_byte_for_byte_as_the_framework_does(
    rows: list[dict[str, Any]], cursors: tuple[str | None, str | None]
) -> None:
    request = Request(APIRequestFactory().get("/api/payouts/?page_size=2&cursor=n7.sig"))
    built = page(rows, *cursors)

    answer = RenderedPage.read(RenderedPage.of(built).write()).answer(request)

    assert answer.content == JSONRenderer().render(answer_of(request, built))
    assert answer.headers["Content-Type"] == "application/json"
