"""Records that are not of one organization: of several, or of the whole service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model

from console.frame.console_admin import ReadOnlyAdmin
from console.frame.generic_admin import ModelAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

Record = TypeVar("Record", bound=Model)


class AcrossOrganizationsAdmin(ReadOnlyAdmin[Record]):
    """`visible_to` says whose records they are, in the list and one by one."""

    def visible_to(self, request: HttpRequest) -> QuerySet[Record]:
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        return self.visible_to(request)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Record | None:
        found: Any = ModelAdmin.get_object(self, request, object_id, from_field)
        return found  # type: ignore[no-any-return]
