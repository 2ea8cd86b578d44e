from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from access.application.rename_organization import rename_organization
from access.management.refusals import told_as_command_errors
from access.repositories import get_organization
from core.actor import console_actor

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Gives an organization another name. Its keys, payouts and people stay with it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="its name until now")
        parser.add_argument("name", help="its name from now on")

    def handle(self, *, organization: str, name: str, **_options: Any) -> None:
        with told_as_command_errors():
            renamed = rename_organization(
                organization_id=get_organization(organization).pk, name=name, actor=console_actor()
            )
        self.stdout.write(f"{renamed.pk}\t{renamed}")
