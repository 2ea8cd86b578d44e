from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.frame.filters import RecentColumnFilter

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.http import HttpRequest


class CountryFilter(RecentColumnFilter):
    title = parameter_name = "country"

    def list_values(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[str]:
        """Recipients without a country are among any."""
        return [country for country in super().list_values(request, model_admin) if country]
