from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.management.refusals import told_as_command_errors
from access.repositories import get_organization
from payouts.management.commands.setup_demo import DEMO_ORGANIZATION
from payouts.management.demo.seeding import Demo, seed_demo

if TYPE_CHECKING:
    from argparse import ArgumentParser

_TOLD_EVERY = 50_000
_MOST_WEEKS = 520


class Command(BaseCommand):
    help = (
        "Fills a test organization with weeks of payouts in every state, as they would be there had it been "
        "at work: to look at, and to measure with. Nothing of it is sent, asked about or paid by itself. "
        "Refuses a database with a live organization. There is no way to remove it but to drop the database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", default=DEMO_ORGANIZATION, help="its name (%(default)s)")
        parser.add_argument("--payouts", type=int, default=4_000, help="how many (%(default)s)")
        parser.add_argument("--weeks", type=int, default=6, help="over how long (%(default)s)")
        parser.add_argument("--seed", type=int, default=1, help="the same gives the same (%(default)s)")

    def handle(self, *, organization: str, payouts: int, weeks: int, seed: int, **_options: Any) -> None:
        if payouts < 1 or not 1 <= weeks <= _MOST_WEEKS:
            raise CommandError(f"At least one payout, over 1 to {_MOST_WEEKS} weeks.")
        began, self._written = monotonic(), 0
        with told_as_command_errors():
            demo = Demo(
                organization=get_organization(organization),
                payouts=payouts,
                weeks=weeks,
                seed=seed,
                now=timezone.now(),
            )
            is_new = seed_demo(demo, tell=self._tell)
        if is_new:
            self.stdout.write(f"{payouts} payouts of {weeks} weeks in {monotonic() - began:.0f} s.")
        else:
            self.stdout.write(f"{organization} has the data of seed {seed} already: nothing was added.")

    def _tell(self, written: int) -> None:
        before, self._written = self._written, self._written + written
        if self._written // _TOLD_EVERY > before // _TOLD_EVERY:
            self.stdout.write(f"{self._written} payouts")
            self.stdout.flush()
