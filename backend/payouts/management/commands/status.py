from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError

from database.unavailable import is_database_unavailable, reason_of
from payouts.domain.standing import find_concerns
from payouts.management.standing_pages import as_json, as_text
from payouts.selectors import report_standing

if TYPE_CHECKING:
    from argparse import ArgumentParser

NEEDS_ATTENTION = 1
DATABASE_IS_AWAY = 2


class Command(BaseCommand):
    help = (
        "Shows who works, what waits and what needs attention. "
        "Exits with 0 when all is well, 1 when something needs attention, 2 when the database is away."
    )
    requires_system_checks = ()  # they say nothing of how the service stands

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object, ages in seconds")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            standing = report_standing()
        except (DatabaseError, InterfaceError) as error:
            if not is_database_unavailable(error):
                raise
            raise CommandError(
                f"The database cannot be reached: {reason_of(error)}", returncode=DATABASE_IS_AWAY
            ) from error
        concerns = find_concerns(standing)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(standing, concerns)))
        else:
            self.stdout.write(as_text(standing, concerns))
        if concerns:
            sys.exit(NEEDS_ATTENTION)
