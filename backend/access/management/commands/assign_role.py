from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from access.application.assign_role import assign_role
from access.keeper import shell_keeper
from access.management.refusals import told_as_command_errors
from access.repositories import get_operator
from access.roles import Role

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Gives an operator a role, in place of the roles that they have."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the operator's name")
        parser.add_argument("role", choices=[role.value for role in Role])

    def handle(self, *, username: str, role: str, **_options: Any) -> None:
        with told_as_command_errors():
            operator = get_operator(username)
            assign_role(keeper=shell_keeper(), operator_id=operator.pk, role=Role(role))
        self.stdout.write(f"{username} is {role}")
