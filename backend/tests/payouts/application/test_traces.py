"""Whoever finds out what became of a payout tells it in the trace of the request that made it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from access.scopes import Scope
from core import tracing
from core.event_bus import EventBus
from database.clock import database_now
from events.relay import relay_events
from payouts.application.claim_payouts import claim_payouts
from payouts.application.expire_leases import expire_leases
from payouts.application.settle_payout import settle_payout
from payouts.domain.settlement import Verdict
from payouts.models import Payout
from tests.factories import NOON, make_payout
from tests.infrastructure.traced import Traced, traced
from tests.payouts.application.engine import ask, let_time_pass, unreachable_bank, work
from tests.payouts.application.people import payout_with, person
from tests.payouts.application.test_record_callback import body_about, receive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from access.models import Organization
    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.models import Recipient
    from tests.sandbox_bank.bank_client import BankClient

pytestmark = pytest.mark.django_db(transaction=True)
LONG = timedelta(hours=1)


@pytest.fixture
def told() -> Iterator[Traced]:
    with traced() as told:
        yield told


@pytest.fixture
def payout(recipient: Recipient, told: Traced) -> Payout:  # noqa: ARG001  traced from the beginning
    with tracing.serve("POST", caller=""):
        return make_payout(recipient)


def names_in_trace_of(payout: Payout, told: Traced) -> list[str]:
    """The pieces of work that are told of the payout, in the trace that it was made in."""
    trace_id, span_id = (int(part, 16) for part in payout.traceparent.split("-")[1:3])
    spans = [span for span in told.spans() if span.parent and span.parent.span_id == span_id]
    assert {span.context.trace_id for span in spans} <= {trace_id}
    return [span.name for span in spans if span.attributes.get("payouts.reference") == payout.reference]


def span_of(told: Traced, payout: Payout, name: str) -> Any:
    (span,) = [
        span
        for span in told.spans()
        if span.name == name and span.attributes.get("payouts.reference") == payout.reference
    ]
    return span


def test_it_tells_of_claim_call_and_outcome(rail: SandboxRail, payout: Payout, told: Traced) -> None:
    work(rail)

    assert names_in_trace_of(payout, told) == ["claim", "send", "record COMPLETED"]
    recorded = span_of(told, payout, "record COMPLETED")
    assert dict(recorded.attributes) == {
        "payouts.reference": payout.reference,
        "payouts.organization_id": payout.organization_id,
        "payouts.rail": "sandbox",
        "payouts.attempt": 1,
        "payouts.status": "COMPLETED",
        "payouts.stage": "confirmed",
    }


def test_it_ties_a_batch_to_all_of_its_payouts(rail: SandboxRail, recipient: Recipient, told: Traced) -> None:
    payouts = []
    for number in range(3):
        with tracing.serve("POST", caller=""):
            payouts.append(make_payout(recipient, idempotency_key=f"key-number-{number}"))
    work(rail)

    (batch,) = [span for span in told.spans() if span.name == "process_payouts"]
    traces = {int(tracing.trace_id_of(payout.traceparent), 16) for payout in payouts}
    assert len(traces) == 3
    assert {link.context.trace_id for link in batch.links} == traces
    assert batch.context.trace_id not in traces
    sent = [span_of(told, payout, "send") for payout in payouts]
    assert {link.context.trace_id for span in sent for link in span.links} == {batch.context.trace_id}


def test_it_tells_of_the_relay(payout: Payout, told: Traced) -> None:
    bus = EventBus()
    bus.subscribe(lambda _: None, "PayoutCreated")
    relay_events(bus)

    assert names_in_trace_of(payout, told) == ["relay PayoutCreated"]


def test_it_tells_of_questions_and_their_answer(payout: Payout, told: Traced, rail: SandboxRail) -> None:
    claim_payouts(rail)
    let_time_pass(LONG)
    expire_leases(now=database_now())
    let_time_pass(timedelta(minutes=1))
    ask(rail)

    assert names_in_trace_of(payout, told)[:3] == ["claim", "record PROCESSING", "inquire"]
    assert len(names_in_trace_of(payout, told)) == 4


def test_it_tells_of_a_callback(payout: Payout, told: Traced, rail: SandboxRail) -> None:
    claim_payouts(rail)
    with tracing.serve("POST", caller=""):
        receive(rail, body_about(payout, "executed"))

    assert names_in_trace_of(payout, told) == ["claim", "record COMPLETED"]


def test_it_tells_of_a_settlement_and_names_the_request_of_the_person(
    organization: Organization, recipient: Recipient, told: Traced
) -> None:
    with tracing.serve("POST", caller=""):
        payout = payout_with(recipient, "unknown")
    with tracing.serve("POST", caller=""):
        settle_payout(
            caller=person(organization, scopes=frozenset({Scope.PAYOUTS_ADMIN})),
            payout_id=payout.pk,
            verdict=Verdict.PAID,
            reason="it is on the statement",
            evidence="booked",
            now=NOON,
        )

    assert names_in_trace_of(payout, told)[-1] == "record COMPLETED"
    (link,) = span_of(told, payout, "record COMPLETED").links
    assert link.context.trace_id != int(tracing.trace_id_of(payout.traceparent), 16)


def test_it_tells_that_nothing_was_sent(payout: Payout, told: Traced) -> None:
    with unreachable_bank() as rail:
        work(rail)
    assert names_in_trace_of(payout, told) == ["claim", "send", "record PROCESSING"]


def test_it_tells_nothing_of_a_payout_that_is_not_traced(
    rail: SandboxRail, bank: BankClient, recipient: Recipient, told: Traced
) -> None:
    payout = make_payout(recipient)
    work(rail)

    assert payout.traceparent == ""
    assert len(bank.ledger()) == 1
    assert not [span for span in told.spans() if "payouts.reference" in span.attributes]


def test_it_ignores_what_is_no_traceparent(rail: SandboxRail, recipient: Recipient, told: Traced) -> None:
    payout = make_payout(recipient)
    Payout.objects.filter(pk=payout.pk).update(traceparent="00-by-hand")
    work(rail)

    payout.refresh_from_db()
    assert payout.status == "COMPLETED"
    assert not [span for span in told.spans() if "payouts.reference" in span.attributes]
