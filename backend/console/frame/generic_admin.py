"""Django's admin classes with the type parameters that their stubs have and they have not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth import admin as auth_admin

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
    from django.contrib.auth.admin import UserAdmin
else:

    class _Subscriptable:
        def __class_getitem__(cls, _models: object) -> type:
            return cls

    class ModelAdmin(_Subscriptable, admin.ModelAdmin):
        pass

    class TabularInline(_Subscriptable, admin.TabularInline):
        pass

    class UserAdmin(_Subscriptable, auth_admin.UserAdmin):
        pass


__all__ = ["ModelAdmin", "TabularInline", "UserAdmin"]
