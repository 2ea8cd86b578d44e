"""Pages that are rendered once and then sent as they are, to whoever asks for them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payouts.api.json_answers import JsonAnswer, render_json
from payouts.api.pagination import links_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse
    from rest_framework.request import Request


@dataclass(frozen=True)
class RenderedPage:
    """`results` is the JSON of the rows. The links are not rendered: they depend on the request."""

    next_cursor: str | None
    previous_cursor: str | None
    results: str

    @classmethod
    def of(cls, page: Mapping[str, Any]) -> RenderedPage:
        return cls(page["next_cursor"], page["previous_cursor"], render_json(page["results"]))

    @classmethod
    def read(cls, text: str) -> RenderedPage:
        """What `write` gave."""
        cursors, _, results = text.partition("\n")
        next_cursor, previous_cursor = json.loads(cursors)
        return cls(next_cursor, previous_cursor, results)

    def write(self) -> str:
        return f"{json.dumps([self.next_cursor, self.previous_cursor])}\n{self.results}"

    def answer(self, request: Request) -> HttpResponse:
        """Byte for byte what the framework makes of the page."""
        links = render_json(links_of(request, self.next_cursor, self.previous_cursor))
        text = f'{links.removesuffix("}")},"results":{self.results}}}'
        return JsonAnswer(text.encode())
