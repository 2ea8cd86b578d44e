from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import pytest
from django.db import connection

from access.caller import ScopeMissing
from access.scopes import Scope
from core.exceptions import Refusal
from events.models import Event
from payouts.application.claim_payouts import claim_payouts
from payouts.application.delete_payout import delete_payout
from payouts.application.hold_payout import PayoutHeld, PayoutNotReady, hold_payout
from payouts.application.release_payout import PayoutNotHeld, release_payout
from payouts.application.set_aside import RECIPIENT_INACTIVE
from payouts.application.update_recipient import update_recipient
from payouts.domain.recipient import RecipientChanges, RecipientInactive
from payouts.domain.words import UnusableWords
from payouts.rails import get_rail
from payouts.refusals import PayoutNotFound
from tests.factories import NOON, make_payout
from tests.payouts.application.engine import history_of, state_of
from tests.payouts.application.people import everything_but, payout_with, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from access.caller import Caller
    from access.models import Organization
    from payouts.models import Payout, Recipient


class Verb(Protocol):
    def __call__(self, caller: Caller, payout: Payout, reason: str = ...) -> Payout: ...


def hold(caller: Caller, payout: Payout, reason: str = "a second look") -> Payout:
    return hold_payout(caller=caller, payout_id=payout.pk, reason=reason, now=NOON)


def release(caller: Caller, payout: Payout, reason: str = "all is well") -> Payout:
    return release_payout(caller=caller, payout_id=payout.pk, reason=reason, now=NOON)


both_verbs = pytest.mark.parametrize("verb", [hold, release])


@pytest.fixture
def jane(organization: Organization) -> Caller:
    return person(organization)


def last_event(payout: Payout) -> Event:
    return Event.objects.filter(subject_type="payout", subject_id=payout.pk).latest("id")


def set_active(caller: Caller, recipient: Recipient, *, is_active: bool) -> None:
    changes = RecipientChanges(is_active=is_active)
    update_recipient(caller=caller, recipient_id=recipient.pk, changes=changes, now=NOON)


def claimed_ids() -> list[str]:
    return [each.order.reference for each in claim_payouts(get_rail("sandbox")).orders]


def test_it_keeps_a_payout_from_every_worker_and_tells_why(jane: Caller, recipient: Recipient) -> None:
    payout = make_payout(recipient)

    held = hold(jane, payout)

    assert (held.status, held.stage, held.next_run_at) == ("NEW", "on_hold", None)
    assert held.status_details == "Held by operator:jane: a second look"
    assert not claimed_ids()
    told = last_event(payout)
    assert (told.type, told.actor, told.data["reason"]) == ("PayoutHeld", "operator:jane", "a second look")
    assert told.data["stage"] == "on_hold"


def test_it_makes_a_released_payout_due_now(jane: Caller, recipient: Recipient) -> None:
    payout = make_payout(recipient)
    hold(jane, payout)

    released = release(jane, payout)

    assert (released.stage, released.status_details, released.next_run_at) == ("ready", "", NOON)
    told = last_event(payout)
    assert (told.type, told.actor, told.data["reason"]) == ("PayoutReleased", "operator:jane", "all is well")
    assert claimed_ids() == [payout.reference]


@pytest.mark.parametrize("reason", ["a second look", RECIPIENT_INACTIVE])
def test_it_is_not_released_by_its_recipient_being_active_again(
    reason: str, jane: Caller, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    hold(jane, payout, reason)

    set_active(jane, recipient, is_active=False)
    with pytest.raises(RecipientInactive):
        release(jane, payout)
    set_active(jane, recipient, is_active=True)

    assert state_of(payout) == ("NEW", "on_hold")
    release(jane, payout)
    assert history_of(payout) == ["Created", "Held", "Released"]


def test_it_does_not_release_what_waits_for_its_recipient(jane: Caller, recipient: Recipient) -> None:
    payout = make_payout(recipient)
    set_active(jane, recipient, is_active=False)

    with pytest.raises(RecipientInactive):
        release(jane, payout)
    with pytest.raises(PayoutHeld):
        hold(jane, payout)
    set_active(jane, recipient, is_active=True)

    assert history_of(payout) == ["Created", "Held", "Released"]


def test_it_refuses_a_second_hold_and_a_second_release(jane: Caller, recipient: Recipient) -> None:
    payout = make_payout(recipient)
    with pytest.raises(PayoutNotHeld):
        release(jane, payout)
    hold(jane, payout)

    with pytest.raises(PayoutHeld):
        hold(jane, payout)


@pytest.mark.parametrize("state", ["sending", "not_sent", "accepted", "unknown", "needs_review"])
def test_it_holds_nothing_that_was_attempted(state: str, jane: Caller, recipient: Recipient) -> None:
    payout = payout_with(recipient, state)

    with pytest.raises(PayoutNotReady):
        hold(jane, payout)
    with pytest.raises(PayoutNotHeld):
        release(jane, payout)


@both_verbs
def test_it_is_for_those_who_may(verb: Verb, organization: Organization, recipient: Recipient) -> None:
    payout = make_payout(recipient)

    with pytest.raises(ScopeMissing):
        verb(person(organization, scopes=everything_but(Scope.PAYOUTS_ADMIN)), payout)


@both_verbs
def test_it_wants_a_reason(verb: Verb, jane: Caller, recipient: Recipient) -> None:
    payout = make_payout(recipient)
    if verb is release:
        hold(jane, payout)

    with pytest.raises(UnusableWords):
        verb(jane, payout, " ")


@both_verbs
def test_it_finds_no_payout_of_others_and_no_deleted_one(
    verb: Verb, jane: Caller, other_organization: Organization, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    hold(jane, payout)
    with pytest.raises(PayoutNotFound):
        verb(person(other_organization), payout)
    delete_payout(caller=jane, payout_id=payout.pk, now=NOON)

    with pytest.raises(PayoutNotFound):
        verb(jane, payout)


def test_it_keeps_the_reason_of_a_deletion(jane: Caller, recipient: Recipient) -> None:
    payout, other = make_payout(recipient), make_payout(recipient)

    delete_payout(caller=jane, payout_id=payout.pk, reason="made twice", now=NOON)
    delete_payout(caller=jane, payout_id=other.pk, now=NOON)

    assert last_event(payout).data["reason"] == "made twice"
    assert "reason" not in last_event(other).data


def test_it_deletes_nothing_for_a_reason_that_nobody_could_read(jane: Caller, recipient: Recipient) -> None:
    payout = make_payout(recipient)

    with pytest.raises(UnusableWords):
        delete_payout(caller=jane, payout_id=payout.pk, reason="nul\x00", now=NOON)


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_win_of_a_worker_and_a_person(jane: Caller, recipient: Recipient) -> None:
    for _ in range(6):
        payout = make_payout(recipient)
        verbs: list[Callable[[], object]] = [claim_one, lambda: hold(jane, payout)]  # noqa: B023  run in this turn
        with ThreadPoolExecutor(2) as both:
            wins = list(both.map(_try, verbs))

        payout.refresh_from_db()
        assert wins == [payout.stage == "sending", payout.stage == "on_hold"]
        assert payout.attempts.exists() is wins[0]
        assert wins.count(True) == 1


def claim_one() -> None:
    if not claim_payouts(get_rail("sandbox")).orders:
        raise PayoutNotReady


def _try(verb: Callable[[], object]) -> bool:
    """Whether the verb was not refused."""
    try:
        verb()
    except Refusal:
        return False
    finally:
        connection.close()
    return True
