"""The list of payouts, in place of Django's own: it goes by position, and its filters are our selectors'."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from console.frame.callers import operator_of
from console.frame.console_admin import ReadOnlyAdmin
from console.frame.current_organization import current_organization
from console.payouts.export_page import EXPORT_PERMISSION, export_payouts
from console.payouts.filter_form import FilterForm
from console.payouts.list_query import read_list_query
from console.payouts.payout_list import ListPage, find_single, make_page
from console.payouts.saved_views import drop_view, keep_view, own_views, ready_views
from payouts.models import Payout
from payouts.selectors import list_recent_currencies

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from access.models import Organization
    from console.payouts.list_query import ListQuery


class PayoutListAdmin(ReadOnlyAdmin[Payout]):
    def get_urls(self) -> list[URLPattern]:
        return [
            self._path("export/", export_payouts, "export"),
            self._path("views/", keep_view, "keep_view"),
            self._path("views/<str:view_id>/remove/", drop_view, "drop_view"),
            *super().get_urls(),
        ]

    def _path(self, route: str, view: Callable[..., Any], name: str) -> URLPattern:
        return path(route, self.admin_site.admin_view(view), name=f"payouts_payout_{name}")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            done = self.response_action(request, queryset=self.get_queryset(request))
            return done or HttpResponseRedirect(request.get_full_path())
        now, organization = timezone.now(), current_organization(request)
        query = read_list_query(request.GET, now=now)
        page = (
            ListPage() if organization is None else make_page(query, organization_id=organization.pk, now=now)
        )
        if payout := find_single(query, page):
            return HttpResponseRedirect(reverse("admin:payouts_payout_change", args=[payout.pk]))
        context = self._context(request, query, organization) | {"page": page} | (extra_context or {})
        status = HTTPStatus.BAD_REQUEST if query.is_foreign else HTTPStatus.OK
        return TemplateResponse(request, "console/payouts/list.html", context, status=status)

    def _context(
        self, request: HttpRequest, query: ListQuery, organization: Organization | None
    ) -> dict[str, Any]:
        form, views = _make_form(query, organization), own_views(request, query)
        links = [*ready_views(query), *views]
        return self.admin_site.each_context(request) | {
            "title": "Payouts",
            "query": query,
            "form": form,
            "fields": [form[name] for name in form.fields if name not in {"q", "status"}],
            "filters_in_use": len(query.asked.keys() - {"q"}),
            "ready_views": ready_views(query),
            "own_views": views,
            "is_named_view": any(link.is_current for link in links),
            "actions": list(self.get_actions(request).values()),
            "may_export": operator_of(request).has_perm(EXPORT_PERMISSION),
        }


def _make_form(query: ListQuery, organization: Organization | None) -> FilterForm:
    currencies = [] if organization is None else list_recent_currencies(organization_id=organization.pk)
    return FilterForm(query, currencies=currencies)
