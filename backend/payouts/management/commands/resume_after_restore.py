from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from database.clock import database_now
from payouts.application.ask_after_restore import AskedRail, WorkerIsAtWork, ask_after_restore
from payouts.rails import list_automatic_rails

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from payouts.domain.rail import Rail


class Command(BaseCommand):
    help = (
        "After the database was restored, and before web, relay, workers and beat start: asks every rail "
        "what became of unfinished payouts, so that none is sent that was sent before. Run it until it exits "
        "with 0; what a rail did not answer for is held meanwhile. It refuses while a worker is at work."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--skip-wait",
            action="store_true",
            help="ask at once: the last worker stopped longer ago than the settle window of every rail",
        )

    def handle(self, *, skip_wait: bool, **_options: Any) -> None:
        asked = [self._ask(rail, skip_wait=skip_wait) for rail in list_automatic_rails()]
        if held := sum(each.held for each in asked):
            raise CommandError(f"{held} payouts are held, since their rail did not answer. Run this again.")

    def _ask(self, rail: Rail, *, skip_wait: bool) -> AskedRail:
        stopped_at = database_now() - rail.timing.settle_window if skip_wait else database_now()
        try:
            asked = ask_after_restore(rail=rail, stopped_at=stopped_at, wait=time.sleep)
        except WorkerIsAtWork as refusal:
            raise CommandError(f"{refusal.detail} ({refusal.code})") from refusal
        self.stdout.write(
            f"{rail.code}: asked about {asked.payouts} payouts, found {asked.found} attempts that were "
            f"forgotten, {asked.held} payouts held"
        )
        return asked
