from __future__ import annotations

import signal
from threading import Event
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from database.encryption import keyring
from payouts.application.rotate_encryption_key import (
    Pace,
    rehash_account_numbers,
    rotate_encryption_key,
)
from payouts.repositories.encryption import ENCRYPTED_MODELS, count_rows_by_key
from sign_in.application.encrypt_factors_anew import encrypt_factors_anew
from sign_in.selectors import count_factors_by_key

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from payouts.application.rotate_encryption_key import Rotation


class Command(BaseCommand):
    help = (
        "Encrypts every account number and every secret of a second factor with the first of "
        "FIELD_ENCRYPTION_KEYS, batch by batch, while the service runs. It can be stopped at any time, and "
        "goes on where it was when it is run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--status", action="store_true", help="only count the rows of each key")
        parser.add_argument(
            "--rehash",
            action="store_true",
            help="make the hashes of account numbers anew with FIELD_HASH_KEY",
        )
        parser.add_argument("--batch-size", type=int, default=200, help="rows that are locked at once")
        parser.add_argument("--pause", type=float, default=0.0, help="seconds between two batches")

    def handle(self, *, status: bool, rehash: bool, batch_size: int, pause: float, **_options: Any) -> None:
        if batch_size < 1 or pause < 0:
            raise CommandError("The batch size must be at least 1, and the pause not negative.")
        if not status:
            pace = Pace(batch_size, pause, _stop_by_signal().is_set)
            self._tell(
                rehash_account_numbers(pace)
                if rehash
                else rotate_encryption_key(pace) + encrypt_factors_anew(pace)
            )
        self._show_keys()

    def _tell(self, rotation: Rotation) -> None:
        self.stdout.write(f"{rotation.changed} rows changed, {rotation.unreadable} unreadable")
        if not rotation.is_complete:
            raise CommandError("Stopped before the end. Run this again to go on.")
        if rotation.unreadable:
            raise CommandError("What could not be read is named in the log. Keep all keys until it can.")

    def _show_keys(self) -> None:
        counts = {model._meta.db_table: count_rows_by_key(model) for model in ENCRYPTED_MODELS}
        for table, count_by_key in {**counts, "second factors": count_factors_by_key()}.items():
            for key_id, count in sorted(count_by_key.items()):
                is_current = " (current)" if key_id == keyring().current.id else ""
                self.stdout.write(f"{table}\t{key_id}{is_current}\t{count}")


def _stop_by_signal() -> Event:
    """Set by the first Ctrl-C or SIGTERM; the batch that is being written is finished."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
