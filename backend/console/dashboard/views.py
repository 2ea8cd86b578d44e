from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template.response import TemplateResponse
from django.utils import timezone

from console.dashboard.page import dashboard_context

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse


class Dashboard:
    """The page, and the part of it that it asks for anew."""

    def __init__(self, site: AdminSite) -> None:
        self._site = site

    def show(self, request: HttpRequest) -> TemplateResponse:
        frame = self._site.each_context(request) | {"title": "Dashboard"}
        return TemplateResponse(request, "console/dashboard/dashboard.html", frame | self._context(request))

    def show_live(self, request: HttpRequest) -> HttpResponse:
        return TemplateResponse(request, "console/dashboard/live.html", self._context(request))

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        now = timezone.now()
        return dashboard_context(request, now=now) | {"seen_at": now}
