from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from access.keeper import shell_keeper
from access.repositories import OperatorNotFound
from sign_in.application.remove_second_factors import remove_second_factors

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Removes the second factors and recovery codes of an operator who has lost them. Where a second "
        "factor is needed, the next sign-in leads to the pages where one is set up."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            remove_second_factors(keeper=shell_keeper(), username=options["username"])
        except OperatorNotFound as error:
            raise CommandError(error.detail) from error
        self.stdout.write("removed")
