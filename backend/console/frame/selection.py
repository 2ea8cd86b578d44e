from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import SuspiciousOperation

from payouts.api.fields import find_id

if TYPE_CHECKING:
    from django.http import HttpRequest


def ensure_ids_are_selected(request: HttpRequest) -> None:
    """Django would fail on a selected row whose id is none. Raises SuspiciousOperation."""
    if any(find_id(text) is None for text in request.POST.getlist(ACTION_CHECKBOX_NAME)):
        raise SuspiciousOperation("A selected id is not an id.")
