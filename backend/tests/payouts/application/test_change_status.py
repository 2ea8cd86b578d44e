from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from access.caller import ScopeMissing
from access.scopes import EVERY_SCOPE, Scope
from core.exceptions import Refusal
from payouts.application.change_status import change_status
from payouts.application.claim_payouts import claim_payouts
from payouts.application.delete_payout import PayoutUnderWay, delete_payout
from payouts.domain.settlement import AttemptIsOut, NothingWasSent, ReasonNeeded
from payouts.domain.status import InvalidTransition, Status
from payouts.models import Payout, PayoutAttempt
from payouts.rails import get_rail
from payouts.refusals import PayoutNotFound
from tests.factories import NOON, make_caller, make_payout, make_recipient
from tests.payouts.application.engine import attempts_of, history_of, let_time_pass, state_of, work

if TYPE_CHECKING:
    from collections.abc import Callable

    from access.caller import Caller
    from access.models import Organization
    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.domain.rail import Rail
    from payouts.models import Recipient
    from tests.sandbox_bank.bank_client import BankClient


def move(caller: Caller, payout: Payout, target: Status, reason: str = "") -> Payout:
    return change_status(caller=caller, payout_id=payout.pk, target=target, reason=reason, now=NOON)


def unknown_payout(organization: Organization, rail: SandboxRail) -> Payout:
    payout = make_payout(make_recipient(organization, account_number="UA123456780006"))
    work(rail)
    return payout


def test_it_takes_a_payout_over_that_no_worker_then_touches(
    bank: BankClient, rail: SandboxRail, caller: Caller, recipient: Recipient
) -> None:
    payout = make_payout(recipient)

    taken = move(caller, payout, Status.PROCESSING, "paid at the counter")
    work(rail)

    assert (taken.status, taken.stage, taken.rail) == ("PROCESSING", "accepted", "manual")
    assert attempts_of(payout) == [(1, "accepted")]
    assert not bank.ledger()
    assert history_of(payout) == ["Created", "TakenOver"]


@pytest.mark.parametrize(
    ("target", "state", "attempt"),
    [
        (Status.COMPLETED, ("COMPLETED", "confirmed"), "succeeded"),
        (Status.FAILED, ("FAILED", "declined"), "failed"),
    ],
)
def test_it_ends_a_payout_by_hand(
    target: Status, state: tuple[str, str], attempt: str, caller: Caller, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    move(caller, payout, Status.PROCESSING)

    move(caller, payout, target, "receipt 17")

    assert state_of(payout) == state
    assert attempts_of(payout) == [(1, attempt)]
    assert payout.attempts.get().evidence == {"settled_by": caller.actor, "reason": "receipt 17"}


def test_it_records_a_return_of_what_was_paid_by_hand(caller: Caller, recipient: Recipient) -> None:
    payout = make_payout(recipient)
    for target in (Status.PROCESSING, Status.COMPLETED, Status.RETURNED):
        move(caller, payout, target)

    assert state_of(payout) == ("RETURNED", "returned")


@pytest.mark.parametrize(("target", "stage"), [(Status.FAILED, "declined"), (Status.CANCELED, "by_user")])
def test_it_closes_a_payout_of_which_nothing_was_sent(
    target: Status, stage: str, bank: BankClient, rail: SandboxRail, caller: Caller, recipient: Recipient
) -> None:
    payout = make_payout(recipient)

    move(caller, payout, target, "a mistake")
    work(rail)

    assert state_of(payout) == (target.value, stage)
    assert not bank.ledger()


@pytest.mark.parametrize("target", [Status.NEW, Status.COMPLETED, Status.RETURNED])
def test_it_refuses_a_move_that_is_not_in_the_table(
    target: Status, caller: Caller, recipient: Recipient
) -> None:
    payout = make_payout(recipient)

    with pytest.raises(InvalidTransition) as refused:
        move(caller, payout, target)

    assert refused.value.detail == f"Invalid status transition from NEW to {target.value}"


def test_it_refuses_while_the_rail_has_the_payment_in_hand(
    bank: BankClient, rail: SandboxRail, caller: Caller, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    claim_payouts(rail)

    for target in (Status.COMPLETED, Status.FAILED):
        with pytest.raises(AttemptIsOut):
            move(caller, payout, target, "I am sure")
    assert not bank.ledger()


@pytest.mark.parametrize("target", [Status.COMPLETED, Status.FAILED])
def test_it_settles_an_unknown_outcome_with_a_reason_only(
    target: Status, rail: SandboxRail, caller: Caller, organization: Organization
) -> None:
    payout = unknown_payout(organization, rail)
    with pytest.raises(ReasonNeeded):
        move(caller, payout, target)

    move(caller, payout, target, "seen on the bank's statement")

    assert state_of(payout)[0] == target.value


def test_it_does_not_send_again_what_a_person_has_settled(
    bank: BankClient, rail: SandboxRail, caller: Caller, organization: Organization
) -> None:
    payout = unknown_payout(organization, rail)
    move(caller, payout, Status.FAILED, "the bank says it has nothing")
    let_time_pass(rail.timing.horizon)

    work(rail)

    assert state_of(payout) == ("FAILED", "declined")
    assert len(bank.ledger()) == 1


def test_it_stops_the_retries_of_a_payout_and_completes_none(
    rail: SandboxRail, caller: Caller, organization: Organization
) -> None:
    payout = make_payout(make_recipient(organization, account_number="UA123456780003"))
    work(rail)
    assert state_of(payout) == ("PROCESSING", "retry_wait")

    with pytest.raises(NothingWasSent):
        move(caller, payout, Status.COMPLETED, "I am sure")
    move(caller, payout, Status.FAILED, "the customer was paid in cash")

    assert state_of(payout) == ("FAILED", "declined")
    assert payout.failure is not None
    assert payout.failure["source"] == "operator"


@pytest.mark.parametrize("scope", sorted(EVERY_SCOPE - {Scope.PAYOUTS_ADMIN}))
def test_it_is_for_administrators_only(
    scope: Scope, organization: Organization, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    other = make_caller(organization, {scope})

    with pytest.raises(ScopeMissing):
        move(other, payout, Status.CANCELED)
    with pytest.raises(ScopeMissing):
        delete_payout(caller=other, payout_id=payout.pk, now=NOON)


def test_it_does_not_find_another_organizations_payout(
    other_organization: Organization, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    stranger = make_caller(other_organization)

    with pytest.raises(PayoutNotFound):
        move(stranger, payout, Status.CANCELED)
    with pytest.raises(PayoutNotFound):
        delete_payout(caller=stranger, payout_id=payout.pk, now=NOON)


def test_it_deletes_what_was_a_mistake_and_keeps_the_row(
    bank: BankClient, rail: SandboxRail, caller: Caller, recipient: Recipient
) -> None:
    payout = make_payout(recipient)

    delete_payout(caller=caller, payout_id=payout.pk, now=NOON)
    work(rail)

    payout.refresh_from_db()
    assert payout.deleted_at == NOON
    assert history_of(payout) == ["Created", "Deleted"]
    assert not bank.ledger()
    with pytest.raises(PayoutNotFound):
        delete_payout(caller=caller, payout_id=payout.pk, now=NOON)


def test_it_does_not_delete_what_is_under_way(
    bank: BankClient, rail: SandboxRail, caller: Caller, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    work(rail)

    with pytest.raises(PayoutUnderWay):
        delete_payout(caller=caller, payout_id=payout.pk, now=NOON)
    assert len(bank.ledger()) == 1


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_win_of_claim_delete_and_cancel_at_once(caller: Caller, recipient: Recipient) -> None:
    rail = get_rail("sandbox")
    for _ in range(10):
        payout = make_payout(recipient)
        verbs: list[Callable[[], object]] = [
            partial(claim_one, rail),
            partial(delete_payout, caller=caller, payout_id=payout.pk, now=NOON),
            partial(move, caller, payout, Status.CANCELED),
        ]
        with ThreadPoolExecutor(3) as people:
            wins = list(people.map(_try, verbs))

        payout.refresh_from_db()
        assert wins.count(True) == 1
        is_claimed = PayoutAttempt.objects.filter(payout=payout).exists()
        assert wins == [is_claimed, payout.deleted_at is not None, payout.status == "CANCELED"]


def claim_one(rail: Rail) -> None:
    if not claim_payouts(rail).orders:
        raise PayoutUnderWay


def _try(verb: Callable[[], object]) -> bool:
    """Whether the verb was not refused."""
    try:
        verb()
    except Refusal:
        return False
    finally:
        connection.close()
    return True
