from __future__ import annotations

from collections import Counter
from datetime import timedelta
from io import StringIO
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count
from ulid import ULID

from access.environment import Environment
from access.models import ApiKey, Operator
from events.models import Event, PendingEvent
from infrastructure.payouts.tasks import expire_leases, inquire_everywhere, process_payouts
from payouts.application.payment_order import order_hash, payment_order
from payouts.domain.attempt import AttemptState
from payouts.domain.bank_identifiers import ensure_bank_details
from payouts.domain.events import PayoutEvent
from payouts.domain.status import Stage, Status
from payouts.management.demo.fates import ENDS, Fates
from payouts.management.demo.patterns import Patterns
from payouts.management.demo.people import SOURCES
from payouts.management.demo.places import PLACES
from payouts.management.demo.recipients import account_number, plan_payees
from payouts.management.demo.requests import Requests
from payouts.management.demo.seeding import TOLD_ALONE, Demo, seed_demo
from payouts.management.demo.timetable import moments
from payouts.models import Payout, PayoutAttempt, Recipient
from payouts.selectors import report_standing
from tests.factories import NOON, make_organization

if TYPE_CHECKING:
    from access.models import Organization

pytestmark = pytest.mark.django_db

PAYOUTS = 600
# What nothing in the service leads to yet.
NOT_YET = {
    Stage.SCHEDULED,
    Stage.AWAITING_APPROVAL,
    Stage.AWAITING_FUNDS,
    Stage.SENT,
    Stage.REJECTED,
    Stage.BLOCKED,
    Stage.EXPIRED,
    Stage.BY_SYSTEM,
    Stage.RECALLED,
}


# So few that most of the others share the lives of patterns.
FEW_ALONE = 100


def seed(organization: Organization, *, payouts: int = PAYOUTS, seed: int = 1, **more: Any) -> bool:
    settings: dict[str, Any] = {"now": NOON} | more
    demo = Demo(organization=organization, payouts=payouts, weeks=6, seed=seed, **settings)
    return seed_demo(demo, tell=lambda _written: None)


@pytest.fixture(params=[TOLD_ALONE, FEW_ALONE], ids=["each told alone", "most by patterns"])
def demo(organization: Organization, request: pytest.FixtureRequest) -> Organization:
    assert seed(organization, seed=3, told_alone=request.param)
    return organization


def test_it_shows_every_state_that_payouts_come_to(demo: Organization) -> None:
    payouts = Payout.objects.filter(organization=demo)

    assert payouts.count() == PAYOUTS
    assert set(payouts.values_list("status", flat=True)) == {status.value for status in Status}
    assert set(payouts.values_list("stage", flat=True)) == {stage.value for stage in set(Stage) - NOT_YET}
    assert payouts.filter(deleted_at__isnull=False).exists()
    assert payouts.filter(rail="manual").exists()


def test_it_leaves_nothing_for_the_running_service_to_do(demo: Organization) -> None:
    before = everything_open()

    process_payouts("sandbox")
    inquire_everywhere()
    expire_leases()

    assert everything_open() == before
    assert not PendingEvent.objects.filter(
        event__organization_id=demo.pk, event__subject_type="payout"
    ).exists()


def everything_open() -> list[Any]:
    return [list(model.objects.order_by("pk").values_list()) for model in (Payout, PayoutAttempt)]


def test_it_shows_no_payout_as_left_behind(demo: Organization) -> None:  # noqa: ARG001  it is there
    standing = report_standing()

    waiting = (*standing.due.values(), standing.expired_leases, standing.held, standing.not_asked_about)
    assert [each.count for each in waiting] == [0, 0, 0, 0]
    assert standing.unknown.count
    assert standing.needs_review.count


def test_it_writes_what_can_be_read_again(demo: Organization) -> None:  # noqa: ARG001  it is there
    numbers = {recipient.pk: recipient.account_number for recipient in Recipient.objects.all()}

    assert all(
        payout.account_number_snapshot == numbers[payout.recipient_id] for payout in Payout.objects.all()
    )


def test_it_names_payouts_in_the_order_of_their_creation(demo: Organization) -> None:
    payouts = list(Payout.objects.filter(organization=demo).order_by("pk"))

    assert [payout.created_at for payout in payouts] == sorted(payout.created_at for payout in payouts)
    for payout in payouts:
        assert ULID.from_str(payout.reference).milliseconds == int(payout.created_at.timestamp() * 1_000)
        assert payout.end_to_end_id == f"PO{payout.reference}"
        assert payout.uetr.version == 4
    assert len({payout.uetr for payout in payouts}) == PAYOUTS


def test_it_writes_what_was_asked_for_and_sent_as_the_service_does(demo: Organization) -> None:
    payouts = Payout.objects.filter(organization=demo)
    attempts = PayoutAttempt.objects.filter(organization=demo).select_related("payout")

    assert all(payout.requested_content.fingerprint() == payout.request_fingerprint for payout in payouts)
    for attempt in attempts:
        order = payment_order(attempt.payout, attempt_number=attempt.number)
        assert attempt.rail_key == order.rail_key
        assert attempt.request_hash == order_hash(order, organization_id=demo.pk)
    made = Counter(attempt.payout_id for attempt in attempts)
    assert all(payout.attempts_made == made[payout.pk] for payout in payouts)


def test_it_tells_of_the_payout_that_an_event_is_about(demo: Organization) -> None:
    named = {payout.pk: payout.reference for payout in Payout.objects.filter(organization=demo)}
    events = list(Event.objects.filter(organization_id=demo.pk, subject_type="payout"))

    for event in events:
        assert event.data["reference"] == named[event.subject_id]
        assert event.data.get("rail_key", event.data["reference"]).startswith(named[event.subject_id])
    asked = [event.request_id for event in events if event.request_id]
    assert len(set(asked)) == len(asked) >= PAYOUTS
    assert {UUID(request_id).version for request_id in asked} == {4}


def test_it_tells_each_life_from_the_first_event_to_the_last(demo: Organization) -> None:
    """The last event of a payout says where it stands, and none of a life is later than now."""
    for payout in Payout.objects.filter(organization=demo, deleted_at=None):
        events = list(Event.objects.filter(subject_type="payout", subject_id=payout.pk).order_by("pk"))
        assert events[0].type == PayoutEvent.CREATED
        assert (events[0].occurred_at, events[0].actor) == (payout.created_at, payout.created_by)
        assert (events[-1].data["status"], events[-1].data["stage"]) == (payout.status, payout.stage)
        assert events[-1].occurred_at == payout.updated_at
        assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)
    assert not Event.objects.filter(subject_type="payout", occurred_at__gt=NOON).exists()


def test_it_keeps_the_evidence_of_every_end(demo: Organization) -> None:
    paid = PayoutAttempt.objects.filter(organization=demo, state=AttemptState.SUCCEEDED.value)

    assert paid.exists()
    assert not paid.filter(evidence={}).exists()
    assert not paid.filter(rail="sandbox", provider_reference="", evidence__has_key="reply").exists()
    completed = Payout.objects.filter(organization=demo, status=Status.COMPLETED.value)
    assert set(paid.values_list("payout_id", flat=True)) == set(completed.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_it_lets_indexes_be_read_without_the_tables_at_once(organization: Organization) -> None:
    seed(organization, payouts=20)

    with connection.cursor() as cursor:
        cursor.execute("SELECT relallvisible FROM pg_class WHERE oid = 'payouts_payout'::regclass")
        assert cursor.fetchone()[0] > 0


def test_it_adds_nothing_when_it_is_run_again(demo: Organization) -> None:
    before = (Payout.objects.count(), Event.objects.count(), ApiKey.objects.count(), Operator.objects.count())

    assert not seed(demo, seed=3)

    assert before == (
        Payout.objects.count(),
        Event.objects.count(),
        ApiKey.objects.count(),
        Operator.objects.count(),
    )


@pytest.mark.parametrize(("payouts", "told_alone"), [(60, TOLD_ALONE), (500, FEW_ALONE)])
def test_it_gives_the_same_for_the_same_seed(payouts: int, told_alone: int) -> None:
    one, another, other_seed = (make_organization(name) for name in ("One", "Another", "Other"))
    seed(one, payouts=payouts, told_alone=told_alone)
    seed(another, payouts=payouts, told_alone=told_alone)
    seed(other_seed, payouts=payouts, told_alone=told_alone, seed=2)

    assert told_of(one) == told_of(another)
    assert told_of(one) != told_of(other_seed)


def told_of(organization: Organization) -> list[Any]:
    columns = (
        "reference",
        "uetr",
        "idempotency_key",
        "amount_minor",
        "currency",
        "status",
        "stage",
        "recipient_name_snapshot",
        "created_at",
        "updated_at",
        "attempts__provider_reference",
    )
    return list(
        Payout.objects.filter(organization=organization)
        .order_by("pk", "attempts__number")
        .values_list(*columns)
    )


def test_it_refuses_a_live_organization_and_a_database_that_has_one() -> None:
    test = make_organization("Test")
    make_organization("Live", Environment.LIVE)

    for name in ("Live", "Test"):
        with pytest.raises(CommandError, match="live organization"):
            call_command("seed_demo", organization=name, payouts=5)
    assert not Payout.objects.filter(organization=test).exists()


def test_it_says_what_it_has_done(organization: Organization) -> None:
    output = StringIO()

    call_command("seed_demo", organization=organization.name, payouts=20, stdout=output)
    call_command("seed_demo", organization=organization.name, payouts=20, stdout=output)

    assert "20 payouts of 6 weeks" in output.getvalue()
    assert "nothing was added" in output.getvalue()


@pytest.mark.parametrize("arguments", [{"payouts": 0}, {"weeks": 0}, {"weeks": 10_000}])
def test_it_refuses_what_makes_no_past(organization: Organization, arguments: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="At least one payout"):
        call_command("seed_demo", organization=organization.name, **arguments)


def test_it_knows_account_numbers_that_the_rules_accept() -> None:
    rng = Random(1)
    for place in PLACES:
        number = account_number(rng, place)
        ensure_bank_details(account_number=number, bank_code="", country=place.country)


def test_it_leads_as_many_to_each_end_when_they_live_by_patterns(organization: Organization) -> None:
    seed(organization, payouts=6_000, told_alone=FEW_ALONE)

    ends = Counter(Payout.objects.exclude(status=Status.NEW).values_list("status", flat=True))
    shares = {status: count / sum(ends.values()) for status, count in ends.items()}
    assert shares[Status.COMPLETED] == pytest.approx(0.93, abs=0.02)
    assert shares[Status.FAILED] == pytest.approx(0.04, abs=0.01)
    assert shares[Status.RETURNED] == pytest.approx(0.013, abs=0.006)
    attempts = PayoutAttempt.objects.exclude(provider_reference="").values_list(
        "provider_reference", flat=True
    )
    assert len(set(attempts)) == len(attempts)
    most = Payout.objects.values("recipient").annotate(payouts=Count("pk")).order_by("-payouts").first()
    assert most is not None
    assert most["payouts"] < 6_000 * 0.05


def test_it_lets_nobody_live_what_would_not_have_ended_yet() -> None:
    rng, first, age = Random(1), NOON - timedelta(weeks=6), timedelta(minutes=10)
    payees = plan_payees(rng, organization_id=1, payouts=1, first=first, now=NOON)
    requests = Requests(rng, seed=1, payees=payees, keys={name: ApiKey(public_id=name) for name in SOURCES})
    patterns = Patterns(rng, requests, payouts=1, first=first, now=NOON)

    assert all(patterns.draw(fate, age=age).lasts < age for fate in ENDS for _ in range(20))


def test_it_has_its_times_in_order_when_there_are_very_many() -> None:
    times = list(moments(Random(1), count=200_000, first=NOON - timedelta(weeks=1), now=NOON))

    assert times == sorted(times)


def test_it_spreads_payouts_over_the_week_and_ends_now() -> None:
    first = NOON - timedelta(weeks=6)
    times = list(moments(Random(1), count=3_000, first=first, now=NOON))

    assert len(times) == 3_000
    assert times == sorted(times)
    assert first <= times[0] < times[-1] < NOON
    by_weekday = [sum(each.weekday() == day for each in times) for day in range(7)]
    assert max(by_weekday[5:]) < min(by_weekday[:5]) * 0.7


def test_it_finds_a_fate_for_few_payouts_and_for_many() -> None:
    for payouts in (1, 30, 250_000):
        fates = Fates(Random(1), payouts=payouts)
        assert fates.of(payouts - 1, age=timedelta(0))
