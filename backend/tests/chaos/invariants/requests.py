"""I4, I5: what was acknowledged is there with its content, and one key names one payout."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.chaos.client_log import Kind, Result, creates
from tests.chaos.invariants.violation import Violation, violation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.client_log import Call
    from tests.chaos.evidence import Facts, SeenPayout

_CREATED, _NOT_FOUND, _CONFLICT, _TOO_MANY_REQUESTS = 201, 404, 409, 429
# What an answer says of a payout once, it says of it for ever.
_LASTING = (
    "id",
    "reference",
    "recipient_id",
    "amount",
    "currency",
    "metadata",
    "created_at",
    "recipient_name_snapshot",
    "account_number_snapshot",
    "bank_code_snapshot",
)


def find_lost_payouts(facts: Facts) -> Iterator[Violation]:
    """I4."""
    for call in creates(facts.calls):
        if call.result is not Result.OK or (call.tenant, call.payout_id) in facts.deleted_ids:
            continue
        payout = facts.payout_by_id.get((call.tenant, call.payout_id or 0))
        if payout is None:
            yield Violation("I4", _subject(call), f"acknowledged with {call.status}, and not there")
            continue
        wrong = [*_differing_from_request(call, payout), *_differing_from_answer(call, payout)]
        if wrong:
            yield violation_of("I4", payout, f"acknowledged with another {', '.join(dict.fromkeys(wrong))}")


def _differing_from_request(call: Call, payout: SeenPayout) -> Iterator[str]:
    for name in ("recipient_id", "currency", "metadata"):
        if payout.shown[name] != call.body[name]:
            yield name
    if Decimal(payout.shown["amount"]) != Decimal(call.body["amount"]):
        yield "amount"


def _differing_from_answer(call: Call, payout: SeenPayout) -> Iterator[str]:
    return (name for name in _LASTING if call.answer.get(name) != payout.shown.get(name))


def find_unlisted_payouts(facts: Facts) -> Iterator[Violation]:
    """I4: who looks for it in the list does not find it."""
    for payout in facts.payouts:
        if (payout.tenant, payout.id) in facts.unlisted:
            yield violation_of("I4", payout, "acknowledged, there by its id, and not in the list")


def find_vanished_reads(facts: Facts) -> Iterator[Violation]:
    """I4: a payout that its tenant knows of was, for a while at least, not found."""
    deletions = _asked_deletions(facts)
    for call in facts.calls:
        is_own = call.kind in {Kind.DETAIL, Kind.EVENTS} and (call.tenant, call.payout_id) not in deletions
        if is_own and call.status == _NOT_FOUND:
            yield Violation("I4", _subject(call), "acknowledged, and later not found")


def find_undone_deletions(facts: Facts) -> Iterator[Violation]:
    """I4 for what was acknowledged as deleted, I5 for its key, which stays taken."""
    for probe in facts.deletions:
        subject = f"payout {probe.payout_id} of {probe.tenant}, key {probe.key}"
        if not probe.is_gone and probe.is_acknowledged:
            yield Violation("I4", subject, f"deleted, and its page still answers {probe.detail_status}")
        if probe.is_gone and probe.repeat_status != _CONFLICT:
            yield Violation("I5", subject, f"deleted, and its key answers {probe.repeat_status}")


def find_shared_keys(facts: Facts) -> Iterator[Violation]:
    """I5, as the payouts show it."""
    by_key: dict[tuple[str, str], list[SeenPayout]] = defaultdict(list)
    for payout in facts.payouts:
        if payout.key:
            by_key[payout.tenant, payout.key].append(payout)
    asked = {(call.tenant, call.key) for call in facts.calls}
    for (tenant, key), payouts in by_key.items():
        if len(payouts) > 1:
            yield violation_of("I5", payouts[-1], f"key {key} has {len(payouts)} payouts")
        if (tenant, key) not in asked and _is_to_own_payee(facts, payouts[0]):
            yield violation_of("I5", payouts[0], f"nobody asked for it with the key {key}")


def _is_to_own_payee(facts: Facts, payout: SeenPayout) -> bool:
    """Other loads on the same service pay others."""
    return any(
        payee.recipient_id == payout.shown["recipient_id"]
        for account in facts.accounts
        for payee in account.payees
    )


def find_wrong_answers_to_keys(facts: Facts) -> Iterator[Violation]:
    """I5, as the answers show it."""
    acknowledged: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in creates(facts.calls):
        if call.result is Result.OK:
            acknowledged[call.tenant, call.key].append(call)
    for calls in acknowledged.values():
        ids = {call.payout_id for call in calls}
        if len(ids) > 1:
            yield Violation(
                "I5", _subject(calls[-1]), f"the key was answered with payouts {sorted(map(str, ids))}"
            )
        if sum(call.status == _CREATED for call in calls) > 1:
            yield Violation("I5", _subject(calls[-1]), "the key was answered with 201 more than once")
    yield from _misjudged_repeats(facts)


def _misjudged_repeats(facts: Facts) -> Iterator[Violation]:
    deleted_keys = _keys_of_deletions(facts)
    for call in facts.calls:
        if call.kind is Kind.CONFLICT and call.result is Result.OK:
            yield Violation("I5", _subject(call), f"other content under its key was answered {call.status}")
        if call.kind is Kind.REPEAT and call.result is Result.REFUSED:
            is_lawful = call.status == _TOO_MANY_REQUESTS or (
                call.status == _CONFLICT and (call.tenant, call.key) in deleted_keys
            )
            if not is_lawful:
                yield Violation("I5", _subject(call), f"a repeat was refused with {call.status}")


def _asked_deletions(facts: Facts) -> set[tuple[str, int | None]]:
    """What may be deleted: acknowledged, or with an unknown result."""
    return {
        (call.tenant, call.payout_id)
        for call in facts.calls
        if call.kind is Kind.DELETE and call.result is not Result.REFUSED
    }


def _keys_of_deletions(facts: Facts) -> set[tuple[str, str]]:
    deletions = _asked_deletions(facts)
    return {
        (call.tenant, call.key) for call in creates(facts.calls) if (call.tenant, call.payout_id) in deletions
    }


def _subject(call: Call) -> str:
    return f"payout {call.payout_id} of {call.tenant}, key {call.key or 'not named'}"
