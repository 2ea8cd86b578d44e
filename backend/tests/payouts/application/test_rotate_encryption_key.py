"""Another key, row by row, while the service runs and whatever stops the command."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from base64 import b64encode
from io import StringIO
from itertools import count
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from core.encryption import Keyring
from database.encryption import Encrypted
from payouts.application.rotate_encryption_key import Pace, rehash_account_numbers, rotate_encryption_key
from payouts.application.update_recipient import update_recipient
from payouts.domain.recipient import RecipientChanges
from payouts.models import Payout, Recipient
from payouts.repositories.encryption import ENCRYPTED_MODELS, count_rows_by_key
from payouts.selectors import list_possible_duplicates
from tests import factories
from tests.events.relay_process import BACKEND, database_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from access.models import Organization

OLD, NEW = (f"{name}:{b64encode(name.encode() * 32).decode()}" for name in ("o", "n"))
BOTH = f"{NEW},{OLD}"


@pytest.fixture
def old_key(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = OLD


def number_of(position: int) -> str:
    return f"UA{position:010}"


def fill(organization: Organization, rows: int) -> None:
    for position in range(rows):
        recipient = factories.make_recipient(organization, account_number=number_of(position))
        factories.make_payout(recipient)


def rows_by_key() -> list[dict[str, int]]:
    return [dict(count_rows_by_key(model)) for model in ENCRYPTED_MODELS]


def ensure_everything_is_as_it_was(rows: int) -> None:
    recipients, payouts = Recipient.objects.order_by("id"), Payout.objects.order_by("id")
    expected = [number_of(position) for position in range(rows)]
    assert [recipient.account_number for recipient in recipients][:rows] == expected
    assert [payout.account_number_snapshot for payout in payouts][:rows] == expected


@pytest.mark.usefixtures("old_key")
def test_it_encrypts_every_row_anew_and_changes_nothing_else(
    organization: Organization, settings: Settings
) -> None:
    fill(organization, 7)
    before = list(Payout.objects.order_by("id").values("id", "updated_at", "status", "metadata", "uetr"))
    settings.FIELD_ENCRYPTION_KEYS = BOTH

    rotation = rotate_encryption_key(Pace(batch_size=3))

    assert (rotation.changed, rotation.unreadable, rotation.is_complete) == (14, 0, True)
    assert rows_by_key() == [{"n": 7}, {"n": 7}]
    settings.FIELD_ENCRYPTION_KEYS = NEW
    ensure_everything_is_as_it_was(7)
    assert (
        list(Payout.objects.order_by("id").values("id", "updated_at", "status", "metadata", "uetr")) == before
    )


@pytest.mark.usefixtures("old_key")
def test_it_goes_on_where_it_was_stopped(organization: Organization, settings: Settings) -> None:
    fill(organization, 6)
    settings.FIELD_ENCRYPTION_KEYS = BOTH
    asked = count(1)

    first = rotate_encryption_key(Pace(batch_size=2, is_stopped=lambda: next(asked) > 3))
    assert (first.changed, first.is_complete) == (6, False)
    second = rotate_encryption_key(Pace(batch_size=2))

    assert (second.changed, second.is_complete) == (6, True)
    assert rotate_encryption_key(Pace()).changed == 0
    ensure_everything_is_as_it_was(6)


@pytest.mark.usefixtures("old_key")
def test_it_leaves_what_it_cannot_read_and_says_so(organization: Organization, settings: Settings) -> None:
    fill(organization, 3)
    broken = Recipient.objects.order_by("id")[1]
    elsewhere = Keyring.parse(OLD).encrypt("UA1", place="elsewhere")
    Recipient.objects.filter(pk=broken.pk).update(account_number=Encrypted(elsewhere))
    settings.FIELD_ENCRYPTION_KEYS = BOTH

    rotation = rotate_encryption_key(Pace(batch_size=1))

    assert (rotation.changed, rotation.unreadable, rotation.is_complete) == (5, 1, True)
    assert rows_by_key() == [{"n": 2, "o": 1}, {"n": 3}]
    with pytest.raises(CommandError, match="Keep all keys"):
        call_command("rotate_encryption_key", stdout=StringIO())


@pytest.mark.usefixtures("old_key")
def test_it_counts_the_rows_of_each_key(organization: Organization, settings: Settings) -> None:
    fill(organization, 2)
    settings.FIELD_ENCRYPTION_KEYS = BOTH
    output = StringIO()

    call_command("rotate_encryption_key", "--status", stdout=output)
    call_command("rotate_encryption_key", stdout=output)

    assert output.getvalue().splitlines() == [
        "payouts_recipient\to\t2",
        "payouts_payout\to\t2",
        "4 rows changed, 0 unreadable",
        "payouts_recipient\tn (current)\t2",
        "payouts_payout\tn (current)\t2",
    ]


@pytest.mark.parametrize("arguments", [["--batch-size", "0"], ["--pause", "-1"]])
def test_it_refuses_a_pace_that_is_none(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="must be at least 1"):
        call_command("rotate_encryption_key", *arguments)


def test_it_makes_the_hashes_anew(organization: Organization, settings: Settings) -> None:
    fill(organization, 3)
    twin = factories.make_recipient(organization, account_number=number_of(1))
    settings.FIELD_HASH_KEY = "another"
    late = factories.make_recipient(organization, account_number=number_of(1))
    assert list_possible_duplicates(late) == []

    rotation = rehash_account_numbers(Pace(batch_size=2))

    assert (rotation.changed, rotation.is_complete) == (4, True)
    assert list_possible_duplicates(late) == [Recipient.objects.order_by("id")[1].pk, twin.pk]
    assert rehash_account_numbers(Pace()).changed == 0


@pytest.fixture
def command() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def start(command: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": database_url(),
        "FIELD_ENCRYPTION_KEYS": BOTH,
    }
    arguments = ["--batch-size", "5", "--pause", "0.02"]
    process = subprocess.Popen(
        [sys.executable, "manage.py", "rotate_encryption_key", *arguments],
        cwd=BACKEND,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    command.append(process)
    return process


def rows_of_old_key() -> int:
    """Falls by rotation alone: whatever is written meanwhile is written with the new key."""
    return sum(keys.get("o", 0) for keys in rows_by_key())


def wait_for_some_progress(process: subprocess.Popen[str]) -> None:
    before, deadline = rows_of_old_key(), time.monotonic() + 60
    while rows_of_old_key() > before - 10:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.usefixtures("old_key")
@pytest.mark.django_db(transaction=True)
def test_it_is_killed_and_stopped_under_load_and_gets_there(
    organization: Organization, settings: Settings, command: list[subprocess.Popen[str]]
) -> None:
    rows = 60
    fill(organization, rows)
    settings.FIELD_ENCRYPTION_KEYS = BOTH
    with load(organization) as made:
        killed = start(command)
        wait_for_some_progress(killed)
        killed.kill()
        killed.wait()
        assert rows_of_old_key() > 0

        stopped = start(command)
        wait_for_some_progress(stopped)
        stopped.terminate()
        _, errors = stopped.communicate(timeout=60)
        assert (stopped.returncode, "Run this again to go on" in errors) == (1, True)
        assert rows_of_old_key() > 0

        last = start(command)
        _, errors = last.communicate(timeout=60)
        assert (last.returncode, errors) == (0, "")
    assert rows_of_old_key() == 0
    settings.FIELD_ENCRYPTION_KEYS = NEW
    ensure_everything_is_as_it_was(rows)
    assert Payout.objects.count() == rows + len(made)
    assert made


class load:  # noqa: N801  used as a context manager only
    """Creates payouts and changes recipients all the time, by the use cases; gives what was created."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._stop = threading.Event()
        self._made: list[Payout] = []
        self._thread = threading.Thread(target=self._work)
        self._failed: list[BaseException] = []

    def __enter__(self) -> list[Payout]:
        self._thread.start()
        return self._made

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        assert not self._failed

    def _work(self) -> None:
        try:
            for recipient in self._recipients():
                self._made.append(factories.make_payout(recipient))
                update_recipient(
                    caller=factories.make_caller(self._organization),
                    recipient_id=recipient.pk,
                    changes=RecipientChanges(name=f"Jane {len(self._made)}"),
                    now=timezone.now(),
                )
        except BaseException as error:  # noqa: BLE001  told to the test, which is another thread
            self._failed.append(error)
        finally:
            connection.close()

    def _recipients(self) -> Iterator[Recipient]:
        while not self._stop.is_set():
            for recipient in Recipient.objects.order_by("id"):
                if self._stop.is_set():
                    return
                yield recipient
