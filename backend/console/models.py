from __future__ import annotations

from django.conf import settings
from django.db import models

from access.models import Organization

VIEW_NAME_MAX_LENGTH, VIEW_QUERY_MAX_LENGTH = 60, 4_000


class SavedView(models.Model):
    """The filters of the list of payouts that an operator keeps under a name, for one organization."""

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    name = models.CharField(max_length=VIEW_NAME_MAX_LENGTH)
    # As an address has them.
    query = models.CharField(max_length=VIEW_QUERY_MAX_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # Whoever sees the list may keep views of it.
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "organization", "name"], name="saved_view_name_is_single"
            ),
        ]

    def __str__(self) -> str:
        return self.name
