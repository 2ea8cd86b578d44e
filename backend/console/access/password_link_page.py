"""The one answer in which a link to choose a password stands: whoever has it can sign in as the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.response import TemplateResponse
from django.urls import reverse

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from access.application.password_link import PasswordLink


def show_password_link(request: HttpRequest, admin: Any, link: PasswordLink) -> HttpResponse:
    path = reverse("choose_password", args=[link.uid, link.token])
    context = admin.admin_site.each_context(request) | {
        "title": f"A password for {link.operator.get_username()}",
        "operator": link.operator,
        "link": f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path),
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
    }
    return TemplateResponse(request, "console/access/password_link.html", context)
