from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    _Field = models.Field[str, str]
else:
    _Field = models.Field


class CidrField(_Field):
    """A network in PostgreSQL's own type, which holds nothing else; text in Python."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002  the framework's signature
        return "cidr"

    def from_db_value(self, value: Any, *_: object) -> str | None:
        return None if value is None else str(value)
