"""Records that have a page of their own making: read, and never sent back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.template.response import TemplateResponse

from console.frame.console_admin import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

Record = TypeVar("Record", bound=Model)

_READING = {"GET", "HEAD"}


class RecordPageAdmin(ReadOnlyAdmin[Record]):
    page_template: ClassVar[str]

    def page_of(self, request: HttpRequest, record: Record) -> dict[str, Any]:
        """What the page's template shows of the record."""
        raise NotImplementedError

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",  # noqa: ARG002  there is no form
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002  nobody gives any
    ) -> HttpResponse:
        if request.method not in _READING or not self.has_view_permission(request):
            raise PermissionDenied
        record = self.get_object(request, unquote(object_id))
        if record is None:
            return self._answer_not_found(request)
        return self.answer(request, record)

    def answer(self, request: HttpRequest, record: Record) -> HttpResponse:
        context = self.admin_site.each_context(request) | self.page_of(request, record)
        return TemplateResponse(request, self.page_template, context)

    def _answer_not_found(self, request: HttpRequest) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": f"There is no such {self.opts.verbose_name}",
            "opts": self.opts,
        }
        return TemplateResponse(request, "console/frame/not_found.html", context, status=404)
