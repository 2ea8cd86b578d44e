from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from access.application.create_api_key import create_api_key
from access.management.api_key_options import (
    add_expiry_options,
    add_terms_options,
    expiry_of,
)
from access.management.refusals import told_as_command_errors
from access.repositories import get_organization
from access.scopes import EVERY_SCOPE, Scope
from core.actor import console_actor

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Makes an API key and prints it: it is shown this once. With every scope, from everywhere and for "
        "ever, unless told otherwise."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="the organization's name")
        parser.add_argument("--name", required=True, help="what the key is for")
        add_terms_options(parser)
        add_expiry_options(parser)

    def handle(self, *, organization: str, name: str, **options: Any) -> None:
        now = timezone.now()
        with told_as_command_errors():
            token = create_api_key(
                organization=get_organization(organization),
                name=name,
                scopes=[Scope(scope) for scope in options["scopes"] or EVERY_SCOPE],
                grantable=EVERY_SCOPE,
                allowed_networks=options["networks"] or (),
                expires_at=expiry_of(now, options["expires_in"], options["expires_at"]),
                actor=console_actor(),
                now=now,
            )
        self.stdout.write(token.reveal())
