from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payouts.models import PayoutAttempt
from tests.factories import A_MINUTE, NOON, make_payout
from tests.payouts.models.guards import (
    Write,
    by_both_ways,
    deleted_by_both_ways,
    refused_by,
    write_by_queryset,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from access.models import Organization
    from payouts.models import Payout, Recipient

# Written out from the design, not from the code; then a lawful way from SENDING to each state.
MOVES = {
    "sending": "not_sent accepted unknown succeeded failed returned",
    "not_sent": "sending succeeded failed returned",
    "accepted": "needs_review succeeded failed returned",
    "unknown": "accepted needs_review succeeded failed returned",
    "needs_review": "succeeded failed returned",
    "succeeded": "returned",
    "failed": "succeeded",
    "returned": "",
}
WAYS = {
    "sending": [],
    "not_sent": ["not_sent"],
    "accepted": ["accepted"],
    "unknown": ["unknown"],
    "needs_review": ["unknown", "needs_review"],
    "succeeded": ["succeeded"],
    "failed": ["failed"],
    "returned": ["returned"],
}
LIVE = ["sending", "not_sent", "accepted", "unknown", "needs_review"]
ENDED = ["succeeded", "failed", "returned"]


def draft(payout: Payout, number: int = 1, **changes: Any) -> PayoutAttempt:
    usual = {
        "organization_id": payout.organization_id,
        "payout": payout,
        "number": number,
        "rail": "sandbox",
        "rail_key": f"{payout.reference}-{number}",
        "request_hash": "0" * 64,
        "first_sent_at": NOON,
    }
    return PayoutAttempt(**usual | changes)


@pytest.fixture
def attempt(payout: Payout) -> PayoutAttempt:
    return make_attempt(payout)


def make_attempt(payout: Payout, state: str = "sending", number: int = 1) -> PayoutAttempt:
    attempt = draft(payout, number)
    attempt.save()
    for step in WAYS[state]:
        write_by_queryset(attempt, state=step)
    return attempt


@by_both_ways
@pytest.mark.parametrize("current", MOVES)
def test_it_makes_the_moves_of_the_table_and_no_other(payout: Payout, write: Write, current: str) -> None:
    for target in set(MOVES) - {current}:
        attempt = make_attempt(make_payout(payout.recipient), current)
        if target in MOVES[current].split():
            write(attempt, state=target)
            attempt.refresh_from_db()
            assert attempt.state == target
        else:
            with refused_by("attempt_state_moves"):
                write(attempt, state=target)


WRITTEN_ONCE: dict[str, Any] = {
    "number": 2,
    "rail": "manual",
    "rail_key": "another-key-1",
    "request_hash": "1" * 64,
    "created_at": NOON,
}


@by_both_ways
@pytest.mark.parametrize("column", WRITTEN_ONCE)
def test_it_keeps_what_was_sent(attempt: PayoutAttempt, write: Write, column: str) -> None:
    with refused_by("attempt_written_once"):
        write(attempt, **{column: WRITTEN_ONCE[column]})


@by_both_ways
def test_it_keeps_its_payout(attempt: PayoutAttempt, write: Write, recipient: Recipient) -> None:
    with refused_by("attempt_written_once"):
        write(attempt, payout=make_payout(recipient).pk)


@by_both_ways
def test_it_keeps_its_organization(
    attempt: PayoutAttempt, write: Write, other_organization: Organization
) -> None:
    with refused_by("attempt_written_once"):
        write(attempt, organization=other_organization.pk)


@by_both_ways
def test_it_lets_the_rest_be_written(attempt: PayoutAttempt, write: Write) -> None:
    write(attempt, fence=2, lease_until=NOON, provider_reference="bank-1", number=1)

    attempt.refresh_from_db()
    assert (attempt.fence, attempt.lease_until, attempt.provider_reference) == (2, NOON, "bank-1")


@deleted_by_both_ways
@pytest.mark.parametrize("state", ["sending", "failed"])
def test_it_is_never_deleted(payout: Payout, delete: Callable[[PayoutAttempt], None], state: str) -> None:
    attempt = make_attempt(payout, state)

    with refused_by("attempt_is_never_deleted"):
        delete(attempt)
    assert PayoutAttempt.objects.filter(pk=attempt.pk).exists()


@pytest.mark.parametrize("first", LIVE)
@pytest.mark.parametrize("second", LIVE)
def test_it_is_the_only_live_one_of_its_payout(payout: Payout, first: str, second: str) -> None:
    make_attempt(payout, first)

    with refused_by("attempt_live_is_single"):
        draft(payout, number=2, state=second).save()


@pytest.mark.parametrize("first", ENDED)
def test_it_may_follow_one_that_ended(payout: Payout, first: str) -> None:
    make_attempt(payout, first)
    draft(payout, number=2).save()

    assert payout.attempts.count() == 2


@by_both_ways
def test_it_cannot_come_alive_beside_a_live_one(payout: Payout, write: Write) -> None:
    failed = make_attempt(payout, "failed")
    make_attempt(payout, "sending", number=2)

    with refused_by("attempt_state_moves"):
        write(failed, state="sending")


def test_it_is_the_only_one_with_its_number(payout: Payout) -> None:
    make_attempt(payout, "failed")

    with refused_by("attempt_number_is_single"):
        draft(payout, rail_key="another-key-1").save()


def test_it_is_the_only_one_with_its_key_on_its_rail(payout: Payout, recipient: Recipient) -> None:
    attempt = make_attempt(payout, "failed")

    with refused_by("attempt_rail_key_is_single"):
        draft(make_payout(recipient), rail_key=attempt.rail_key).save()
    draft(make_payout(recipient), rail_key=attempt.rail_key, rail="manual").save()


@by_both_ways
@pytest.mark.parametrize("state", ["", "pending", "SENDING"])
def test_it_is_in_no_state_that_nobody_knows(payout: Payout, write: Write, state: str) -> None:
    with refused_by("attempt_state_is_known"):
        draft(payout, state=state).save()
    with refused_by("attempt_state_moves"):
        write(make_attempt(payout), state=state)


@by_both_ways
@pytest.mark.parametrize("state", ["sending", "not_sent", "needs_review", *ENDED])
def test_it_is_asked_about_only_while_it_is_open(payout: Payout, write: Write, state: str) -> None:
    attempt = make_attempt(payout, state)

    with refused_by("attempt_asked_only_while_open"):
        write(attempt, next_inquiry_at=NOON)


@by_both_ways
@pytest.mark.parametrize("state", ["accepted", "unknown"])
def test_it_can_be_asked_about_while_it_is_open(payout: Payout, write: Write, state: str) -> None:
    attempt = make_attempt(payout, state)
    write(attempt, next_inquiry_at=NOON + A_MINUTE)

    attempt.refresh_from_db()
    assert attempt.next_inquiry_at == NOON + A_MINUTE


@by_both_ways
def test_it_can_be_asked_about_in_review_if_a_person_wants_it(payout: Payout, write: Write) -> None:
    attempt = make_attempt(payout, "needs_review")
    write(attempt, inquiry_requested_by="operator:jane", next_inquiry_at=NOON)

    with refused_by("attempt_asked_only_while_open"):
        write(attempt, inquiry_requested_by="")


@by_both_ways
@pytest.mark.parametrize("state", ["sending", "not_sent", *ENDED])
def test_it_is_asked_about_no_more_by_a_person_than_by_a_sweep(
    payout: Payout, write: Write, state: str
) -> None:
    attempt = make_attempt(payout, state)

    with refused_by("attempt_asked_only_while_open"):
        write(attempt, inquiry_requested_by="operator:jane", next_inquiry_at=NOON)


def test_it_describes_itself_by_its_key(attempt: PayoutAttempt) -> None:
    assert str(attempt) == f"attempt {attempt.rail_key}"
