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
    wanted = PayoutFilters(**filters)

    window, ids, *_ = plans(
        lambda: find_payouts(organization_id=recipient.organization_id, filters=wanted, window=1)
    )

    for plan in (window, ids):
        assert "Index Only Scan Backward using payout_by_time" in plan


def test_it_counts_figures_without_the_table(recipient: Recipient) -> None:
    add_payout(recipient)
    _drop_indexes("payout_list", "payout_list_by_status", "payout_list_by_recipient")

    (plan,) = plans(lambda: report_figures(organization_id=recipient.organization_id, since=NOON, until=NOON))

    assert "Index Only Scan using payout_by_time" in plan


def _drop_indexes(*names: str) -> None:
    """In a small table, one index is as good as another. They are back after the test."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {', '.join(names)}")


def test_it_finds_what_a_person_has_to_see_by_an_index_of_its_own(recipient: Recipient) -> None:
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
    if "subject_id" in filters:
        _drop_indexes("event_by_time")

    for plan in plans(lambda: find_events(organization_id=1, filters=wanted)):
        assert f"using {index} on events_event" in plan


def test_it_counts_what_needs_a_person_by_indexes_of_what_needs_one(recipient: Recipient) -> None:
    organization_id = recipient.organization_id

    (plan,) = plans(lambda: count_what_needs_a_person(organization_id=organization_id, now=NOON))

    assert plan.count("payout_for_people") == 3
    assert plan.count("payout_by_time") == 1
    assert plan.count("settlement_open_is_single") == 1
    assert "Seq Scan" not in plan
