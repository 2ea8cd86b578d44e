from __future__ import annotations

from django.core.management.base import CommandError


class NotMigrated(CommandError):  # noqa: N818  an answer to the person, not a fault
    """Why `migrate` has not brought the schema up to date, and what to do. It can be run again."""
