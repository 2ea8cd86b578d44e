"""Whose account is it? Asked and answered without the number getting into an address.

Addresses are kept by browsers, proxies and logs, so the number is sent in the body alone; and the answer does
not repeat it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters

from console.frame.callers import caller_for, operator_of
from console.frame.current_organization import current_organization
from console.recipients.dialogs import REVEAL
from console.recipients.recipient_forms import AccountNumberForm
from payouts.application.find_recipients_by_account import MOST_FOUND, find_recipients_by_account

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from payouts.models import Recipient


@sensitive_post_parameters("account_number")
def show_by_account(request: HttpRequest, *, admin: Any) -> HttpResponse:
    if not operator_of(request).has_perm(REVEAL) or not admin.has_view_permission(request):
        raise PermissionDenied
    form = AccountNumberForm(request.POST if request.method == "POST" else None)
    found = _find(request, form) if form.is_bound and form.is_valid() else None
    context = admin.admin_site.each_context(request) | {
        "title": "Find by account number",
        "form": form if found is None else AccountNumberForm(),
        "found": found,
        "most_found": MOST_FOUND,
    }
    return TemplateResponse(request, "console/recipients/by_account.html", context)


def _find(request: HttpRequest, form: AccountNumberForm) -> list[Recipient]:
    organization = current_organization(request)
    if organization is None:
        return []
    return find_recipients_by_account(
        caller=caller_for(request, organization), account_number=form.cleaned_data["account_number"]
    )
