"""I8, I9: bad input meets a refusal and never a crash, and nobody is shown what is not theirs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.chaos.client_log import Kind, Result, creates
from tests.chaos.invariants.violation import Violation, violation_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.chaos.client_log import Call
    from tests.chaos.evidence import Facts

_AWAY, _TOO_MANY_REQUESTS, _NOT_FOUND = 503, 429, 404
# What is not found, or not any more, is judged with what clients were promised of it.
_LAWFUL_REFUSALS = {
    Kind.CREATE: (_TOO_MANY_REQUESTS,),
    Kind.DETAIL: (_TOO_MANY_REQUESTS, _NOT_FOUND),
    Kind.EVENTS: (_TOO_MANY_REQUESTS, _NOT_FOUND),
    Kind.LIST: (_TOO_MANY_REQUESTS,),
}
_ULID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")


def find_crashes(facts: Facts) -> Iterator[Violation]:
    """I8. A 503 that says when to come again is an answer while something is away; a 500 never is."""
    for call in facts.calls:
        if call.status is not None and call.status >= 500:
            is_lawful = call.status == _AWAY and call.retry_after
            if not is_lawful:
                hint = "" if call.status != _AWAY else " without Retry-After"
                yield Violation("I8", _subject(call), f"answered {call.status}{hint}")
        elif call.kind is Kind.BAD_INPUT and call.status is not None and call.result is not Result.REFUSED:
            yield Violation("I8", _subject(call), f"bad input was answered {call.status}")
        elif _is_refused_but_by(call, *_LAWFUL_REFUSALS.get(call.kind, range(400, 500))):
            yield Violation("I8", _subject(call), f"a good request was refused with {call.status}")


def _is_refused_but_by(call: Call, *statuses: int) -> bool:
    return call.result is Result.REFUSED and call.status not in statuses


def find_leaks(facts: Facts) -> Iterator[Violation]:
    """I9."""
    references, payees = _foreign(_owned_references(facts)), _foreign(_owned_payees(facts))
    for call in facts.calls:
        if call.kind is Kind.FOREIGN and call.result is Result.OK:
            yield Violation("I9", _subject(call), f"another tenant's payout was answered {call.status}")
        elif call.kind is Kind.FOREIGN and _is_refused_but_by(call, _NOT_FOUND, _TOO_MANY_REQUESTS):
            yield Violation("I9", _subject(call), f"another tenant's payout was refused with {call.status}")
        if call.answer is not None:
            text = json.dumps(call.answer, ensure_ascii=False)
            # References are thousands, and have a form by which they are found at once.
            seen = references[call.tenant].intersection(_ULID.findall(text))
            if seen or any(payee in text for payee in payees[call.tenant]):
                yield Violation("I9", _subject(call), "the answer shows what is another tenant's")
            yield from _unmasked_numbers(facts, call, text)
    for payout in facts.payouts:
        if payout.reference in references[payout.tenant]:
            yield violation_of("I9", payout, "two tenants see it")
    for find in facts.log_finds:
        yield Violation("I9", find.log, f"holds {find.what}")


def _owned_references(facts: Facts) -> dict[str, set[str]]:
    """Also of payouts that are hidden by now, because their tenant has deleted them."""
    owned: dict[str, set[str]] = {account.name: set() for account in facts.accounts}
    for payout in facts.payouts:
        owned[payout.tenant].add(payout.reference)
    for call in creates(facts.calls):
        if call.result is Result.OK:
            owned[call.tenant].add(call.answer["reference"])
    return owned


def _owned_payees(facts: Facts) -> dict[str, set[str]]:
    """The texts by which a tenant's payees can be recognised."""
    return {
        account.name: {text for payee in account.payees for text in (payee.name, payee.account_number)}
        for account in facts.accounts
    }


def _foreign(owned: Mapping[str, set[str]]) -> Mapping[str, set[str]]:
    """For each tenant what the others own."""
    return {
        tenant: set().union(*(texts for other, texts in owned.items() if other != tenant)) for tenant in owned
    }


def _unmasked_numbers(facts: Facts, call: Call, text: str) -> Iterator[Violation]:
    if call.sees_bank_details:
        return
    numbers = {payee.account_number for account in facts.accounts for payee in account.payees}
    if any(number in text for number in numbers):
        yield Violation("I9", _subject(call), "a key without the right was shown a full account number")


def _subject(call: Call) -> str:
    named = call.key or call.payout_id or ""
    return f"{call.kind.value} {named} of {call.tenant}"
