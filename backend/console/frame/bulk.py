"""A dialog's verb for a selection of records: each in a transaction of its own, with a result for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.template.response import TemplateResponse

from core.exceptions import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet
    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from console.frame.dialogs import Dialog

MOST_AT_ONCE = 100
_CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Result:
    record: Model
    is_done: bool
    words: str


def bulk_action(dialog: type[Dialog[Any]]) -> Callable[..., HttpResponse]:
    """What Django's list of actions calls: the form at first, and the results once it was filled in."""

    def ask_or_act(admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        verb = dialog(admin=admin)
        # One more than is taken: who selected too many shall be told, not served in part.
        records = list(queryset.order_by("pk")[: MOST_AT_ONCE + 1])
        form = verb.make_form(None, request.POST if _CONFIRMED in request.POST else None)
        if len(records) > MOST_AT_ONCE or not (form.is_bound and form.is_valid()):
            return _show_form(admin, request, verb, records, form)
        results = [_try_one(verb, request, record, form.cleaned_data) for record in records]
        return _show_results(admin, request, verb, results)

    return ask_or_act


def _try_one(verb: Dialog[Any], request: HttpRequest, record: Model, entered: dict[str, Any]) -> Result:
    try:
        return Result(record, is_done=True, words=verb.act(request, record, entered))
    except Refusal as refusal:
        return Result(record, is_done=False, words=refusal.detail)


def _show_form(
    admin: Any, request: HttpRequest, verb: Dialog[Any], records: list[Model], form: Form
) -> HttpResponse:
    context = admin.admin_site.each_context(request) | {
        "title": f"{verb.title}: {min(len(records), MOST_AT_ONCE)} selected",
        "dialog": verb,
        "form": form,
        "records": records[:MOST_AT_ONCE],
        "most_at_once": MOST_AT_ONCE,
        "is_too_many": len(records) > MOST_AT_ONCE,
        "action": request.POST.get("action", ""),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "confirmed_name": _CONFIRMED,
    }
    return TemplateResponse(request, "console/frame/bulk.html", context)


def _show_results(admin: Any, request: HttpRequest, verb: Dialog[Any], results: list[Result]) -> HttpResponse:
    done = sum(result.is_done for result in results)
    context = admin.admin_site.each_context(request) | {
        "title": f"{verb.title}: {done} of {len(results)} done",
        "results": results,
    }
    return TemplateResponse(request, "console/frame/bulk_results.html", context)
