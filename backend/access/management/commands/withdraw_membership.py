from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from access.application.withdraw_membership import withdraw_membership
from access.management.refusals import told_as_command_errors
from access.repositories import get_operator, get_organization
from core.actor import console_actor

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Lets an operator no longer work for an organization."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the operator's name")
        parser.add_argument("organization", help="the organization's name")

    def handle(self, *, username: str, organization: str, **_options: Any) -> None:
        with told_as_command_errors():
            withdraw_membership(
                operator=get_operator(username),
                organization=get_organization(organization),
                actor=console_actor(),
            )
        self.stdout.write(f"{username} does not work for {organization}")
