"""What events are about, and where a page of it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from console.frame.callers import operator_of
from payouts.domain.events import PAYOUT, RECIPIENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from events.models import Event


@dataclass(frozen=True)
class Kind:
    words: str
    url_name: str
    permission: str


KINDS: Mapping[str, Kind] = {
    PAYOUT: Kind("payout", "admin:payouts_payout_change", "payouts.view_payout"),
    RECIPIENT: Kind("recipient", "admin:payouts_recipient_change", "payouts.view_recipient"),
    "api_key": Kind("API key", "admin:access_apikey_change", "access.view_apikey"),
    "organization": Kind("organization", "admin:access_organization_change", "access.view_organization"),
    "operator": Kind("operator", "admin:access_operator_change", "access.view_operator"),
}


@dataclass(frozen=True)
class Subject:
    """`url` is empty for who may not look at it."""

    words: str
    url: str


def subject_of(request: HttpRequest, event: Event) -> Subject:
    """A payout is called by its reference, everything else by its id."""
    kind = KINDS.get(event.subject_type)
    name = event.data.get("reference") if event.subject_type == PAYOUT else None
    words = f"{kind.words if kind else event.subject_type} {name or event.subject_id}"
    if kind is None or not operator_of(request).has_perm(kind.permission):
        return Subject(words, "")
    return Subject(words, reverse(kind.url_name, args=[event.subject_id]))
