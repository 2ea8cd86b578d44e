from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections

from database.invalid_indexes import mend_invalid_indexes
from database.not_migrated import NotMigrated
from database.schema_lock import alone
from database.schema_patience import patient_builds, until_locks_are_free

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

PATIENCE_SECONDS = 300.0


class Command(migrate.Command):
    help = (
        "Brings the schema up to date while the service runs: alone, never waiting long for a lock that "
        "others queue behind, and trying again while one is held. It can be run again whatever became of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--patience",
            type=float,
            default=PATIENCE_SECONDS,
            metavar="SECONDS",
            help="how long to go on while others hold locks, or while another migrate is at work"
            " (default: %(default)g)",
        )

    def handle(self, *args: Any, patience: float = PATIENCE_SECONDS, **options: Any) -> None:
        if options.get("plan") or options.get("check_unapplied"):
            super().handle(*args, **options)  # only looks
            return
        _ensure_statements_may_take_long()
        connection = connections[options["database"]]
        until = monotonic() + patience
        with alone(connection, until=until, say=self._say), patient_builds(connection, patience):
            until_locks_are_free(
                lambda: super(Command, self).handle(*args, **options),
                connection=connection,
                until=until,
                say=self._say,
            )
            for name in mend_invalid_indexes(connection):
                self._say(f"The index {name} had been left half-built, and has been put right.")

    def _say(self, line: str) -> None:
        self.stderr.write(line)


def _ensure_statements_may_take_long() -> None:
    if settings.ROLE != "command":
        raise NotMigrated(
            f"PAYOUTS_ROLE is {settings.ROLE!r}, whose statements are cut off after some seconds. "
            "Run migrate with PAYOUTS_ROLE=command."
        )
