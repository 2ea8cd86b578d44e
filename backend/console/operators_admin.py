"""People: who signs in, for whom they work, what they may do. For superusers alone.

Whoever may change an operator can make themselves one of any organization, with any permission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group

from access.models import Membership, Operator
from console.callers import operator_of
from console.generic_admin import ModelAdmin, TabularInline, UserAdmin
from console.selection import ensure_ids_are_selected

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class _ForSuperusers:
    def has_module_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).is_superuser

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  the framework's signature
        return operator_of(request).is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  the framework's signature
        return operator_of(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  the framework's signature
        return operator_of(request).is_superuser

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        ensure_ids_are_selected(request)
        response: HttpResponse | None = super().response_action(request, *args, **kwargs)  # type: ignore[misc]
        return response


class MembershipInline(TabularInline[Membership, Operator]):
    model = Membership
    extra = 1


@admin.register(Operator)
class OperatorAdmin(_ForSuperusers, UserAdmin[Operator]):
    """An operator who leaves is made inactive. Name and row stay: the audit trail speaks of them."""

    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_staff", "is_superuser")
    show_full_result_count = False
    inlines = (MembershipInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Operator | None = None) -> tuple[str, ...]:  # noqa: ARG002  the framework's signature
        dates = ("last_login", "date_joined")
        return dates if obj is None else ("username", *dates)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  the framework's signature
        return False


@admin.register(Membership)
class MembershipAdmin(_ForSuperusers, ModelAdmin[Membership]):
    list_display = ("operator", "organization")
    list_select_related = ("operator", "organization")
    list_filter = ("organization",)
    search_fields = ("operator__username",)
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  the framework's signature
        return False


admin.site.unregister(Group)


@admin.register(Group)
class OperatorGroupAdmin(_ForSuperusers, GroupAdmin):
    """Sets of permissions that operators are given together."""
