from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.application.change_api_key import ApiKeyChanges, change_api_key
from access.management.api_key_options import (
    add_expiry_options,
    add_terms_options,
    expiry_of,
)
from access.management.refusals import told_as_command_errors
from access.scopes import EVERY_SCOPE, Scope
from core.actor import console_actor

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from datetime import datetime


class Command(BaseCommand):
    help = "Changes an API key from the next request on. What is not named stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("public_id", help="the part of the key after pk_test_ or pk_live_")
        parser.add_argument("--name", help="what the key is for")
        add_terms_options(parser)
        parser.add_argument("--everywhere", action="store_true", help="let it be used from every network")
        add_expiry_options(parser)
        parser.add_argument("--never-expires", action="store_true", help="take its expiry away")

    def handle(self, *, public_id: str, **options: Any) -> None:
        now = timezone.now()
        changes = _changes(options, now)
        if not changes:
            raise CommandError("Name something to change.")
        with told_as_command_errors():
            api_key = change_api_key(
                public_id=public_id, changes=changes, grantable=EVERY_SCOPE, actor=console_actor(), now=now
            )
        self.stdout.write(f"changed {api_key}")


def _changes(options: dict[str, Any], now: datetime) -> ApiKeyChanges:
    changes = ApiKeyChanges()
    if options["name"]:
        changes["name"] = options["name"]
    if options["scopes"]:
        changes["scopes"] = [Scope(scope) for scope in options["scopes"]]
    if options["networks"] or options["everywhere"]:
        changes["allowed_networks"] = _either(options, "networks", "everywhere") or ()
    expires_at = expiry_of(now, options["expires_in"], options["expires_at"])
    if expires_at or options["never_expires"]:
        changes["expires_at"] = _either({**options, "expiry": expires_at}, "expiry", "never_expires")
    return changes


def _either(options: dict[str, Any], value: str, absence: str) -> Any:
    if options[value] and options[absence]:
        raise CommandError(f"The {value} cannot be given and taken away at once.")
    return options[value]
