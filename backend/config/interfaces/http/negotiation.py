from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.negotiation import DefaultContentNegotiation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rest_framework.parsers import BaseParser
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

_ANYTHING = "*/*"


class QuickNegotiation(DefaultContentNegotiation):
    """Where there is one form, nothing need be found out of who sends just that, or takes anything."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        match parsers:
            case [parser] if request.content_type == parser.media_type:
                return parser
        return super().select_parser(request, parsers)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        match renderers:
            case [renderer] if request.META.get("HTTP_ACCEPT", _ANYTHING) == _ANYTHING:
                return renderer, renderer.media_type
        found: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
        return found
