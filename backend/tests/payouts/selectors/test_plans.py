"""By which indexes the lists are read. The tables of a test are too small for the planner to choose them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from events.selectors import EventFilters, find_events
from payouts.domain.status import Stage, Status
from payouts.selectors import PayoutFilters, count_what_needs_a_person, find_payouts, report_figures
from tests.console_load.measuring import plan_of, statements_asked
from tests.factories import NOON
from tests.payouts.selectors.rows import add_payout

if TYPE_CHECKING:
    from collections.abc import Callable

    from payouts.models import Recipient

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _large_tables(db: None) -> None:  # noqa: ARG001  asks for the database
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")


def plans(ask: Callable[[], object]) -> list[str]:
    with statements_asked() as statements:
        ask()
    return [plan_of(statement) for statement in statements]


@pytest.mark.parametrize(
    "filters",
    [
        {"currency": "EUR"},
        {"rail": "sandbox"},
        {"statuses": (Status.COMPLETED, Status.FAILED)},
        {"stage": Stage.CONFIRMED},
        {"amount_from": Decimal(1), "amount_to": Decimal(1_000)},
        {"statuses": (Status.COMPLETED,), "recipient_id": 1, "created_from": NOON, "created_to": NOON},
    ],
    ids=str,
)
def test_it_looks_through_payouts_without_the_table(recipient: Recipient, filters: dict[str, Any]) -> None:
    add_payout(recipient)
    _drop_rivals()
    wanted = PayoutFilters(**filters)

    window, ids, *_ = plans(
        lambda: find_payouts(organization_id=recipient.organization_id, filters=wanted, window=1)
    )

    for plan in (window, ids):
        assert "Index Only Scan Backward using payout_by_time" in plan


def _drop_rivals() -> None:
    """Which index is cheapest in a small table depends on what other tests left in its pages."""
    _drop_indexes("payout_list", "payout_list_by_status", "payout_list_by_recipient")
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE payouts_payout"
            " DROP CONSTRAINT payout_key_is_single, DROP CONSTRAINT payout_reference_is_single"
        )


def test_it_counts_figures_without_the_table(recipient: Recipient) -> None:
    add_payout(recipient)
    _drop_rivals()

    (plan,) = plans(lambda: report_figures(organization_id=recipient.organization_id, since=NOON, until=NOON))

    assert "Index Only Scan using payout_by_time" in plan


def _drop_indexes(*names: str) -> None:
    """In a small table, one index is as good as another. They are back after the test."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {', '.join(names)}")


def test_it_finds_what_a_person_has_to_see_by_an_index_of_its_own(recipient: Recipient) -> None:
    _drop_rivals()
    _drop_indexes("payout_by_time")  # in a small table it may do as well
    wanted = PayoutFilters(stage=Stage.UNKNOWN)

    (plan, *_) = plans(lambda: find_payouts(organization_id=recipient.organization_id, filters=wanted))

    assert "Scan Backward using payout_for_people" in plan


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "event_by_time"),
        ({"actor": "engine"}, "event_by_time"),
        ({"actor": "operator:jane"}, "event_by_person"),
        ({"actor": "shell"}, "event_by_person"),
        ({"type": "PayoutReturned"}, "event_of_note"),
        ({"type": "PayoutCreated"}, "event_by_time"),
        ({"request_id": "request-1"}, "event_by_request"),
        ({"subject_type": "payout", "subject_id": 1}, "event_history_of_subject"),
    ],
    ids=str,
)
def test_it_reads_events_by_an_index(filters: dict[str, Any], index: str) -> None:
    wanted = EventFilters(**filters)
    if index != "event_by_time":  # it serves every question, after a fashion
        _drop_indexes("event_by_time")

    for plan in plans(lambda: find_events(organization_id=1, filters=wanted)):
        assert f"using {index} on events_event" in plan


@pytest.mark.parametrize(
    ("index", "rival", "uses"),
    [("payout_for_people", "payout_by_time", 3), ("payout_by_time", "payout_for_people", 4)],
)
def test_it_counts_what_needs_a_person_by_indexes(
    recipient: Recipient, index: str, rival: str, uses: int
) -> None:
    organization_id = recipient.organization_id
    _drop_rivals()
    _drop_indexes(rival)  # in a small table each of the two may do for the other

    (plan,) = plans(lambda: count_what_needs_a_person(organization_id=organization_id, now=NOON))

    assert plan.count(index) == uses
    assert plan.count("settlement_open_is_single") == 1
    # What failed today is found by the index of time alone.
    assert plan.count("Seq Scan") == (index == "payout_for_people")
