"""I1, I2, I3: what the service says of money is what the bank's own ledger says, one by one and in sum."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.chaos.client_log import creates
from tests.chaos.invariants.violation import Violation, violation_of
from tests.chaos.shopper import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.chaos.evidence import Facts, Movement, SeenPayout

_ENDED_PAID = frozenset({"COMPLETED", "RETURNED"})
_ENDED_UNPAID = frozenset({"FAILED", "CANCELED"})


def find_double_executions(facts: Facts) -> Iterator[Violation]:
    """I1. All attempts of a payout count together."""
    for reference, movements in facts.movements_of.items():
        if len(movements) > 1:
            what = f"executed {len(movements)} times, as {', '.join(m.key for m in movements)}"
            payout = facts.payout_by_reference.get(reference)
            yield violation_of("I1", payout, what) if payout else Violation("I1", reference, what)


def find_false_ends(facts: Facts) -> Iterator[Violation]:
    """I2 and I3, for each payout that is shown."""
    for payout in facts.payouts:
        movements = facts.movements_of.get(payout.reference, ())
        yield from _false_content(facts, payout, movements)
        if payout.is_taken_over:
            if movements:
                yield violation_of("I2", payout, "a person took it over, and the bank has executed it")
        elif not payout.is_settled_by_word:
            yield from _false_end(payout, movements)


def _false_end(payout: SeenPayout, movements: tuple[Movement, ...]) -> Iterator[Violation]:
    is_returned = any(movement.returned_at for movement in movements)
    if payout.status in _ENDED_PAID and not movements:
        yield violation_of("I2", payout, f"{payout.status}, and the bank has not executed it")
    elif payout.status == "COMPLETED" and is_returned:
        yield violation_of("I2", payout, "COMPLETED, and the bank has returned it")
    elif payout.status == "RETURNED" and not is_returned and not payout.is_returned_by_word:
        yield violation_of("I2", payout, "RETURNED, and neither the bank nor a person has returned it")
    elif payout.status == "NEW" and movements:
        yield violation_of("I2", payout, "NEW, and the bank has executed it")
    elif payout.status in _ENDED_UNPAID and movements:
        yield violation_of("I3", payout, f"{payout.status}, and the bank has executed it")


def _false_content(facts: Facts, payout: SeenPayout, movements: Iterable[Movement]) -> Iterator[Violation]:
    expected = {
        "amount_minor": _amount_minor(payout),
        "currency": payout.shown["currency"],
        "account_number": _account_number(facts, payout),
    }
    for movement in movements:
        wrong = [name for name, value in expected.items() if getattr(movement, name) != value]
        if wrong:
            yield violation_of("I2", payout, f"{movement.key} was executed with another {', '.join(wrong)}")


def _amount_minor(payout: SeenPayout) -> int:
    amount, decimals = Decimal(payout.shown["amount"]), DECIMALS.get(payout.shown["currency"])
    if decimals is None:  # not a currency of the load: the service shows exactly as many as there are
        return int(payout.shown["amount"].replace(".", ""))
    return int(amount.scaleb(decimals))


def _account_number(facts: Facts, payout: SeenPayout) -> str:
    """What the tenant knows of its payee; for somebody else's payee what the service shows."""
    known = {
        payee.recipient_id: payee.account_number
        for account in facts.accounts
        if account.name == payout.tenant
        for payee in account.payees
    }
    return known.get(payout.shown["recipient_id"], str(payout.shown["account_number_snapshot"]))


def find_unowned_movements(facts: Facts) -> Iterator[Violation]:
    """I3 for deleted payouts, and I2 for money that moved without any payout."""
    deleted = {
        call.answer["reference"]
        for call in creates(facts.calls)
        if (call.tenant, call.payout_id) in facts.deleted_ids
    }
    for reference in facts.movements_of.keys() - facts.payout_by_reference.keys():
        if reference in deleted:
            yield Violation("I3", reference, "deleted, and the bank has executed it")
        else:
            yield Violation("I2", reference, "the bank has executed it, and no payout shows it")


def find_unbalanced_money(facts: Facts) -> Iterator[Violation]:
    """SUM, by currency: what left and what came back, but for what a person's word alone tells."""
    books, ledger = _sums_of_payouts(facts), _sums_of_ledger(facts)
    for name in sorted(books.keys() | ledger.keys()):
        if books[name] != ledger[name]:
            what = f"the payouts say {books[name]}, the bank's ledger says {ledger[name]} (minor units)"
            yield Violation("SUM", f"all {name}", what)


def _sums_of_payouts(facts: Facts) -> Counter[str]:
    sums = Counter[str]()
    for payout in facts.payouts:
        if payout.status in _ENDED_PAID and _has_evidence(payout):
            sums[f"{payout.shown['currency']} sent"] += _amount_minor(payout)
            if payout.status == "RETURNED" and not payout.is_returned_by_word:
                sums[f"{payout.shown['currency']} returned"] += _amount_minor(payout)
    return sums


def _sums_of_ledger(facts: Facts) -> Counter[str]:
    sums = Counter[str]()
    for movement in facts.movements:
        payout = facts.payout_by_reference.get(movement.reference)
        if payout is None or _has_evidence(payout):
            sums[f"{movement.currency} sent"] += movement.amount_minor
            if movement.returned_at and not (payout is not None and payout.is_returned_by_word):
                sums[f"{movement.currency} returned"] += movement.amount_minor
    return sums


def _has_evidence(payout: SeenPayout) -> bool:
    """Whether the service claims to know, from the bank, what became of the payment."""
    return not (payout.is_taken_over or payout.is_settled_by_word or payout.status == "PROCESSING")
