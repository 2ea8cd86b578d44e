from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from access.application.create_api_key import create_api_key
from access.repositories import OrganizationNotFound, get_organization
from access.scopes import EVERY_SCOPE, Scope
from core.actor import console_actor

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Makes an API key and prints it: it is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="the organization's name")
        parser.add_argument("--name", required=True, help="what the key is for")
        parser.add_argument(
            "--scope",
            action="append",
            dest="scopes",
            choices=sorted(s.value for s in EVERY_SCOPE),
            help="what the key may do; repeat for more, leave out for all",
        )

    def handle(self, *, organization: str, name: str, scopes: list[str] | None, **_options: Any) -> None:
        try:
            owner = get_organization(organization)
        except OrganizationNotFound as refusal:
            raise CommandError(refusal.detail) from refusal
        wanted = [Scope(scope) for scope in scopes] if scopes else EVERY_SCOPE
        token = create_api_key(organization=owner, name=name, scopes=wanted, actor=console_actor())
        self.stdout.write(token.reveal())
