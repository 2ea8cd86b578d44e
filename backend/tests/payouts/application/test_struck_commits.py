"""An operator's verb that is struck before its commit has changed nothing; behind it, everything and its event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.crash_points import crash_points
from events.models import Event, PendingEvent
from payouts.application.approve_settlement import approve_settlement
from payouts.application.ask_rail import ask_rail
from payouts.application.find_recipients_by_account import find_recipients_by_account
from payouts.application.hold_payout import hold_payout
from payouts.application.refuse_settlement import refuse_settlement
from payouts.application.release_payout import release_payout
from payouts.application.reveal_account_number import reveal_payout_account_number
from payouts.application.start_export import start_export
from payouts.application.switch_sandbox_bank import switch_sandbox_bank
from payouts.models import Payout, PayoutAttempt, Settlement
from tests.chaos.crash_scenarios import CONSOLE_COMMITS
from tests.factories import NOON, make_payout
from tests.payouts.application.people import payout_with, person, settle
from tests.payouts.application.switchable import FAULTY, Bank

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

    from access.models import Organization
    from payouts.models import Recipient


class Struck(Exception):  # noqa: N818  what stands for the end of the process
    pass


def verbs(organization: Organization, recipient: Recipient) -> dict[str, Callable[[], object]]:
    """Each ready to be done once: whatever it needs is there."""
    jane, bob = person(organization, "jane"), person(organization, "bob")
    words: dict[str, Any] = {"caller": bob, "reason": "as agreed", "now": NOON}
    new, held, unknown, proposed = (
        make_payout(recipient),
        make_payout(recipient),
        payout_with(recipient, "unknown"),
        payout_with(recipient, "needs_review"),
    )
    unknown.attempts.update(next_inquiry_at=NOON)
    hold_payout(payout_id=held.pk, **words)
    proposal = settle(jane, proposed)
    return {
        "approve_settlement": lambda: approve_settlement(settlement_id=proposal.pk, **words),
        "ask_rail": lambda: ask_rail(payout_id=unknown.pk, **words),
        "find_recipients_by_account": lambda: find_recipients_by_account(
            caller=bob, account_number=recipient.account_number
        ),
        "hold_payout": lambda: hold_payout(payout_id=new.pk, **words),
        "record_bank_switch": lambda: switch_sandbox_bank(
            caller=bob, bank=Bank(), behaviour=FAULTY, reason="as agreed", is_allowed=True
        ),
        "refuse_settlement": lambda: refuse_settlement(settlement_id=proposal.pk, **words),
        "release_payout": lambda: release_payout(payout_id=held.pk, **words),
        "reveal_account_number": lambda: reveal_payout_account_number(
            caller=bob, payout_id=new.pk, reason="as agreed"
        ),
        "start_export": lambda: start_export(caller=bob, asked={"status": ["NEW"]}),
        "settle_payout": lambda: settle(jane, unknown),
    }


def everything() -> list[object]:
    tables = (Event, PendingEvent, Payout, PayoutAttempt, Settlement)
    return [list(table.objects.order_by("pk").values_list()) for table in tables]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("commit", CONSOLE_COMMITS)
def test_it_changes_all_or_nothing_when_it_is_struck(
    commit: str,
    organization: Organization,
    recipient: Recipient,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    settings.SETTLING_NEEDS_TWO_PEOPLE = True
    verb = verbs(organization, recipient)[commit]
    before, events = everything(), Event.objects.count()

    with monkeypatch.context() as patched:
        patched.setattr(crash_points, "strike", strike_at(f"{commit}.uncommitted"))
        with pytest.raises(Struck):
            verb()
    assert everything() == before

    monkeypatch.setattr(crash_points, "strike", strike_at(f"{commit}.committed"))
    with pytest.raises(Struck):
        verb()
    assert everything() != before
    assert Event.objects.count() == events + 1


def strike_at(point: str) -> Callable[[str], None]:
    def strike(reached: str) -> None:
        if reached == point:
            raise Struck

    return strike
