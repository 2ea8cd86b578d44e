"""Small made-up facts for the checker: Acme pays John, Globex pays Jane, and the bank keeps its ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.chaos.accounts import Account, Payee
from tests.chaos.client_log import Call, Kind, result_of
from tests.chaos.evidence import Entry, Facts, Movement, SeenPayout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.chaos.client_log import Json

JOHN = Payee(1, "Roe 31415926535897 7101", "UA314159265358977101")
JANE = Payee(2, "Roe 27182818284590 7101", "UA271828182845907101")
ACME = Account("Acme", "pk_test_acme", (JOHN,))
GLOBEX = Account("Globex", "pk_test_globex", (JANE,))

_ENGINE, _RAIL, _PERSON = "engine", "rail:sandbox", "api-key:acme"
_ENTRIES = {
    "created": Entry("PayoutCreated", _PERSON, "NEW", "ready"),
    "held": Entry("PayoutHeld", _ENGINE, "NEW", "on_hold"),
    "sending": Entry("PayoutSending", _ENGINE, "PROCESSING", "sending"),
    "accepted": Entry("PayoutAccepted", _RAIL, "PROCESSING", "accepted"),
    "unknown": Entry("PayoutOutcomeUnknown", _RAIL, "PROCESSING", "unknown"),
    "waiting": Entry("PayoutRetryScheduled", _RAIL, "PROCESSING", "retry_wait"),
    "review": Entry("PayoutReviewNeeded", _RAIL, "PROCESSING", "needs_review"),
    "completed": Entry("PayoutCompleted", _RAIL, "COMPLETED", "confirmed"),
    "failed": Entry("PayoutFailed", _RAIL, "FAILED", "declined"),
    "returned": Entry("PayoutReturned", _RAIL, "RETURNED", "returned"),
    "contradicted": Entry("PayoutOutcomeContradicted", _RAIL, "FAILED", "declined"),
    "taken over": Entry("PayoutTakenOver", _PERSON, "PROCESSING", "accepted"),
    "released by hand": Entry("PayoutReleased", _PERSON, "PROCESSING", "retry_wait"),
    "canceled by hand": Entry("PayoutCanceled", _PERSON, "CANCELED", "by_user"),
    "completed by hand": Entry("PayoutCompleted", _PERSON, "COMPLETED", "confirmed"),
    "failed by hand": Entry("PayoutFailed", _PERSON, "FAILED", "declined"),
    "returned by hand": Entry("PayoutReturned", _PERSON, "RETURNED", "returned"),
    "settled in the console": Entry("PayoutCompleted", "operator:ann", "COMPLETED", "confirmed"),
    "settled in a shell": Entry("PayoutCompleted", "shell", "COMPLETED", "confirmed"),
}
PAID = ("created", "sending", "completed")


def story(*names: str) -> tuple[Entry, ...]:
    return tuple(_ENTRIES[name] for name in names)


def reference_of(payout_id: int) -> str:
    """Of the form of a ULID."""
    return f"01M827B9MVJ0M86W0YTFH{payout_id:05}"


def a_payout(*names: str, payout_id: int = 1, tenant: str = "Acme", **changes: Any) -> SeenPayout:
    """Acme's to John or Globex's to Jane, with this history, standing where the history ends."""
    payee, history = (JOHN if tenant == "Acme" else JANE), story(*(names or PAID))
    shown = {
        "id": payout_id,
        "reference": reference_of(payout_id),
        "recipient_id": payee.recipient_id,
        "amount": "100.50",
        "currency": "EUR",
        "status": history[-1].status,
        "stage": history[-1].stage,
        "account_number_snapshot": payee.account_number,
        "metadata": {"client_key": f"key-{payout_id}"},
    }
    return SeenPayout(tenant, shown | changes, history)


def a_movement(payout: SeenPayout, attempt: int = 1, **changes: Any) -> Movement:
    """What the bank writes down when it executes the payout as it was asked to."""
    movement = Movement(
        key=f"{payout.reference}-{attempt}",
        amount_minor=10_050,
        currency="EUR",
        account_number=(JOHN if payout.tenant == "Acme" else JANE).account_number,
    )
    return replace(movement, **changes)


def a_call(kind: Kind, status: int | None, **changes: Any) -> Call:
    call = Call(1.0, 0.01, kind, "Acme", "", None, status, result_of(status))
    return replace(call, **changes)


def the_create(payout: SeenPayout, kind: Kind = Kind.CREATE, status: int = 201, **changes: Any) -> Call:
    """The request that asked for the payout, and the answer to it."""
    body: Json = {name: payout.shown[name] for name in ("recipient_id", "amount", "currency", "metadata")}
    call = a_call(
        kind,
        status,
        tenant=payout.tenant,
        key=payout.key,
        body=body,
        payout_id=payout.id,
        answer={**payout.shown, "status": "NEW", "stage": "ready"},
    )
    return replace(call, **changes)


def facts_of(
    *payouts: SeenPayout,
    movements: Iterable[Movement] | None = None,
    calls: Iterable[Call] | None = None,
    more_calls: Iterable[Call] = (),
    **others: Any,
) -> Facts:
    """Unless told otherwise, each payout was asked for once, and executed if it says so."""
    if movements is None:
        movements = [a_movement(payout) for payout in payouts if payout.status == "COMPLETED"]
    if calls is None:
        calls = [the_create(payout) for payout in payouts]
    return Facts((ACME, GLOBEX), payouts, tuple(movements), (*calls, *more_calls), **others)
