"""Links to the list with filters that are asked for often: ours, and those that operators keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from django import forms
from django.contrib.messages import error, success
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from console.application.remove_view import ViewNotFound, remove_view
from console.application.save_view import save_view
from console.frame.callers import operator_of
from console.frame.current_organization import current_organization
from console.frame.fields import RuledField
from console.models import VIEW_NAME_MAX_LENGTH, VIEW_QUERY_MAX_LENGTH
from console.payouts.list_query import Period, read_list_query
from console.selectors import list_saved_views
from core.exceptions import Refusal
from payouts.api.fields import TextField, find_id
from payouts.domain.status import OPEN_STATUSES, Stage, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from console.payouts.list_query import ListQuery

LARGE_AMOUNT = "10000"


@dataclass(frozen=True)
class ViewLink:
    """`view_id` is that of a saved one, which can be removed."""

    name: str
    address: str
    is_current: bool
    view_id: int | None = None


_READY_VIEWS: Mapping[str, Mapping[str, str | list[str]]] = {
    "All": {},
    "Needs review": {"stage": Stage.NEEDS_REVIEW.value},
    "Unknown": {"stage": Stage.UNKNOWN.value},
    "On hold": {"stage": Stage.ON_HOLD.value},
    "Failed today": {"created": Period.TODAY.value, "status": Status.FAILED.value},
    "In flight": {"status": [status.value for status in OPEN_STATUSES]},
    f"Large ({int(LARGE_AMOUNT):,} and more)": {"amount_from": LARGE_AMOUNT},
}


def ready_views(query: ListQuery) -> list[ViewLink]:
    return [
        _link(name, urlencode(parameters, doseq=True), query) for name, parameters in _READY_VIEWS.items()
    ]


def own_views(request: HttpRequest, query: ListQuery) -> list[ViewLink]:
    organization = current_organization(request)
    if organization is None:
        return []
    views = list_saved_views(operator_id=operator_of(request).pk, organization_id=organization.pk)
    return [_link(view.name, view.query, query, view.pk) for view in views]


def _link(name: str, address: str, query: ListQuery, view_id: int | None = None) -> ViewLink:
    return ViewLink(name, f"?{address}", parse_qs(address) == dict(query.asked), view_id)


class _ViewForm(forms.Form):
    name = RuledField(rule=TextField(max_length=VIEW_NAME_MAX_LENGTH))
    query = forms.CharField(max_length=VIEW_QUERY_MAX_LENGTH)


@require_POST
def keep_view(request: HttpRequest) -> HttpResponseRedirect:
    organization = current_organization(request)
    if organization is None or not operator_of(request).has_perm("payouts.view_payout"):
        raise PermissionDenied
    form = _ViewForm(request.POST)
    query = read_list_query(QueryDict(request.POST.get("query", "")), now=timezone.now())
    if not (form.is_valid() and query.asked) or query.problems:
        error(request, " ".join(_problems(form, query)))
        return _to_list()
    try:
        save_view(
            operator_id=operator_of(request).pk,
            organization_id=organization.pk,
            name=form.cleaned_data["name"],
            query=query.address,
        )
        success(request, f"Saved as “{form.cleaned_data['name']}”.")
    except Refusal as refusal:
        error(request, refusal.detail)
    return _to_list(query.address)


def _problems(form: forms.Form, query: ListQuery) -> list[str]:
    named = [*form.errors.items(), *query.problems.items()]
    sentences = [f"{name.capitalize()}: {sentence}" for name, each in named for sentence in each]
    return sentences or ["There is nothing to save: nothing was asked for."]


@require_POST
def drop_view(request: HttpRequest, view_id: str) -> HttpResponseRedirect:
    number = find_id(view_id)
    if number is None:
        raise Http404
    try:
        remove_view(operator_id=operator_of(request).pk, view_id=number)
    except ViewNotFound as refusal:
        raise Http404 from refusal
    success(request, "The saved view is removed.")
    return _to_list()


def _to_list(address: str = "") -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('admin:payouts_payout_changelist')}?{address}")
