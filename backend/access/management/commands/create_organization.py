from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from access.application.create_organization import create_organization
from access.environment import Environment
from access.management.refusals import told_as_command_errors
from core.actor import console_actor

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Makes an organization, whose payouts and keys nobody else sees."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--environment", choices=[e.value for e in Environment], default="test")

    def handle(self, *, name: str, environment: str, **_options: Any) -> None:
        with told_as_command_errors():
            organization = create_organization(
                name=name, environment=Environment(environment), actor=console_actor()
            )
        self.stdout.write(f"{organization.pk}\t{organization}")
