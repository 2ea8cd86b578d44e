"""The list as it is narrowed, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.messages import error
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_POST

from console.frame.callers import caller_for, operator_of
from console.frame.current_organization import current_organization
from console.payouts.export_file import ExportFile
from console.payouts.list_query import read_list_query
from console.payouts.payout_list import make_page
from core.exceptions import Invalid, Refusal
from payouts.application.start_export import start_export

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from access.models import Organization
    from console.payouts.list_query import ListQuery

EXPORT_PERMISSION = "payouts.export_payout"


class NotExportable(Invalid):
    code = "not_exportable"
    title = "The list cannot be exported as it is"


@require_POST
def export_payouts(request: HttpRequest) -> HttpResponseBase:
    """Asked for by a form, since it is recorded: no link from elsewhere starts it."""
    operator = operator_of(request)
    organization = current_organization(request)
    if organization is None or not operator.has_perms(("payouts.view_payout", EXPORT_PERMISSION)):
        raise PermissionDenied
    now = timezone.now()
    query = read_list_query(request.GET, now=now)
    try:
        file = _start(request, query, organization, now)
    except Refusal as refusal:
        error(request, refusal.detail)
        return HttpResponseRedirect(f"{reverse('admin:payouts_payout_changelist')}?{query.address}")
    return StreamingHttpResponse(
        file,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": _disposition(organization, now)},
    )


def _start(request: HttpRequest, query: ListQuery, organization: Organization, now: datetime) -> ExportFile:
    """Raises NotExportable, TooManyExports or ScopeMissing."""
    _ensure_complete(query, organization, now)
    caller = caller_for(request, organization)
    file = ExportFile(query, organization_id=organization.pk, actor=caller.actor)
    try:
        start_export(caller=caller, asked=query.asked)
    except BaseException:
        file.close()
        raise
    return file


def _ensure_complete(query: ListQuery, organization: Organization, now: datetime) -> None:
    """Whatever the list leaves out, and says so beside it, no file could say. Raises NotExportable."""
    if query.problems:
        raise NotExportable("Not all of the filters were understood.")
    if query.text and make_page(query, organization_id=organization.pk, now=now).has_more_recipients:
        raise NotExportable("Too many recipients have such a name. Write more of it.")


def _disposition(organization: Organization, now: datetime) -> str:
    name = slugify(organization.name, allow_unicode=True) or str(organization.pk)
    return str(content_disposition_header(as_attachment=True, filename=f"payouts-{name}-{now:%Y-%m-%d}.csv"))
