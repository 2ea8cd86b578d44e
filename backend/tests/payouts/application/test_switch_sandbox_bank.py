from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from access.caller import ScopeMissing
from access.environment import Environment
from access.scopes import Scope
from events.models import Event, PendingEvent
from payouts.application.switch_sandbox_bank import switch_sandbox_bank
from payouts.domain.sandbox_bank import BankIsNotSwitched, BankNotReached
from tests.factories import make_organization
from tests.payouts.application.people import everything_but, person
from tests.payouts.application.switchable import FAULTY, SOUND, Bank

if TYPE_CHECKING:
    from access.caller import Caller
    from access.models import Organization
    from payouts.domain.sandbox_bank import Behaviour

pytestmark = pytest.mark.django_db


def switch(caller: Caller, bank: Bank, behaviour: Behaviour = FAULTY, *, is_allowed: bool = True) -> None:
    switch_sandbox_bank(
        caller=caller, bank=bank, behaviour=behaviour, reason="to try retries", is_allowed=is_allowed
    )


def test_it_switches_the_bank_and_records_who_changed_what_and_why(organization: Organization) -> None:
    bank = Bank()

    switch(person(organization, "jane"), bank)

    assert bank.behaviour == FAULTY
    event = Event.objects.get(type="SandboxBankSwitched")
    assert (event.organization_id, event.subject_type, event.subject_id, event.actor) == (
        organization.pk,
        "organization",
        organization.pk,
        "operator:jane",
    )
    assert event.data == {
        "before": {"latency_ms": 0, "error_rate": 0.0},
        "after": {"latency_ms": 250, "error_rate": 0.5},
        "reason": "to try retries",
    }
    assert PendingEvent.objects.filter(pk=event.pk).exists()


def test_it_records_nothing_where_nothing_changes(organization: Organization) -> None:
    switch(person(organization), Bank(), SOUND)

    assert not Event.objects.filter(type="SandboxBankSwitched").exists()


def test_it_leaves_no_switch_unrecorded_when_the_bank_goes_away(organization: Organization) -> None:
    with pytest.raises(BankNotReached):
        switch(person(organization), Bank(goes_away=True))

    assert Event.objects.filter(type="SandboxBankSwitched").exists()


def test_it_is_for_test_organizations_only() -> None:
    bank, live = Bank(), make_organization("Real", Environment.LIVE)

    with pytest.raises(BankIsNotSwitched):
        switch(person(live), bank)
    assert bank.behaviour == SOUND


def test_it_switches_nothing_where_that_is_not_allowed(organization: Organization) -> None:
    bank = Bank()

    with pytest.raises(BankIsNotSwitched):
        switch(person(organization), bank, is_allowed=False)
    assert bank.behaviour == SOUND


def test_it_is_for_those_who_may_act_on_payouts(organization: Organization) -> None:
    bank = Bank()

    with pytest.raises(ScopeMissing):
        switch(person(organization, scopes=everything_but(Scope.PAYOUTS_ADMIN)), bank)
    assert bank.behaviour == SOUND
