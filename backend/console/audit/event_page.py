"""What the page of an event shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse

from console.audit.subjects import subject_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from events.models import Event


def event_page(request: HttpRequest, event: Event) -> dict[str, Any]:
    about = {"subject_type": event.subject_type, "subject": event.subject_id}
    return {
        "title": event.type,
        "event": event,
        "subject": subject_of(request, event),
        "subject_url": audit_url(**about),
        "actor_url": audit_url(actor=event.actor),
        "request_url": audit_url(request_id=event.request_id) if event.request_id else "",
    }


def audit_url(**filters: Any) -> str:
    return f"{reverse('admin:events_event_changelist')}?{urlencode(filters)}"
