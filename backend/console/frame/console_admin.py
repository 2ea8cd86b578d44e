"""What every page of the console does: whose records it shows, and what it lets nobody do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.admin import ShowFacets, SimpleListFilter
from django.contrib.messages import ERROR
from django.db.models import Model
from django.http import HttpResponseRedirect

from access.models import Organization
from console.frame.callers import operator_of
from console.frame.generic_admin import ModelAdmin
from console.frame.pagination import BoundedPaginator
from console.frame.selection import ensure_ids_are_selected
from core.exceptions import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ClassVar

    from django.db.models import ForeignKey, QuerySet
    from django.forms import ModelChoiceField
    from django.http import HttpRequest, HttpResponse

Record = TypeVar("Record", bound=Model)

MOST_AT_ONCE = 100


class ConsoleAdmin(ModelAdmin[Record]):
    """Records of the organizations that the operator works for; a superuser sees them all.

    Nothing is ever deleted here. Lists can be narrowed by their own filters and in no other way: Django's
    look-ups by any column would give away, guess by guess, what is masked.
    """

    organization_lookup: ClassVar[str] = "organization_id"

    list_per_page = MOST_AT_ONCE
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        records = super().get_queryset(request)
        operator = operator_of(request)
        if operator.is_superuser:
            return records
        return records.filter(**{f"{self.organization_lookup}__in": operator.organizations.values("pk")})

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        if db_field.related_model is Organization:
            kwargs["queryset"] = self.admin_site.get_model_admin(Organization).get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:  # noqa: ARG002  the framework's signature
        filters = self.get_list_filter(request)
        return lookup in {
            each.parameter_name
            for each in filters
            if isinstance(each, type) and issubclass(each, SimpleListFilter)
        }

    def has_delete_permission(self, request: HttpRequest, obj: Record | None = None) -> bool:  # noqa: ARG002  the framework's signature
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A refused use case is told to the operator; whatever was written is rolled back by then."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as refusal:
            self.message_user(request, refusal.detail, ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        ensure_ids_are_selected(request)
        return super().response_action(request, *args, **kwargs)

    def do_with_each(
        self, request: HttpRequest, queryset: QuerySet[Record], verb: Callable[[Record], object], *, done: str
    ) -> list[Record]:
        """Apply a use case to each record, each in a transaction of its own, and return those it was done to.

        The operator is told what was done and every refusal. `done` is a participle, such as "revoked".
        """
        chosen = list(queryset[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            self.message_user(request, f"Select at most {MOST_AT_ONCE} at once; nothing was done.", ERROR)
            return []
        changed = [record for record in chosen if self._is_done(request, verb, record)]
        if changed:
            self.message_user(request, f"{len(changed)} {done}.")
        return changed

    def _is_done(self, request: HttpRequest, verb: Callable[[Record], object], record: Record) -> bool:
        try:
            verb(record)
        except Refusal as refusal:
            self.message_user(request, f"{record}: {refusal.detail}", ERROR)
            return False
        return True


class ReadOnlyAdmin(ConsoleAdmin[Record]):
    """Records that change through use cases only."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  the framework's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Record | None = None) -> bool:  # noqa: ARG002  the framework's signature
        return False
