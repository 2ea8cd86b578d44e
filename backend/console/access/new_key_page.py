"""The one answer in which a new key's secret stands: in no message, no cookie and no address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template.response import TemplateResponse

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from access.api_key_token import ApiKeyToken


def show_new_key(request: HttpRequest, admin: Any, token: ApiKeyToken, *, title: str) -> HttpResponse:
    context = admin.admin_site.each_context(request) | {"title": title, "secret": token.reveal()}
    return TemplateResponse(request, "console/access/new_key.html", context)
