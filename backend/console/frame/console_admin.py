"""What every page of the console does: whose records it shows, and what it lets nobody do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.admin import ShowFacets, SimpleListFilter
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR
from django.contrib.messages import ERROR
from django.db.models import Model
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from console.frame.bulk import bulk_action
from console.frame.current_organization import current_organization, organizations_of, work_for
from console.frame.dialogs import is_permitted, offers
from console.frame.generic_admin import ModelAdmin
from console.frame.pagination import PeekingPaginator
from console.frame.selection import ensure_ids_are_selected
from core.exceptions import Refusal

if TYPE_CHECKING:
    from typing import ClassVar

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from console.frame.dialogs import Dialog

Record = TypeVar("Record", bound=Model)

ROWS_ON_A_PAGE = 50


class ConsoleAdmin(ModelAdmin[Record]):
    """Records of the current organization. What can be done with one of them are its `dialogs`.

    Nothing is ever deleted here. Lists can be narrowed by their own filters and in no other way: Django's
    look-ups by any column would give away, guess by guess, what is masked.
    """

    organization_lookup: ClassVar[str] = "organization_id"
    list_title: ClassVar[str] = ""
    """In place of the model's name."""
    dialogs: ClassVar[tuple[type[Dialog[Any]], ...]] = ()

    list_per_page = ROWS_ON_A_PAGE
    paginator = PeekingPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    ordering: ClassVar[tuple[str, ...]] = ("-id",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        """Of the current organization; nothing for an operator who works for none."""
        organization = current_organization(request)
        return self.records_of(request, [] if organization is None else [organization.pk])

    def records_of(self, request: HttpRequest, organization_ids: list[int]) -> QuerySet[Record]:
        """All that there is to see of them: what a subclass hides is hidden here, from lists and pages."""
        records = super().get_queryset(request)
        if len(organization_ids) == 1:  # an equation, which the indexes serve in their order
            return records.filter(**{self.organization_lookup: organization_ids[0]})
        return records.filter(**{f"{self.organization_lookup}__in": organization_ids})

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Record | None:
        """Also of another organization that the operator works for, which then is the current one."""
        record: Record | None = super().get_object(request, object_id, from_field)
        if record is not None:
            return record
        field = self.opts.pk
        try:
            wanted = field.to_python(object_id)
        except Exception:  # noqa: BLE001  # whatever the field makes of a path that is no id
            return None
        theirs = [organization.pk for organization in organizations_of(request)]
        found = self.records_of(request, theirs).filter(pk=wanted)
        organization_id = found.values_list(self.organization_lookup, flat=True).first()
        if organization_id is None or not work_for(request, organization_id):
            return None
        return found.first()

    def get_urls(self) -> list[URLPattern]:
        return [*(dialog.url_for(self) for dialog in self.dialogs), *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The verbs that are for many, to those who may."""
        return {
            dialog.name: (bulk_action(dialog), dialog.name, dialog.title)
            for dialog in self.dialogs
            if dialog.is_for_many and is_permitted(request, dialog)
        }

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:  # noqa: ARG002  the framework's signature
        filters = self.get_list_filter(request)
        return lookup in {
            each.parameter_name
            for each in filters
            if isinstance(each, type) and issubclass(each, SimpleListFilter)
        }

    def has_delete_permission(self, request: HttpRequest, obj: Record | None = None) -> bool:  # noqa: ARG002  the framework's signature
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if ERROR_FLAG in request.GET:
            self.message_user(request, "A filter was not understood and is left out: all is shown.", ERROR)
        title = {"title": self.list_title or capfirst(str(self.opts.verbose_name_plural))}
        response = super().changelist_view(request, title | (extra_context or {}))
        changes = (getattr(response, "context_data", None) or {}).get("cl")
        if isinstance(response, TemplateResponse) and changes is not None:
            response.context_data |= {  # type: ignore[operator]  # it is there, having been looked into
                "previous_page": changes.get_query_string({PAGE_VAR: changes.page_num - 1}),
                "next_page": changes.get_query_string({PAGE_VAR: changes.page_num + 1}),
            }
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A refused use case is told to the operator; whatever was written is rolled back by then."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refusal:
            self.message_user(request, refusal.detail, ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record = context.get("original")
        context["offers"] = [] if record is None else offers(request, self, record)
        if record is not None:
            context["title"] = str(record)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        ensure_ids_are_selected(request)
        return super().response_action(request, *args, **kwargs)


class ReadOnlyAdmin(ConsoleAdmin[Record]):
    """Records that change through use cases only."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  the framework's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Record | None = None) -> bool:  # noqa: ARG002  the framework's signature
        return False
