"""Filters of the lists. None of them asks the database for all values of a column of a large table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.contrib.admin import ModelAdmin
    from django.db.models import QuerySet
    from django.http import HttpRequest

RECENT_ROWS = 10_000


class ChoiceFilter(SimpleListFilter):
    """A choice in the form above the list. What is not offered can still be typed into the address."""

    template = "console/frame/filter_choice.html"

    @property
    def chosen(self) -> str:
        return self.value() or ""

    def value(self) -> str | None:
        """None for "any", which the form sends as an empty text."""
        return super().value() or None


class ColumnFilter(ChoiceFilter):
    """Rows that have the value in the column which the parameter is named after."""

    values: ClassVar[tuple[str, ...]] = ()

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(value, value) for value in self.list_values(request, model_admin)]

    def list_values(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Iterable[str]:  # noqa: ARG002  for overriding ones
        return self.values

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  the framework's signature
        value = self.value()
        if value is None:
            return queryset
        if "\0" in value:  # PostgreSQL takes no such text
            raise IncorrectLookupParameters
        return queryset.filter(**{cast("str", self.parameter_name): value})


class RecentColumnFilter(ColumnFilter):
    """Offers the values of the newest rows; an older value can still be typed into the address."""

    def list_values(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Iterable[str]:
        column = cast("str", self.parameter_name)
        rows = model_admin.get_queryset(request)
        recent = rows.order_by("-pk").values("pk")[:RECENT_ROWS]
        return rows.filter(pk__in=recent).order_by(column).values_list(column, flat=True).distinct()


class YesNoFilter(ChoiceFilter):
    conditions: ClassVar[Mapping[str, Mapping[str, bool]]]

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:  # noqa: ARG002  the framework's signature
        return [(answer, answer) for answer in self.conditions]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  the framework's signature
        value = self.value()
        if value is None:
            return queryset
        if value not in self.conditions:
            raise IncorrectLookupParameters
        return queryset.filter(**self.conditions[value])


class ActiveFilter(YesNoFilter):
    title = parameter_name = "active"
    conditions = {"yes": {"is_active": True}, "no": {"is_active": False}}


class RevokedFilter(YesNoFilter):
    title = parameter_name = "revoked"
    conditions = {"yes": {"revoked_at__isnull": False}, "no": {"revoked_at__isnull": True}}
