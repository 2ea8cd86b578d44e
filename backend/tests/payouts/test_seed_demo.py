from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from access.environment import Environment
from access.models import ApiKey, Operator
from events.models import Event, PendingEvent
from infrastructure.payouts.tasks import expire_leases, inquire_everywhere, process_payouts
from payouts.domain.attempt import AttemptState
from payouts.domain.bank_identifiers import ensure_bank_details
from payouts.domain.events import PayoutEvent
from payouts.domain.status import Stage, Status
from payouts.management.demo.fates import Fates
from payouts.management.demo.places import PLACES
from payouts.management.demo.recipients import account_number
from payouts.management.demo.seeding import Demo, seed_demo
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


def seed(organization: Organization, *, payouts: int = PAYOUTS, seed: int = 1, now: datetime = NOON) -> bool:
    demo = Demo(organization=organization, payouts=payouts, weeks=6, seed=seed, now=now)
    return seed_demo(demo, tell=lambda _written: None)


@pytest.fixture
def demo(organization: Organization) -> Organization:
    assert seed(organization)
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


def test_it_adds_nothing_when_it_is_run_again(demo: Organization) -> None:
    before = (Payout.objects.count(), Event.objects.count(), ApiKey.objects.count(), Operator.objects.count())

    assert not seed(demo)

    assert before == (
        Payout.objects.count(),
        Event.objects.count(),
        ApiKey.objects.count(),
        Operator.objects.count(),
    )


def test_it_gives_the_same_for_the_same_seed() -> None:
    one, another, other_seed = (make_organization(name) for name in ("One", "Another", "Other"))
    seed(one, payouts=60, now=NOON)
    seed(another, payouts=60, now=NOON)
    seed(other_seed, payouts=60, seed=2, now=NOON)

    assert told_of(one) == told_of(another)
    assert told_of(one) != told_of(other_seed)


def told_of(organization: Organization) -> list[Any]:
    columns = (
        "reference",
        "amount_minor",
        "currency",
        "status",
        "stage",
        "recipient_name_snapshot",
        "created_at",
    )
    return list(Payout.objects.filter(organization=organization).order_by("pk").values_list(*columns))


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
