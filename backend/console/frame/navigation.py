"""The way to every page: what an operator may look at, and which of it they look at now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse

from console.frame.callers import operator_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest


@dataclass(frozen=True)
class _Entry:
    """A page by its URL's name; shown to those who have the permission. Icons are of Material Symbols."""

    title: str
    icon: str
    url_name: str
    permission: str | None = None


_SECTIONS: tuple[tuple[str, tuple[_Entry, ...]], ...] = (
    (
        "",
        (
            _Entry("Dashboard", "dashboard", "admin:index"),
            _Entry("Payouts", "payments", "admin:payouts_payout_changelist", "payouts.view_payout"),
            _Entry("Settlements", "gavel", "admin:payouts_settlement_changelist", "payouts.view_settlement"),
            _Entry("Recipients", "group", "admin:payouts_recipient_changelist", "payouts.view_recipient"),
        ),
    ),
    (
        "Access",
        (
            _Entry("API keys", "key", "admin:access_apikey_changelist", "access.view_apikey"),
            _Entry("People", "badge", "admin:access_operator_changelist", "access.view_operator"),
            _Entry(
                "Organizations", "domain", "admin:access_organization_changelist", "access.view_organization"
            ),
            _Entry("Groups", "shield_person", "admin:auth_group_changelist", "auth.view_group"),
        ),
    ),
    (
        "Behind it",
        (
            _Entry("Audit", "history", "admin:events_event_changelist", "events.view_event"),
            _Entry(
                "Attempts", "send", "admin:payouts_payoutattempt_changelist", "payouts.view_payoutattempt"
            ),
            _Entry("System", "monitor_heart", "admin:system", "heartbeats.view_heartbeat"),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    title: str
    icon: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Section:
    title: str
    links: list[Link]


def navigation(request: HttpRequest) -> list[Section]:
    """The sections in which the operator finds anything."""
    sections = [Section(title, list(_links(request, entries))) for title, entries in _SECTIONS]
    return [section for section in sections if section.links]


def _links(request: HttpRequest, entries: tuple[_Entry, ...]) -> Iterator[Link]:
    operator = operator_of(request)
    for entry in entries:
        if entry.permission is not None and not operator.has_perm(entry.permission):
            continue
        try:
            url = reverse(entry.url_name)
        except NoReverseMatch:
            continue
        yield Link(entry.title, entry.icon, url, _is_current(request, url))


def _is_current(request: HttpRequest, url: str) -> bool:
    """The dashboard's address begins every other one."""
    if url == reverse("admin:index"):
        return request.path == url
    return request.path.startswith(url)
