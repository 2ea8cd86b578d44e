from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from access.application.revoke_api_key import revoke_api_key
from access.management.refusals import told_as_command_errors
from core.actor import console_actor

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Revokes an API key: from the next request on it is refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("public_id", help="the part of the key after pk_test_ or pk_live_")

    def handle(self, *, public_id: str, **_options: Any) -> None:
        with told_as_command_errors():
            api_key = revoke_api_key(public_id=public_id, actor=console_actor(), now=timezone.now())
        self.stdout.write(f"revoked {api_key}")
