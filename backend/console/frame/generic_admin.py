"""The admin class of django-unfold with the type parameter that the stubs of Django's has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unfold import admin as unfold_admin

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
else:

    class ModelAdmin(unfold_admin.ModelAdmin):
        def __class_getitem__(cls, _model: object) -> type:
            return cls


__all__ = ["ModelAdmin"]
