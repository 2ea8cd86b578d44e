from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from access.scopes import Scope
from database.transactions import in_transaction
from events.recorder import NewEvent, record_events
from payouts.domain.sandbox_bank import BankIsNotSwitched, is_bank_switched

if TYPE_CHECKING:
    from access.caller import Caller
    from payouts.domain.sandbox_bank import Behaviour, SwitchableBank


def switch_sandbox_bank(
    *, caller: Caller, bank: SwitchableBank, behaviour: Behaviour, reason: str, is_allowed: bool
) -> None:
    """Afterwards the bank behaves so, towards every test organization.

    It is recorded before the bank is told, since it cannot be both at once: there may be a record without
    effect, and never a switch that nobody knows of. Raises ScopeMissing, BankIsNotSwitched, BankNotReached.
    """
    caller.ensure_may(Scope.PAYOUTS_ADMIN)
    if not is_bank_switched(environment=caller.environment, is_allowed=is_allowed):
        raise BankIsNotSwitched
    before = bank.read_behaviour()
    if behaviour != before:
        _record(caller, before, behaviour, reason)
        bank.set_behaviour(behaviour)


@in_transaction("record_bank_switch")
def _record(caller: Caller, before: Behaviour, after: Behaviour, reason: str) -> None:
    old, new = asdict(before), asdict(after)
    changed = [name for name in new if new[name] != old[name]]
    record_events(
        [
            NewEvent(
                organization_id=caller.organization_id,
                type="SandboxBankSwitched",
                subject_type="organization",
                subject_id=caller.organization_id,
                actor=caller.actor,
                data={
                    "before": {name: old[name] for name in changed},
                    "after": {name: new[name] for name in changed},
                    "reason": reason,
                },
            )
        ]
    )
