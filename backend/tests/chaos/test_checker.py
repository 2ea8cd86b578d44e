"""A checker that cannot fail shows nothing: for each promise facts that break it, and look-alikes that do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from payouts.domain.status import MOVES, STAGES, Authority
from tests.chaos import checker
from tests.chaos.checker import figures_of, find_violations
from tests.chaos.client_log import Kind, Result
from tests.chaos.evidence import DeletionProbe, LogFind, Resources, Rest
from tests.chaos.invariants import histories
from tests.chaos.invariants.leaks import MEBIBYTE
from tests.chaos.made_up import (
    JANE,
    JOHN,
    PAID,
    a_call,
    a_movement,
    a_payout,
    facts_of,
    reference_of,
    story,
    the_create,
)

if TYPE_CHECKING:
    from tests.chaos.client_log import Call
    from tests.chaos.evidence import Facts, SeenPayout

RETURNED_AT = "2026-03-02T12:00:00Z"

paid = a_payout()
globex_paid = a_payout(payout_id=2, tenant="Globex")
failed = a_payout("created", "sending", "failed")
canceled = a_payout("created", "canceled by hand")
returned = a_payout(*PAID, "returned")
returned_by_hand = a_payout(*PAID, "returned by hand")
in_review = a_payout("created", "sending", "unknown", "review")
taken_over = a_payout("created", "taken over", "completed by hand")
settled = a_payout("created", "sending", "unknown", "completed by hand")
paid_in_yen = a_payout(amount="10050", currency="JPY")
deletion = a_call(Kind.DELETE, 204, payout_id=1)
deleted = DeletionProbe("Acme", "key-1", 1, detail_status=404, repeat_status=409, is_acknowledged=True)
not_deleted = replace(deleted, detail_status=200, repeat_status=0)
held = Resources({"web": 40}, {"web": 100 * MEBIBYTE}, 20)


def executed(payout: SeenPayout, **changes: Any) -> Facts:
    """The bank has executed the payout, as it was asked to but for these changes."""
    return facts_of(payout, movements=[a_movement(payout, **changes)])


def told(*names: str) -> Facts:
    """A payout that stands as COMPLETED, whose history says something else."""
    return facts_of(replace(paid, history=story(*names)))


def called(kind: Kind, status: int | None, **changes: Any) -> Facts:
    """One more call of Acme's, while both tenants have a payout that is paid."""
    return facts_of(paid, globex_paid, more_calls=[a_call(kind, status, **changes)])


def answered(answer: object, **changes: Any) -> Facts:
    return called(Kind.LIST, 200, answer=answer, **changes)


def asked(*calls: Call) -> Facts:
    """One payout that is paid, and these calls about it."""
    return facts_of(paid, calls=calls)


def taken_back(probe: DeletionProbe, *more_calls: Call, executed_as: tuple[str, ...] = ()) -> Facts:
    """Acme asked for payout 1 and deleted it, and then asked once more."""
    made = a_payout("created")
    return facts_of(
        movements=[a_movement(made, key=key) for key in executed_as],
        calls=[the_create(made), deletion, *more_calls],
        deletions=(probe,),
    )


def moved(payout: SeenPayout, status: str, **others: Any) -> Facts:
    """A person was told that the payout is in this status now."""
    call = a_call(Kind.MOVE, 200, payout_id=payout.id, body={"status": status})
    return facts_of(payout, calls=[the_create(payout), call], **others)


def reviewed_after(seconds: float) -> SeenPayout:
    created, sending, unknown, review = in_review.history
    sent_at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    called_at = sent_at + timedelta(seconds=seconds)
    return replace(
        in_review, history=(created, replace(sending, at=sent_at), unknown, replace(review, at=called_at))
    )


def grown_to(**changes: Any) -> Facts:
    return facts_of(paid, before=held, after=replace(held, **changes))


LAWFUL: dict[str, Facts] = {
    "nothing happened": facts_of(),
    "paid once": executed(paid),
    "paid at the second attempt": facts_of(
        a_payout("created", "sending", "unknown", "waiting", "sending", "completed"),
        movements=[a_movement(paid, attempt=2)],
    ),
    "paid in yen, without decimals": executed(paid_in_yen, currency="JPY"),
    "paid in a currency that the load does not use": executed(a_payout(currency="HUF"), currency="HUF"),
    "refused by the bank": facts_of(failed),
    "contradicted": facts_of(a_payout("created", "sending", "failed", "contradicted")),
    "canceled": facts_of(canceled),
    "canceled by a person": moved(canceled, "CANCELED"),
    "taken over by a person, and paid": moved(taken_over, "PROCESSING", movements=[]),
    "a person called at the horizon": facts_of(reviewed_after(45), horizon_seconds=45),
    "a person called, with a clock that was moved": facts_of(reviewed_after(10)),
    "held": facts_of(a_payout("created", "held")),
    "returned by the bank": executed(returned, returned_at=RETURNED_AT),
    "returned by a person": executed(returned_by_hand),
    "returned by a person, and then by the bank": executed(returned_by_hand, returned_at=RETURNED_AT),
    "waits for a person, and was executed": executed(in_review),
    "waits for a person, and was not executed": facts_of(in_review),
    "paid by a person": facts_of(taken_over, movements=[]),
    "still to be paid by a person": facts_of(a_payout("created", "taken over")),
    "returned by the bank, which had not said that it was executed": executed(
        a_payout("created", "sending", "returned"), returned_at=RETURNED_AT
    ),
    "settled by a person, and was executed": executed(settled),
    "settled by a person, and was not executed": facts_of(settled, movements=[]),
    "settled in the console": facts_of(
        a_payout("created", "sending", "unknown", "review", "settled in the console"), movements=[]
    ),
    "settled in a shell": facts_of(
        a_payout("created", "sending", "review", "settled in a shell"), movements=[]
    ),
    "given up by a person, and was executed": executed(
        a_payout("created", "sending", "unknown", "failed by hand")
    ),
    "asked for as 100.5": asked(the_create(paid, body={**the_create(paid).body, "amount": "100.5"})),
    "answered masked": asked(
        the_create(paid, answer={**paid.shown, "status": "NEW"}),
        a_call(Kind.DETAIL, 200, answer={"account_number_snapshot": "UA**7101"}, sees_bank_details=False),
    ),
    "made, and the client never heard of it": asked(a_call(Kind.CREATE, None, key="key-1")),
    "not made, and the client never heard of it": facts_of(calls=[a_call(Kind.CREATE, None, key="key-1")]),
    "repeated": asked(the_create(paid), the_create(paid, Kind.REPEAT, 200)),
    "repeated after a time-out": asked(
        a_call(Kind.CREATE, None, key="key-1"), the_create(paid, status=200, attempt=2)
    ),
    "told to come later, and made then": asked(
        a_call(Kind.CREATE, 429, key="key-1"), the_create(paid), a_call(Kind.REPEAT, 429, key="key-1")
    ),
    "other content under its key was refused": asked(
        the_create(paid), a_call(Kind.CONFLICT, 422, key="key-1")
    ),
    "one key of two tenants": facts_of(
        paid, a_payout(payout_id=2, tenant="Globex", metadata={"client_key": "key-1"})
    ),
    "another load's payout, to another payee": facts_of(
        a_payout("created", "sending", "failed", recipient_id=99), calls=[]
    ),
    "a payout without a client's mark": facts_of(
        a_payout("created", "sending", "failed", metadata={}), calls=[]
    ),
    "deleted": taken_back(deleted),
    "deleted, and the client never heard of it": taken_back(replace(deleted, is_acknowledged=False)),
    "deleted, then read and repeated": taken_back(
        deleted, a_call(Kind.DETAIL, 404, payout_id=1), a_call(Kind.REPEAT, 409, key="key-1")
    ),
    "not deleted, and the client never heard of it": facts_of(
        canceled, deletions=(replace(not_deleted, is_acknowledged=False),)
    ),
    "an impossible move was refused": called(Kind.IMPOSSIBLE_MOVE, 400),
    "bad input was refused": called(Kind.BAD_INPUT, 400),
    "bad input while the web was down": called(Kind.BAD_INPUT, None),
    "the database was away": called(Kind.LIST, 503, retry_after="1"),
    "shown its own": answered({"results": [paid.shown]}),
    "shown a number that another tenant has too": answered({"results": [{"amount": "7101"}]}),
    "a foreign payout was not found": called(Kind.FOREIGN, 404, answer={"detail": "No such payout."}),
    "a foreign payout while the web was down": called(Kind.FOREIGN, None),
    "grown a little": grown_to(descriptors={"web": 55}, memory_bytes={"web": 160 * MEBIBYTE}, connections=28),
    "a process that was not there before": grown_to(descriptors={"web-2": 900}),
    "measured before only": facts_of(paid, before=held),
    "measured after only": facts_of(paid, after=held),
}

# What is broken, in which invariants it shows, and the facts. SUM: payouts and ledger differ in sum.
BROKEN: dict[str, tuple[str, Facts]] = {
    "executed under two keys": (
        "I1 SUM",
        facts_of(paid, movements=[a_movement(paid), a_movement(paid, attempt=2)]),
    ),
    "executed twice under one key": ("I1 SUM", facts_of(paid, movements=[a_movement(paid)] * 2)),
    "executed twice, one of it returned": (
        "I1 I2 SUM",
        facts_of(paid, movements=[a_movement(paid), a_movement(paid, attempt=2, returned_at=RETURNED_AT)]),
    ),
    "waits for a person, and was executed twice": (
        "I1",
        facts_of(in_review, movements=[a_movement(in_review)] * 2),
    ),
    "deleted, and executed twice": ("I1 I3 SUM", taken_back(deleted, executed_as=(f"{reference_of(1)}-1",) * 2)),
    "completed, and not executed": ("I2 SUM", facts_of(paid, movements=[])),
    "found by asking, and not executed": (
        "I2 SUM",
        facts_of(a_payout("created", "sending", "unknown", "completed"), movements=[]),
    ),
    "released by a person, sent, and not executed": (
        "I2 SUM",
        facts_of(a_payout("created", "sending", "review", "released by hand", *PAID[1:]), movements=[]),
    ),
    "executed with another amount": ("I2 SUM", executed(paid, amount_minor=10_051)),
    "executed in another currency": ("I2 SUM", executed(paid, currency="USD")),
    "executed to another account": ("I2", executed(paid, account_number=JANE.account_number)),
    "executed to what the service says and the tenant does not": (
        "I2",
        executed(a_payout(account_number_snapshot="UA1"), account_number="UA1"),
    ),
    "yen taken for cents": ("I2 SUM", executed(paid_in_yen, currency="JPY", amount_minor=1_005_000)),
    "completed, and the bank has returned it": ("I2 SUM", executed(paid, returned_at=RETURNED_AT)),
    "returned, and never executed": ("I2 SUM", facts_of(returned, movements=[])),
    "returned, and the bank has not": ("I2 SUM", executed(returned)),
    "returned by a person, and never executed": ("I2 SUM", facts_of(returned_by_hand, movements=[])),
    "taken over, and executed": ("I2", executed(taken_over)),
    "held, and executed": ("I2 SUM", executed(a_payout("created", "held"))),
    "executed, and no payout shows it": ("I2 SUM", facts_of(movements=[a_movement(paid)])),
    "failed, and executed": ("I3 SUM", executed(failed)),
    "canceled, and executed": ("I3 SUM", executed(canceled)),
    "refused by a person while nothing was out, and executed": (
        "I3 SUM",
        executed(a_payout("created", "sending", "waiting", "failed by hand")),
    ),
    "deleted, and executed": ("I3 SUM", taken_back(deleted, executed_as=(f"{reference_of(1)}-1",))),
    "acknowledged, and not there": ("I4", facts_of(calls=[the_create(paid)])),
    "acknowledged, and only another tenant has it": (
        "I4",
        facts_of(globex_paid, calls=[the_create(globex_paid), the_create(globex_paid, tenant="Acme", answer={"reference": reference_of(9)})]),
    ),
    "a repeat acknowledged, and not there": ("I4", facts_of(calls=[the_create(paid, Kind.REPEAT, 200)])),
    **{
        f"acknowledged with another {name}": (
            "I4",
            asked(the_create(paid, body={**the_create(paid).body, name: other})),
        )
        for name, other in [
            ("amount", "100.51"),
            ("currency", "USD"),
            ("recipient_id", 3),
            ("metadata", {"client_key": "key-1", "note": "x"}),
        ]
    },
    **{
        f"answered with another {name}": (
            "I4",
            asked(the_create(paid, answer={**paid.shown, name: "another"})),
        )
        for name in (
            *["id", "reference", "recipient_id", "amount", "currency", "metadata", "created_at"],
            *["recipient_name_snapshot", "account_number_snapshot", "bank_code_snapshot"],
        )
    },
    "acknowledged, and not in the list": ("I4", facts_of(paid, unlisted=frozenset({("Acme", 1)}))),
    "not found for a while": ("I4", called(Kind.DETAIL, 404, payout_id=1)),
    "its history was not found for a while": ("I4", called(Kind.EVENTS, 404, payout_id=1)),
    "not found, and its deletion had been refused": (
        "I4",
        asked(the_create(paid), replace(deletion, status=409, result=Result.REFUSED), a_call(Kind.DETAIL, 404, payout_id=1)),
    ),
    "deleted, and still there": ("I4", facts_of(canceled, deletions=(not_deleted,))),
    "deleted, and its key is free": ("I5", taken_back(replace(deleted, repeat_status=201))),
    "deleted, and its key is another's": ("I5", taken_back(replace(deleted, repeat_status=200))),
    "two payouts of one key": (
        "I5",
        facts_of(failed, a_payout("created", "sending", "failed", payout_id=3, metadata={"client_key": "key-1"}), calls=[the_create(failed)]),
    ),
    "a payout nobody asked for": ("I5", facts_of(failed, calls=[])),
    "one key answered with two payouts": (
        "I4 I5",
        asked(the_create(paid), the_create(paid, Kind.REPEAT, 200, payout_id=3)),
    ),
    "one key answered 201 twice": ("I5", asked(the_create(paid), the_create(paid, Kind.REPEAT, 201))),
    "other content under its key was accepted": (
        "I5",
        asked(the_create(paid), a_call(Kind.CONFLICT, 200, key="key-1")),
    ),
    "a repeat was refused": ("I5", asked(the_create(paid), a_call(Kind.REPEAT, 422, key="key-1"))),
    "a repeat was refused as if it were deleted": (
        "I5",
        asked(the_create(paid), a_call(Kind.REPEAT, 409, key="key-1")),
    ),
    "a repeat was refused for its content, though it was deleted": (
        "I5",
        taken_back(deleted, a_call(Kind.REPEAT, 422, key="key-1")),
    ),
    "no history": ("I6", told()),
    "a history without its beginning": (
        "I6",
        facts_of(replace(paid, history=(replace(paid.history[0], type="PayoutReleased"), *paid.history[1:]))),
    ),
    "a history that begins further on": (
        "I6",
        facts_of(replace(paid, history=(replace(story("sending")[0], type="PayoutCreated"), *paid.history[2:]))),
    ),
    "created twice": ("I6", told("created", *PAID)),
    "completed without having been sent": ("I6", told("created", "completed")),
    "sent again after its end": ("I6", told(*PAID, "sending", "completed")),
    "sent again while its outcome was unknown": (
        "I6",
        told("created", "sending", "unknown", "sending", "completed"),
    ),
    "sent again while the bank had it": ("I6", told("created", "sending", "accepted", "sending", "completed")),
    "a history that ends elsewhere": ("I6", told("created", "sending")),
    "a stage of another status": (
        "I6",
        facts_of(replace(paid, history=(*story("created"), replace(story("sending")[0], stage="ready"), paid.history[2]))),
    ),
    "a person's word where only the bank's counts": (
        "I6",
        executed(a_payout("created", "sending", "returned by hand")),
    ),
    "an impossible move was accepted": ("I6", called(Kind.IMPOSSIBLE_MOVE, 200)),
    "a move that was answered, and not done": ("I6", moved(paid, "CANCELED")),
    "a move of what is gone": ("I6", called(Kind.MOVE, 200, payout_id=9, body={"status": "CANCELED"})),
    "canceled, and paid all the same": (
        "I6",
        moved(a_payout("created", "canceled by hand", "sending", "completed"), "CANCELED"),
    ),
    "new for ever": ("I7", facts_of(a_payout("created"))),
    "sending for ever": ("I7", facts_of(a_payout("created", "sending"))),
    "unknown for ever": ("I7", executed(a_payout("created", "sending", "unknown"))),
    "not at rest within the bound": ("I7", facts_of(rest=Rest(60.0, ("payout 1 of Acme: PROCESSING/sending",)))),
    "a person called as a way out": ("I7", facts_of(reviewed_after(10), horizon_seconds=45)),
    "events that nobody relays": ("I7", facts_of(paid, unrelayed=1)),
    "bad input crashed": ("I8", called(Kind.BAD_INPUT, 500)),
    "bad input was accepted": ("I8", called(Kind.BAD_INPUT, 201)),
    "a read crashed": ("I8", called(Kind.LIST, 500)),
    "a read crashed, and says when to come again": ("I8", called(Kind.LIST, 500, retry_after="1")),
    "away, without a word on when to come again": ("I8", called(Kind.LIST, 503)),
    "a good request was refused": ("I8", called(Kind.CREATE, 400)),
    "a good read was refused": ("I8", called(Kind.DETAIL, 403, payout_id=1)),
    "a good list was refused": ("I8", called(Kind.LIST, 400)),
    "a foreign payout was shown": ("I9", called(Kind.FOREIGN, 200)),
    "a foreign payout was refused, and so is there": ("I9", called(Kind.FOREIGN, 403)),
    "shown a foreign reference": ("I9", answered({"results": [{"reference": globex_paid.reference}]})),
    "shown a foreign reference within a text": ("I9", answered({"detail": f"See {globex_paid.reference}."})),
    "shown the name of a foreign payee": ("I9", answered({"recipient_name_snapshot": JANE.name})),
    "shown a foreign account number": ("I9", answered({"account_number": JANE.account_number})),
    "shown what another tenant has deleted": (
        "I9",
        facts_of(
            paid,
            more_calls=[
                the_create(globex_paid),
                a_call(Kind.LIST, 200, answer={"results": [globex_paid.reference]}),
            ],
            deletions=(replace(deleted, tenant="Globex", payout_id=2),),
        ),
    ),
    "shown an account number without the right": (
        "I9",
        answered({"account_number": JOHN.account_number}, sees_bank_details=False),
    ),
    "two tenants see one payout": ("I9", facts_of(unmarked := a_payout("created", "sending", "failed", metadata={}), replace(unmarked, tenant="Globex"), calls=[])),
    "a secret in a log": ("I9", facts_of(paid, log_finds=(LogFind("web.log", "a secret"),))),
    "descriptors have leaked": ("I10", grown_to(descriptors={"web": 73})),
    "memory has leaked": ("I10", grown_to(memory_bytes={"web": 165 * MEBIBYTE})),
    "connections have leaked": ("I10", grown_to(connections=29)),
}  # fmt: skip


@pytest.mark.parametrize("case", LAWFUL)
def test_it_lets_pass_what_is_lawful(case: str) -> None:
    assert find_violations(LAWFUL[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_it_finds_what_is_broken(case: str) -> None:
    invariants, facts = BROKEN[case]

    found = find_violations(facts)

    assert {violation.invariant for violation in found} == set(invariants.split()), found


@pytest.mark.parametrize("check", checker._CHECKS, ids=lambda check: check.__name__)
def test_it_has_seen_each_of_its_checks_fail(check: checker.Check) -> None:
    assert any(list(check(facts)) for _, facts in BROKEN.values())


def test_it_shows_the_history_that_led_to_a_violation() -> None:
    (violation,) = find_violations(facts_of(a_payout("created", "sending")))

    assert violation.subject == f"payout 1 ({reference_of(1)}) of Acme"
    assert [line.partition(" ")[0] for line in violation.history] == ["PayoutCreated", "PayoutSending"]


def test_it_tells_a_violation_once() -> None:
    refusal = a_call(Kind.CONFLICT, 200, key="key-1")
    assert len(find_violations(asked(the_create(paid), refusal, refusal))) == 1


def test_it_counts_what_a_report_tells() -> None:
    stuck = a_payout("created", "sending", payout_id=3)
    facts = facts_of(
        replace(paid, history=story(*PAID, "contradicted", "completed")),
        in_review_too := a_payout("created", "sending", "review", payout_id=4),
        stuck,
        a_payout("created", "taken over", payout_id=5),
        movements=[a_movement(paid)] * 2,
        more_calls=[
            a_call(Kind.CREATE, None, key="key-9"),
            a_call(Kind.CREATE, 503, key="key-9", attempt=2, retry_after="1"),
            the_create(a_payout(payout_id=6)),
            the_create(in_review_too, Kind.REPEAT, 200),
        ],
        rest=Rest(2.5),
    )

    figures = figures_of(facts, find_violations(facts))

    assert (figures.calls, figures.payouts, figures.acknowledged) == (8, 4, 5)
    assert (figures.unknown_calls, figures.retries, dict(figures.server_errors)) == (2, 1, {503: 1})
    assert (figures.doubles, figures.lost, figures.stuck, figures.illegal_histories) == (1, 2, 1, 1)
    assert (figures.needs_review, figures.taken_over, figures.contradictions) == (1, 1, 1)
    assert (dict(figures.statuses), figures.rest_seconds) == ({"COMPLETED": 1, "PROCESSING": 3}, 2.5)


def test_it_states_the_same_table_as_the_service() -> None:
    """Two statements, so that neither is changed without the other."""
    assert {(status.value, stage.value) for status, stages in STAGES.items() for stage in stages} == {
        (status, stage) for status, stages in histories.STAGES.items() for stage in stages
    }
    assert set(MOVES) == {(before, after) for before, moves in histories.MOVES.items() for after in moves}
    assert {
        move for move, authorities in MOVES.items() if authorities == {Authority.RAIL}
    } == histories.NOT_BY_PERSON
