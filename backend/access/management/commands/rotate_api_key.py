from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from access.application.rotate_api_key import DEFAULT_OVERLAP, rotate_api_key
from access.management.api_key_options import (
    add_expiry_options,
    expiry_of,
    read_duration,
)
from access.management.refusals import told_as_command_errors
from access.scopes import EVERY_SCOPE
from core.actor import console_actor

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Makes an API key that takes over from another, and prints it: it is shown this once. Both work "
        "until the overlap is over; then the old one ends."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("public_id", help="the part of the old key after pk_test_ or pk_live_")
        overlap = parser.add_mutually_exclusive_group()
        overlap.add_argument(
            "--overlap",
            type=read_duration,
            default=DEFAULT_OVERLAP,
            metavar="24h",
            help="how long the old key still works; a day, when nothing is said",
        )
        overlap.add_argument("--keep-old", action="store_true", help="leave the old key as it is")
        add_expiry_options(parser)

    def handle(self, *, public_id: str, **options: Any) -> None:
        now = timezone.now()
        with told_as_command_errors():
            token = rotate_api_key(
                public_id=public_id,
                grantable=EVERY_SCOPE,
                overlap=None if options["keep_old"] else options["overlap"],
                expires_at=expiry_of(now, options["expires_in"], options["expires_at"]),
                actor=console_actor(),
                now=now,
            )
        self.stdout.write(token.reveal())
