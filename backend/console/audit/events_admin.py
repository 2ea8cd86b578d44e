"""The event log and the relay's markers, to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import reverse

from console.audit.event_list import make_inputs, make_list, other_problems
from console.audit.event_page import event_page
from console.audit.event_query import read_event_query
from console.frame.console_admin import ReadOnlyAdmin
from console.frame.current_organization import current_organization
from console.frame.record_page import RecordPageAdmin
from events.models import Event, PendingEvent

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse


@admin.register(Event)
class EventAdmin(RecordPageAdmin[Event]):
    """Its list is not Django's: that would page by counting, and filter without looking at the cost."""

    page_template = "console/audit/event.html"

    def page_of(self, request: HttpRequest, record: Event) -> dict[str, Any]:
        return event_page(request, record)

    def changelist_view(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002  nobody gives any
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        organization = current_organization(request)
        # Who works for nobody finds nothing: no organization has this id.
        organization_id = 0 if organization is None else organization.pk
        query = read_event_query(request.GET, organization_id=organization_id)
        context = self.admin_site.each_context(request) | {
            "title": "Audit",
            "query": query,
            "events": make_list(request, query, organization_id=organization_id),
            "inputs": make_inputs(query),
            "problems": other_problems(query),
            "pending_url": reverse("admin:events_pendingevent_changelist"),
        }
        return TemplateResponse(request, "console/audit/events.html", context)


@admin.register(PendingEvent)
class PendingEventAdmin(ReadOnlyAdmin[PendingEvent]):
    """What stands here for longer than seconds, with failures, a handler does not take."""

    organization_lookup = "event__organization_id"

    list_display = ("event", "occurred_at", "due_at", "failures")
    list_select_related = ("event",)
    ordering = ("due_at",)
    fields = ("event", "occurred_at", "due_at", "failures")
    readonly_fields = ("occurred_at",)

    @admin.display(description="occurred at")
    def occurred_at(self, marker: PendingEvent) -> datetime:
        return marker.event.occurred_at
