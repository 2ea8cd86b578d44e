"""One verb on one record: a form that asks for what it needs, and one use-case call.

The form is a page of its own, which the console shows in a dialog; both work alike. The same form serves a
selection of records at once, and then tells what became of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django import forms
from django.contrib.messages import success
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views import View

from console.frame.callers import operator_of
from console.frame.fields import RuledField
from core.exceptions import Refusal
from payouts.api.fields import TextField
from payouts.domain.words import REASON_MAX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any as Admin

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern

Record = TypeVar("Record", bound=Model)


class ReasonForm(forms.Form):
    """Whoever looks at the record later sees whose judgement it was, and why."""

    reason = RuledField(
        rule=TextField(max_length=REASON_MAX_LENGTH), widget=forms.Textarea(attrs={"rows": 3})
    )


class Dialog(View, Generic[Record]):
    """The parent of every verb's form. `act` is what a verb adds: the use-case call."""

    name: ClassVar[str]
    """The last part of its address, and of its URL's name: `admin:payouts_payout_hold`."""
    title: ClassVar[str]
    explanation: ClassVar[str] = ""
    button: ClassVar[str]
    permission: ClassVar[str]
    """Whole, such as "payouts.change_payout"."""
    is_dangerous: ClassVar[bool] = False
    is_for_many: ClassVar[bool] = False
    """Whether it is offered for a selection in the list, too."""
    form_class: ClassVar[type[forms.Form]] = ReasonForm
    template_name: ClassVar[str] = "console/frame/dialog.html"

    admin: Admin = None

    def is_offered(self, record: Record) -> bool:  # noqa: ARG002  for overriding ones
        """Whether the record's page shows it. No guard: the use case refuses what cannot be done."""
        return True

    def act(self, request: HttpRequest, record: Record, entered: dict[str, Any]) -> str:
        """Call the use case; return what was done, as a sentence. May raise any Refusal."""
        raise NotImplementedError

    def make_form(self, record: Record | None, data: Any = None) -> forms.Form:  # noqa: ARG002  for overriding ones
        return self.form_class(data)

    def explain(self, record: Record) -> str:  # noqa: ARG002  for overriding ones
        return self.explanation

    def show(self, request: HttpRequest, record: Record, form: forms.Form) -> HttpResponse:
        context = self.admin.admin_site.each_context(request) | {
            "title": self.title,
            "explanation": self.explain(record),
            "dialog": self,
            "form": form,
            "record": record,
            "back": self.address_after(record),
            "is_in_dialog": is_asked_by_htmx(request),
        }
        return TemplateResponse(request, self.template_name, context)

    def address_after(self, record: Record) -> str:
        options = self.admin.opts
        return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[record.pk])

    def answer_done(self, request: HttpRequest, record: Record, done: str) -> HttpResponse:
        success(request, done)
        return go_to(request, self.address_after(record))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_permitted(request, self):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, object_id: str) -> HttpResponse:
        record = self._get_record(request, object_id)
        return self.show(request, record, self.make_form(record))

    def post(self, request: HttpRequest, object_id: str) -> HttpResponse:
        record = self._get_record(request, object_id)
        form = self.make_form(record, request.POST)
        if not form.is_valid():
            return self.show(request, record, form)
        try:
            done = self.act(request, record, form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.detail)
            return self.show(request, record, form)
        return self.answer_done(request, record, done)

    def _get_record(self, request: HttpRequest, object_id: str) -> Record:
        record: Record | None = self.admin.get_object(request, object_id)
        if record is None:
            raise Http404
        return record

    @classmethod
    def url_for(cls, admin: Admin) -> URLPattern:
        options = admin.opts
        view = admin.admin_site.admin_view(cls.as_view(admin=admin))
        url_name = f"{options.app_label}_{options.model_name}_{cls.name}"
        pattern: URLPattern = path(f"<path:object_id>/{cls.name}/", view, name=url_name)
        return pattern


def is_permitted(request: HttpRequest, dialog: Dialog[Any] | type[Dialog[Any]]) -> bool:
    return operator_of(request).has_perm(dialog.permission)


def is_asked_by_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """The way on from a form, whether the page sent it or the dialog did."""
    if is_asked_by_htmx(request):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def offers(
    request: HttpRequest, admin: Admin, record: Model, *, among: Iterable[type[Dialog[Any]]] | None = None
) -> list[dict[str, Any]]:
    """The dialogs that the record's page offers this operator: what its buttons need."""
    options = admin.opts
    made = [dialog(admin=admin) for dialog in (admin.dialogs if among is None else among)]
    return [
        {
            "title": dialog.title,
            "is_dangerous": dialog.is_dangerous,
            "url": reverse(f"admin:{options.app_label}_{options.model_name}_{dialog.name}", args=[record.pk]),
        }
        for dialog in made
        if is_permitted(request, dialog) and dialog.is_offered(record)
    ]
