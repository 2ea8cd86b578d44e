"""People: who signs in, for whom they work, what they may do. For superusers alone.

Whoever may change an operator can make themselves one of any organization, with any permission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group

from access.application.grant_membership import grant_membership
from access.application.withdraw_membership import withdraw_membership
from access.models import Membership, Operator
from console.access.keepers import keeper_of
from console.frame.bulk import MOST_AT_ONCE
from console.frame.callers import actor_of, operator_of
from console.frame.generic_admin import ModelAdmin, UserAdmin
from console.frame.selection import ensure_ids_are_selected
from sign_in.application.remove_second_factors import remove_second_factors

if TYPE_CHECKING:
    from django.db.models import QuerySet
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


@admin.register(Operator)
class OperatorAdmin(_ForSuperusers, UserAdmin[Operator]):
    """An operator who leaves is made inactive. Name and row stay: the audit trail speaks of them."""

    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_staff", "is_superuser")
    show_full_result_count = False
    actions = ("remove_second_factors",)

    def get_readonly_fields(self, request: HttpRequest, obj: Operator | None = None) -> tuple[str, ...]:  # noqa: ARG002  the framework's signature
        dates = ("last_login", "date_joined")
        return dates if obj is None else ("username", *dates)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  the framework's signature
        return False

    @admin.action(description="Remove second factors", permissions=["change"])
    def remove_second_factors(self, request: HttpRequest, queryset: QuerySet[Operator]) -> None:
        """For who has lost telephone, key and codes, and was asked who they are."""
        for operator in queryset[:MOST_AT_ONCE]:
            remove_second_factors(keeper=keeper_of(request), username=operator.username)
            self.message_user(request, f"{operator} has no second factor any more.")


@admin.register(Membership)
class MembershipAdmin(_ForSuperusers, ModelAdmin[Membership]):
    list_display = ("operator", "organization")
    list_select_related = ("operator", "organization")
    list_filter = ("organization",)
    search_fields = ("operator__username",)
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  the framework's signature
        return False

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001  the framework's signature
        obj.pk = _grant(request, obj)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        _withdraw(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.select_related("operator", "organization"):
            _withdraw(request, membership)


def _grant(request: HttpRequest, membership: Membership) -> int:
    granted = grant_membership(
        operator=membership.operator, organization=membership.organization, actor=actor_of(request)
    )
    return granted.pk


def _withdraw(request: HttpRequest, membership: Membership) -> None:
    withdraw_membership(
        operator=membership.operator, organization=membership.organization, actor=actor_of(request)
    )


admin.site.unregister(Group)


@admin.register(Group)
class OperatorGroupAdmin(_ForSuperusers, GroupAdmin):
    """Sets of permissions that operators are given together."""
