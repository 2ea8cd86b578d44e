"""The admin classes of django-unfold with the type parameters that the stubs of Django's have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import admin as auth_admin
from unfold import admin as unfold_admin

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
    from django.contrib.auth.admin import UserAdmin
else:

    class _Subscriptable:
        def __class_getitem__(cls, _models: object) -> type:
            return cls

    class ModelAdmin(_Subscriptable, unfold_admin.ModelAdmin):
        pass

    class TabularInline(_Subscriptable, unfold_admin.TabularInline):
        pass

    class UserAdmin(_Subscriptable, auth_admin.UserAdmin, unfold_admin.ModelAdmin):
        pass


__all__ = ["ModelAdmin", "TabularInline", "UserAdmin"]
