"""A payout whose account number cannot be decrypted is in nobody's way, and goes when the key is back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from database.clock import database_now
from database.encryption import Encrypted, keyring
from payouts.application.ask_after_restore import ask_after_restore
from payouts.application.change_status import change_status
from payouts.application.put_off import PAUSE
from payouts.bank_details import AccountNumberUnreadable
from payouts.domain.status import Status
from payouts.models import Payout
from payouts.repositories.encryption import save_encrypted_anew
from tests import factories
from tests.payouts.application.engine import let_time_pass, state_of, work

if TYPE_CHECKING:
    from pytest_django import Settings

    from access.caller import Caller
    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.models import Recipient

OTHER_KEY = "other:b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItb3Q="


def test_it_lets_the_others_go(rail: SandboxRail, recipient: Recipient) -> None:
    broken, sound = factories.make_payout(recipient), factories.make_payout(recipient)
    stolen = Payout.objects.values_list("account_number_snapshot", flat=True).get(pk=sound.pk)
    assert isinstance(stolen, Encrypted)
    save_encrypted_anew(Payout, {broken.pk: stolen})

    work(rail)

    assert state_of(sound) == ("COMPLETED", "confirmed")
    (after,) = Payout.objects.filter(pk=broken.pk).values("stage", "attempts_made", "next_run_at")
    assert (after["stage"], after["attempts_made"]) == ("ready", 0)
    assert after["next_run_at"] is not None
    assert after["next_run_at"] - sound.created_at > PAUSE - timedelta(seconds=10)


def test_it_goes_once_the_key_is_back(rail: SandboxRail, recipient: Recipient, settings: Settings) -> None:
    payout = factories.make_payout(recipient)
    known = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = OTHER_KEY
    work(rail)
    assert Payout.objects.filter(pk=payout.pk, stage="ready", attempts_made=0).exists()

    settings.FIELD_ENCRYPTION_KEYS = f"{OTHER_KEY},{known}"
    let_time_pass(PAUSE)
    work(rail)

    assert state_of(payout) == ("COMPLETED", "confirmed")


def make_unreadable(payout: Payout) -> None:
    elsewhere = keyring().encrypt("UA1234567890", place="another row")
    save_encrypted_anew(Payout, {payout.pk: Encrypted(elsewhere)})


def test_it_lets_a_person_end_what_cannot_be_paid(caller: Caller, recipient: Recipient) -> None:
    payout = factories.make_payout(recipient)
    make_unreadable(payout)

    with pytest.raises(AccountNumberUnreadable):
        move(caller, payout, Status.PROCESSING)
    ended = move(caller, payout, Status.FAILED)

    assert (ended.status, ended.attempts_made) == ("FAILED", 0)


def move(caller: Caller, payout: Payout, target: Status) -> Payout:
    return change_status(caller=caller, payout_id=payout.pk, target=target, reason="", now=factories.NOON)


def test_it_holds_after_a_restore_what_cannot_be_read_and_asks_about_the_others(
    rail: SandboxRail, recipient: Recipient
) -> None:
    broken, sound = factories.make_payout(recipient), factories.make_payout(recipient)
    make_unreadable(broken)

    asked = ask_after_restore(rail=rail, stopped_at=database_now(), wait=lambda _seconds: None)
    work(rail)

    assert (asked.payouts, asked.held) == (2, 1)
    assert state_of(sound) == ("COMPLETED", "confirmed")
    assert Payout.objects.filter(pk=broken.pk, stage="ready", next_run_at=None).exists()
