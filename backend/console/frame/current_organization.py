"""Which organization an operator works for at the moment. Every page of records shows that one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from access.selectors import list_visible_organizations
from console.frame.callers import operator_of
from core.log_context import note_about

if TYPE_CHECKING:
    from django.http import HttpRequest

    from access.models import Organization

SESSION_KEY = "organization_id"
_KNOWN = "payouts.organizations"


def organizations_of(request: HttpRequest) -> list[Organization]:
    """Those that the operator works for, all of them for a superuser; asked for once a request."""
    known = request.META.get(_KNOWN)
    if known is None:
        known = request.META[_KNOWN] = list_visible_organizations(operator_of(request))
    return cast("list[Organization]", known)


def current_organization(request: HttpRequest) -> Organization | None:
    """The one chosen last, or the first. None when the operator works for nobody."""
    organizations = {organization.pk: organization for organization in organizations_of(request)}
    chosen: int = request.session.get(SESSION_KEY, 0)
    current = organizations.get(chosen) or next(iter(organizations.values()), None)
    if current is not None:
        note_about(organization_id=current.pk)  # the lines of the request say for whom it was
    return current


def work_for(request: HttpRequest, organization_id: int) -> bool:
    """Afterwards this is the current organization; False, and nothing changed, if it is none of theirs."""
    if organization_id not in {organization.pk for organization in organizations_of(request)}:
        return False
    request.session[SESSION_KEY] = organization_id
    return True


@require_POST
def choose_organization(request: HttpRequest) -> HttpResponseRedirect:
    """To the dashboard of the chosen one: a record that is open belongs to the other."""
    text = request.POST.get("organization", "")
    if text.isascii() and text.isdecimal():
        work_for(request, int(text))
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if is_ours else reverse("admin:index"))
