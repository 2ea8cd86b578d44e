from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from core.exceptions import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def told_as_command_errors() -> Iterator[None]:
    """A refusal becomes one line on the terminal."""
    try:
        yield
    except Refusal as refusal:
        raise CommandError(refusal.detail) from refusal
