from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db.models import F

from access.environment import Environment
from core.event_bus import EventBus, event_bus
from events.models import PendingEvent
from events.relay import LONGEST_DELAY_SECONDS, relay_events
from infrastructure.payouts.event_handlers import subscribe_all
from payouts.application.change_status import change_status
from payouts.application.delete_payout import delete_payout
from payouts.application.update_recipient import update_recipient
from payouts.domain.recipient import RecipientChanges
from payouts.domain.status import Status
from tests.factories import NOON, make_organization, make_payout, make_recipient
from tests.infrastructure.broker import WAKE_UP
from tests.infrastructure.payouts.pages import Shelf
from tests.payouts.application.engine import work

if TYPE_CHECKING:
    from access.caller import Caller
    from access.models import Organization
    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.models import Payout, Recipient
    from tests.infrastructure.broker import Broker
    from tests.infrastructure.own_valkey import OwnValkey

pytestmark = pytest.mark.django_db


def relay_everything() -> None:
    while relay_events(event_bus):
        pass


def let_delays_pass() -> None:
    PendingEvent.objects.update(due_at=F("due_at") - timedelta(seconds=LONGEST_DELAY_SECONDS))


def shelf_of(organization: Organization) -> Shelf:
    """A list of which a page is cached, with everything before relayed."""
    relay_everything()
    shelf = Shelf(organization.pk)
    shelf.read()
    shelf.change("new")
    return shelf


def test_it_is_subscribed_when_the_service_starts() -> None:
    bus = EventBus()
    subscribe_all(bus)
    assert event_bus._subscriptions == bus._subscriptions


def test_it_wakes_a_worker_once_for_many_payouts(broker: Broker, recipient: Recipient) -> None:
    for _ in range(30):
        make_payout(recipient)
    make_payout(make_recipient(make_organization("Globex")))

    relay_everything()

    assert broker.wake_ups() == [WAKE_UP]
    assert not PendingEvent.objects.exists()


def test_it_wakes_nobody_for_a_rail_that_people_pay(
    broker: Broker, caller: Caller, recipient: Recipient, rail: SandboxRail
) -> None:
    payout = make_payout(recipient)
    change_status(caller=caller, payout_id=payout.pk, target=Status.PROCESSING, reason="by hand", now=NOON)
    PendingEvent.objects.filter(event__type="PayoutCreated").delete()
    assert payout.rail == rail.code

    relay_everything()

    assert broker.wake_ups() == []
    assert not PendingEvent.objects.exists()


@pytest.fixture
def live_payout() -> Payout:
    return make_payout(make_recipient(make_organization("Live", Environment.LIVE)))


def test_it_wakes_nobody_for_a_live_payout_whose_rail_people_pay(broker: Broker, live_payout: Payout) -> None:
    assert live_payout.rail == "manual"
    relay_everything()
    assert broker.wake_ups() == []


def test_it_wakes_nobody_when_nothing_more_is_due(
    broker: Broker, recipient: Recipient, rail: SandboxRail
) -> None:
    make_payout(recipient)
    relay_everything()
    broker.lose_everything()

    work(rail)
    relay_everything()

    assert broker.wake_ups() == []


def test_it_wakes_a_worker_for_what_is_released(broker: Broker, caller: Caller, recipient: Recipient) -> None:
    make_payout(recipient)
    for is_active in (False, True):
        relay_everything()
        broker.lose_everything()
        update_recipient(
            caller=caller, recipient_id=recipient.pk, changes=RecipientChanges(is_active=is_active), now=NOON
        )
    relay_everything()

    assert broker.wake_ups() == [WAKE_UP]


@pytest.mark.usefixtures("broker")
def test_it_makes_the_list_old_when_a_payout_is_made(recipient: Recipient) -> None:
    shelf = shelf_of(recipient.organization)
    make_payout(recipient)
    assert shelf.read() == "as it was"  # until the relay has come by

    relay_everything()
    assert shelf.read() == "new"


@pytest.mark.usefixtures("broker")
def test_it_makes_the_list_old_when_a_person_moves_a_payout(caller: Caller, recipient: Recipient) -> None:
    canceled, deleted = make_payout(recipient), make_payout(recipient)

    shelf = shelf_of(recipient.organization)
    change_status(caller=caller, payout_id=canceled.pk, target=Status.CANCELED, reason="", now=NOON)
    relay_everything()
    assert shelf.read() == "new"

    shelf = shelf_of(recipient.organization)
    delete_payout(caller=caller, payout_id=deleted.pk, now=NOON)
    relay_everything()
    assert shelf.read() == "new"


@pytest.mark.usefixtures("broker")
def test_it_makes_the_list_old_when_the_engine_is_done(recipient: Recipient, rail: SandboxRail) -> None:
    make_payout(recipient)
    shelf = shelf_of(recipient.organization)

    work(rail)
    relay_everything()

    assert shelf.read() == "new"


@pytest.mark.usefixtures("broker")
def test_it_makes_old_the_lists_of_those_concerned_and_no_others() -> None:
    bystander, acme, globex = (make_organization(name) for name in ("Bystander", "Acme", "Globex"))
    shelves = [shelf_of(organization) for organization in (bystander, acme, globex)]
    for organization in (acme, acme, globex):
        make_payout(make_recipient(organization))
    relay_everything()

    assert [shelf.read() for shelf in shelves] == ["as it was", "new", "new"]


@pytest.mark.usefixtures("broker")
def test_it_costs_redis_the_same_however_many_events_there_are(
    valkey: OwnValkey, recipient: Recipient
) -> None:
    costs = []
    relay_everything()
    for payouts in (1, 1, 20):  # at first there are connections to be made
        for _ in range(payouts):
            make_payout(recipient)
        before = commands_done(valkey)
        assert relay_events(event_bus) == payouts
        costs.append(commands_done(valkey) - before)

    assert costs[1] == costs[2]


def commands_done(valkey: OwnValkey) -> int:
    with valkey.cache_client() as client:
        return int(client.info("stats")["total_commands_processed"])


def test_it_leaves_its_events_to_be_relayed_when_redis_is_back(
    broker: Broker, valkey: OwnValkey, recipient: Recipient
) -> None:
    shelf = shelf_of(recipient.organization)
    broker.lose_everything()
    shelf.read()
    shelf.change("newest")
    make_payout(recipient)
    valkey.kill()

    assert relay_events(event_bus) == 1
    assert list(PendingEvent.objects.values_list("failures", flat=True)) == [1]

    valkey.start()
    let_delays_pass()
    relay_everything()
    assert broker.wake_ups() == [WAKE_UP]
    assert shelf.read() == "newest"
    assert not PendingEvent.objects.exists()


def test_it_may_be_called_twice_with_the_same_events(
    broker: Broker, recipient: Recipient, rail: SandboxRail
) -> None:
    payout = make_payout(recipient)
    markers = list(PendingEvent.objects.values_list("pk", flat=True))
    relay_everything()
    PendingEvent.objects.bulk_create([PendingEvent(pk=marker) for marker in markers])
    relay_everything()

    assert broker.wake_ups() == [WAKE_UP, WAKE_UP]
    for _ in broker.wake_ups():
        work(rail)
    assert payout.attempts.count() == 1


@pytest.mark.usefixtures("broker")
def test_it_gives_up_at_once_while_redis_is_dead(valkey: OwnValkey, recipient: Recipient) -> None:
    make_payout(recipient)
    valkey.kill()

    started = time.monotonic()
    relay_events(event_bus)
    assert time.monotonic() - started < 2
