from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payouts.models import Settlement
from tests.factories import NOON, make_payout
from tests.payouts.models.guards import (
    Write,
    by_both_ways,
    deleted_by_both_ways,
    refused_by,
    write_by_queryset,
)
from tests.payouts.models.test_attempt import make_attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from access.models import Organization
    from payouts.models import Payout, Recipient

DECIDED = {"decided_by": "operator:bob", "decided_at": NOON}
STATES = ["proposed", "carried_out", "refused", "overtaken"]


def draft(payout: Payout, state: str = "proposed", **changes: Any) -> Settlement:
    usual = {
        "organization_id": payout.organization_id,
        "payout": payout,
        "attempt": payout.attempts.first() or make_attempt(payout, "unknown"),
        "verdict": "paid",
        "reason": "it is on the statement",
        "evidence": "line 17",
        "needs_two_people": True,
        "state": state,
        "proposed_by": "operator:jane",
        "proposed_at": NOON,
    }
    decided = {} if state == "proposed" else DECIDED
    return Settlement(**usual | decided | changes)


def make_settlement(payout: Payout, state: str = "proposed") -> Settlement:
    settlement = draft(payout, state)
    settlement.save()
    return settlement


@by_both_ways
@pytest.mark.parametrize("state", ["carried_out", "refused", "overtaken"])
def test_it_is_decided_once_and_for_good(payout: Payout, write: Write, state: str) -> None:
    settlement = make_settlement(payout)
    write(settlement, state=state, decision_reason="seen", **DECIDED)

    for changes in ({"state": other} for other in STATES if other != state):
        with refused_by("settlement_decided_for_good"):
            write(settlement, **changes)
    with refused_by("settlement_decided_for_good"):
        write(settlement, decision_reason="something else")


AS_PROPOSED: dict[str, Any] = {
    "verdict": "not_paid",
    "reason": "another",
    "evidence": "line 18",
    "needs_two_people": False,
    "proposed_by": "operator:eve",
    "proposed_at": NOON.replace(year=2027),
}


@by_both_ways
@pytest.mark.parametrize("column", AS_PROPOSED)
def test_it_keeps_what_was_proposed(payout: Payout, write: Write, column: str) -> None:
    settlement = make_settlement(payout)

    with refused_by("settlement_as_proposed"):
        write(settlement, **{column: AS_PROPOSED[column]})


@by_both_ways
def test_it_keeps_what_it_is_about(
    payout: Payout, write: Write, recipient: Recipient, other_organization: Organization
) -> None:
    settlement, other = make_settlement(payout), make_payout(recipient)

    for changes in (
        {"organization": other_organization.pk},
        {"payout": other.pk},
        {"attempt": make_attempt(other).pk},
    ):
        with refused_by("settlement_as_proposed"):
            write(settlement, **changes)


@deleted_by_both_ways
@pytest.mark.parametrize("state", ["proposed", "refused"])
def test_it_is_never_deleted(payout: Payout, delete: Callable[[Settlement], None], state: str) -> None:
    settlement = make_settlement(payout, state)

    with refused_by("settlement_is_never_deleted"):
        delete(settlement)


def test_it_is_the_only_open_one_of_its_payout(payout: Payout, recipient: Recipient) -> None:
    for state in ("refused", "overtaken", "proposed"):
        make_settlement(payout, state)
    make_settlement(make_payout(recipient))

    with refused_by("settlement_open_is_single"):
        draft(payout).save()


def test_it_is_carried_out_by_two_people_where_two_are_needed(payout: Payout) -> None:
    alone = {"decided_by": "operator:jane"}
    with refused_by("settlement_has_two_people"):
        draft(payout, "carried_out", **alone).save()
    settlement = make_settlement(payout)
    with refused_by("settlement_has_two_people"):
        write_by_queryset(settlement, state="carried_out", decided_by="operator:jane", decided_at=NOON)

    draft(payout, "carried_out", needs_two_people=False, **alone).save()
    write_by_queryset(settlement, state="refused", decided_by="operator:jane", decided_at=NOON)


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        ("proposed", DECIDED),
        ("proposed", {"decided_by": "operator:bob"}),
        ("proposed", {"decided_at": NOON}),
        *((state, {"decided_by": ""}) for state in STATES[1:]),
        *((state, {"decided_at": None}) for state in STATES[1:]),
    ],
)
def test_it_has_person_and_time_exactly_when_it_is_decided(
    payout: Payout, state: str, changes: dict[str, Any]
) -> None:
    with refused_by("settlement_decision_has_person"):
        draft(payout, state, **changes).save()


@pytest.mark.parametrize("column", ["reason", "evidence", "proposed_by"])
def test_it_says_who_says_what_and_why(payout: Payout, column: str) -> None:
    with refused_by("settlement_is_reasoned"):
        draft(payout, **{column: ""}).save()


def test_it_has_no_state_and_no_verdict_that_nobody_knows(payout: Payout) -> None:
    with refused_by("settlement_state_is_known"):
        draft(payout, "lost").save()
    with refused_by("settlement_verdict_is_known"):
        draft(payout, verdict="maybe").save()


def test_it_describes_itself_without_what_people_wrote(payout: Payout) -> None:
    settlement = make_settlement(payout)

    assert str(settlement) == f"settlement {settlement.pk}: paid, proposed"
