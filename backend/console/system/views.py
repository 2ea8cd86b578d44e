from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils import timezone

from console.frame.callers import operator_of
from console.system.page import MAY_LOOK, system_context

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse


class SystemPage:
    """The page, and the part of it that it asks for anew."""

    def __init__(self, site: AdminSite) -> None:
        self._site = site

    def show(self, request: HttpRequest) -> HttpResponse:
        frame = self._site.each_context(request) | {"title": "System"}
        return TemplateResponse(request, "console/system/system.html", frame | self._context(request))

    def show_live(self, request: HttpRequest) -> HttpResponse:
        return TemplateResponse(request, "console/system/live.html", self._context(request))

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        if not operator_of(request).has_perm(MAY_LOOK):
            raise PermissionDenied
        return system_context(request) | {"seen_at": timezone.now()}
