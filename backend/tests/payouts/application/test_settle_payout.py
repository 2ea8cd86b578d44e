from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from access.caller import ScopeMissing
from access.scopes import Scope
from core.actor import rail_actor
from core.crash_points import crash_points
from core.exceptions import Refusal
from events.models import Event
from payouts.application.approve_settlement import approve_settlement
from payouts.application.change_status import change_status
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.application.refuse_settlement import refuse_settlement
from payouts.application.settle_payout import settle_payout
from payouts.domain.rail import Accepted, Completed, Unknown
from payouts.domain.settlement import (
    AttemptIsOut,
    NothingToSettle,
    OwnSettlement,
    SecondPersonNeeded,
    SettlementIsDecided,
    SettlementIsOpen,
    SettlementOvertaken,
    Verdict,
)
from payouts.domain.status import Authority, Status
from payouts.domain.words import UnusableWords
from payouts.models import PayoutAttempt, Settlement
from payouts.rails import get_rail
from payouts.refusals import PayoutNotFound, SettlementNotFound
from payouts.selectors import find_open_settlement, list_attempts, list_settlements, list_settlements_of
from tests.factories import A_MINUTE, NOON, make_payout
from tests.payouts.application.engine import history_of, state_of
from tests.payouts.application.people import everything_but, payout_with, person, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pytest_django import Settings

    from access.caller import Caller
    from access.models import Organization
    from payouts.domain.rail import Outcome
    from payouts.models import Payout, Recipient

LATER = NOON + A_MINUTE
WORDS = {
    "settled_by": "operator:jane",
    "reason": "it is on the statement",
    "evidence": "2026-03-02 PO 100.50 USD\nbooked",
}
ENDS = [
    (Verdict.PAID, ("COMPLETED", "confirmed"), "succeeded"),
    (Verdict.NOT_PAID, ("FAILED", "declined"), "failed"),
]


@pytest.fixture
def jane(organization: Organization) -> Caller:
    return person(organization, "jane")


@pytest.fixture
def bob(organization: Organization) -> Caller:
    return person(organization, "bob")


@pytest.fixture
def two_people(settings: Settings) -> None:
    settings.SETTLING_NEEDS_TWO_PEOPLE = True


def approve(caller: Caller, settlement: Settlement, reason: str = "I see it too") -> Settlement:
    return approve_settlement(caller=caller, settlement_id=settlement.pk, reason=reason, now=LATER)


def refuse(caller: Caller, settlement: Settlement, reason: str = "another payment") -> Settlement:
    return refuse_settlement(caller=caller, settlement_id=settlement.pk, reason=reason, now=LATER)


both_words = pytest.mark.parametrize("word", [approve, refuse])


def tell(payout: Payout, outcome: Outcome, now: datetime = LATER) -> None:
    """The rail speaks."""
    attempt = payout.attempts.get()
    record_outcomes(
        rail=get_rail(attempt.rail),
        answers=[Answer(attempt.rail_key, outcome)],
        authority=Authority.RAIL,
        actor=rail_actor(attempt.rail),
        now=now,
    )


def last_event(payout: Payout) -> Event:
    return Event.objects.filter(subject_type="payout", subject_id=payout.pk).latest("id")


def row(settlement: Settlement) -> Settlement:
    return Settlement.objects.get(pk=settlement.pk)


@pytest.mark.parametrize(("verdict", "state", "attempt"), ENDS)
@pytest.mark.parametrize("current", ["unknown", "needs_review"])
def test_it_settles_at_once_what_nobody_else_can_tell(
    current: str,
    verdict: Verdict,
    state: tuple[str, str],
    attempt: str,
    jane: Caller,
    recipient: Recipient,
) -> None:
    payout = payout_with(recipient, current)

    settlement = row(settle(jane, payout, verdict))

    assert state_of(payout) == state
    assert [(each.state, each.evidence) for each in list_attempts(payout)] == [(attempt, WORDS)]
    assert (settlement.state, settlement.verdict, settlement.needs_two_people) == (
        "carried_out",
        verdict,
        False,
    )
    assert (settlement.proposed_by, settlement.proposed_at) == ("operator:jane", NOON)
    assert (settlement.decided_by, settlement.decided_at) == ("operator:jane", NOON)
    told = last_event(payout)
    assert (told.actor, told.data["evidence"]) == ("operator:jane", WORDS)
    assert history_of(payout) == ["Created", state[0].capitalize()]


@pytest.mark.parametrize(("verdict", "state", "attempt"), ENDS)
def test_it_settles_what_a_person_pays_by_hand(
    verdict: Verdict, state: tuple[str, str], attempt: str, jane: Caller, recipient: Recipient
) -> None:
    payout = payout_with(recipient, "accepted", rail="manual")

    settle(jane, payout, verdict)

    assert state_of(payout) == state
    assert [each.state for each in list_attempts(payout)] == [attempt]


@pytest.mark.parametrize("state", ["sending", "accepted"])
def test_it_settles_nothing_that_the_rail_has_in_hand(state: str, jane: Caller, recipient: Recipient) -> None:
    with pytest.raises(AttemptIsOut):
        settle(jane, payout_with(recipient, state))
    assert not Settlement.objects.exists()


def test_it_settles_nothing_that_is_not_open(jane: Caller, recipient: Recipient) -> None:
    ended = payout_with(recipient, "unknown")
    settle(jane, ended)

    for payout in (make_payout(recipient), payout_with(recipient, "not_sent"), ended):
        with pytest.raises(NothingToSettle):
            settle(jane, payout)


@pytest.mark.parametrize(
    ("reason", "evidence"), [("", "line 17"), ("seen", ""), ("nul\x00", "x"), ("x", "nul\x00")]
)
def test_it_wants_a_reason_and_evidence(
    reason: str, evidence: str, jane: Caller, recipient: Recipient
) -> None:
    payout = payout_with(recipient, "unknown")

    with pytest.raises(UnusableWords):
        settle_payout(
            caller=jane,
            payout_id=payout.pk,
            verdict=Verdict.PAID,
            reason=reason,
            evidence=evidence,
            now=NOON,
        )


def test_it_is_for_those_who_may(organization: Organization, recipient: Recipient) -> None:
    payout = payout_with(recipient, "unknown")

    with pytest.raises(ScopeMissing):
        settle(person(organization, scopes=everything_but(Scope.PAYOUTS_ADMIN)), payout)


def test_it_does_not_find_another_organizations_payout(
    other_organization: Organization, recipient: Recipient
) -> None:
    payout = payout_with(recipient, "unknown")

    with pytest.raises(PayoutNotFound):
        settle(person(other_organization), payout)


@pytest.mark.usefixtures("two_people")
def test_it_only_proposes_where_two_people_are_needed(jane: Caller, recipient: Recipient) -> None:
    payout = payout_with(recipient, "unknown")

    settlement = row(settle(jane, payout))

    assert (settlement.state, settlement.needs_two_people) == ("proposed", True)
    assert (settlement.decided_by, settlement.decided_at) == ("", None)
    assert state_of(payout) == ("PROCESSING", "unknown")
    assert find_open_settlement(payout) == settlement
    told = last_event(payout)
    assert (told.type, told.actor) == ("PayoutSettlementProposed", "operator:jane")
    assert (told.data["verdict"], told.data["evidence"]) == ("paid", WORDS)


@pytest.mark.usefixtures("two_people")
def test_it_takes_one_proposal_at_a_time(jane: Caller, bob: Caller, recipient: Recipient) -> None:
    payout = payout_with(recipient, "unknown")
    first = settle(jane, payout)
    with pytest.raises(SettlementIsOpen):
        settle(bob, payout, Verdict.NOT_PAID)
    refuse(bob, first)

    second = settle(bob, payout, Verdict.NOT_PAID)

    assert find_open_settlement(payout) == second
    assert list(list_settlements_of(payout)) == [second, first]


@pytest.mark.usefixtures("two_people")
@pytest.mark.parametrize(("verdict", "state", "attempt"), ENDS)
@pytest.mark.parametrize(("current", "rail"), [("unknown", "sandbox"), ("accepted", "manual")])
def test_it_is_carried_out_by_another_person(
    current: str,
    rail: str,
    verdict: Verdict,
    state: tuple[str, str],
    attempt: str,
    jane: Caller,
    bob: Caller,
    recipient: Recipient,
) -> None:
    payout = payout_with(recipient, current, rail=rail)

    settlement = row(approve(bob, settle(jane, payout, verdict)))

    assert state_of(payout) == state
    assert (settlement.state, settlement.decided_by) == ("carried_out", "operator:bob")
    assert (settlement.decided_at, settlement.decision_reason) == (LATER, "I see it too")
    words = {**WORDS, "decided_by": "operator:bob", "decision_reason": "I see it too"}
    assert [(each.state, each.evidence) for each in list_attempts(payout)] == [(attempt, words)]
    told = last_event(payout)
    assert (told.actor, told.data["evidence"]) == ("operator:bob", words)
    assert find_open_settlement(payout) is None


@pytest.mark.usefixtures("two_people")
def test_it_does_not_let_one_person_say_both_words(jane: Caller, bob: Caller, recipient: Recipient) -> None:
    payout = payout_with(recipient, "unknown")
    settlement = settle(jane, payout)

    with pytest.raises(OwnSettlement):
        approve(jane, settlement)
    assert state_of(payout) == ("PROCESSING", "unknown")
    approve(bob, settlement)


@pytest.mark.usefixtures("two_people")
def test_it_still_needs_the_second_person_when_the_setting_changes_meanwhile(
    jane: Caller, recipient: Recipient, settings: Settings
) -> None:
    settlement = settle(jane, payout_with(recipient, "unknown"))
    settings.SETTLING_NEEDS_TWO_PEOPLE = False

    with pytest.raises(OwnSettlement):
        approve(jane, settlement)


@pytest.mark.usefixtures("two_people")
def test_it_closes_a_proposal_that_somebody_refuses(jane: Caller, bob: Caller, recipient: Recipient) -> None:
    payout = payout_with(recipient, "needs_review")

    settlement = row(refuse(bob, settle(jane, payout)))

    assert (settlement.state, settlement.decided_by) == ("refused", "operator:bob")
    assert state_of(payout) == ("PROCESSING", "needs_review")
    told = last_event(payout)
    assert (told.type, told.actor, told.data["reason"]) == (
        "PayoutSettlementRefused",
        "operator:bob",
        "another payment",
    )
    assert told.data["evidence"] == {
        **WORDS,
        "decided_by": "operator:bob",
        "decision_reason": "another payment",
    }


@pytest.mark.usefixtures("two_people")
def test_it_lets_whoever_proposed_it_take_it_back(organization: Organization, recipient: Recipient) -> None:
    operator = person(organization, "jane", everything_but(Scope.PAYOUTS_APPROVE))
    settlement = settle(operator, payout_with(recipient, "unknown"))
    for other in (
        person(organization, "eve", everything_but(Scope.PAYOUTS_APPROVE)),
        person(organization, "jane", frozenset({Scope.PAYOUTS_READ})),
    ):
        with pytest.raises(ScopeMissing):
            refuse(other, settlement)

    assert row(refuse(operator, settlement)).state == "refused"


@pytest.mark.usefixtures("two_people")
def test_it_takes_the_second_word_of_approvers_only(
    organization: Organization, jane: Caller, recipient: Recipient
) -> None:
    settlement = settle(jane, payout_with(recipient, "unknown"))
    viewer = person(organization, "eve", frozenset({Scope.PAYOUTS_READ}))

    with pytest.raises(ScopeMissing):
        approve(person(organization, "eve", everything_but(Scope.PAYOUTS_APPROVE)), settlement)
    with pytest.raises(ScopeMissing):
        refuse(viewer, settlement)
    assert row(settlement).state == "proposed"


@pytest.mark.usefixtures("two_people")
@both_words
def test_it_finds_no_settlement_of_others(
    word: Callable[[Caller, Settlement], Settlement],
    jane: Caller,
    other_organization: Organization,
    recipient: Recipient,
) -> None:
    settlement = settle(jane, payout_with(recipient, "unknown"))

    with pytest.raises(SettlementNotFound):
        word(person(other_organization, "bob"), settlement)
    assert not list_settlements(other_organization.pk)


@pytest.mark.usefixtures("two_people")
@both_words
def test_it_wants_a_reason_for_the_second_word(
    word: Callable[[Caller, Settlement, str], Settlement], jane: Caller, bob: Caller, recipient: Recipient
) -> None:
    settlement = settle(jane, payout_with(recipient, "unknown"))

    with pytest.raises(UnusableWords):
        word(bob, settlement, "")


@pytest.mark.usefixtures("two_people")
@both_words
@pytest.mark.parametrize("first", [approve, refuse])
def test_it_decides_once(
    first: Callable[[Caller, Settlement], Settlement],
    word: Callable[[Caller, Settlement], Settlement],
    jane: Caller,
    bob: Caller,
    recipient: Recipient,
) -> None:
    settlement = settle(jane, payout_with(recipient, "unknown"))
    first(bob, settlement)

    with pytest.raises(SettlementIsDecided):
        word(bob, settlement)


@pytest.mark.usefixtures("two_people")
@pytest.mark.parametrize("outcome", [Completed("bank-1"), Accepted("bank-1")])
def test_it_is_overtaken_when_the_rail_speaks_first(
    outcome: Outcome, jane: Caller, bob: Caller, recipient: Recipient
) -> None:
    payout = payout_with(recipient, "unknown")
    settlement = settle(jane, payout, Verdict.NOT_PAID)

    tell(payout, outcome)

    overtaken = row(settlement)
    assert (overtaken.state, overtaken.decided_by) == ("overtaken", "rail:sandbox")
    assert overtaken.decided_at == LATER
    told = last_event(payout)
    assert (told.type, told.data["settlement"]) == ("PayoutSettlementOvertaken", settlement.pk)
    assert (told.data["status"], told.data["stage"]) == state_of(payout)
    with pytest.raises(SettlementOvertaken):
        approve(bob, settlement)
    with pytest.raises(SettlementOvertaken):
        refuse(bob, settlement)


@pytest.mark.usefixtures("two_people")
def test_it_stays_proposed_while_the_rail_knows_nothing_new(
    jane: Caller, bob: Caller, recipient: Recipient
) -> None:
    payout = payout_with(recipient, "unknown")
    settlement = settle(jane, payout)

    tell(payout, Unknown("No answer."))
    tell(payout, Unknown("No answer."), now=NOON + get_rail("sandbox").timing.horizon)

    assert state_of(payout) == ("PROCESSING", "needs_review")
    approve(bob, settlement)
    assert state_of(payout) == ("COMPLETED", "confirmed")


@pytest.mark.usefixtures("two_people")
def test_it_is_overtaken_by_one_person_once_one_is_enough(
    jane: Caller, bob: Caller, recipient: Recipient, settings: Settings
) -> None:
    payout = payout_with(recipient, "unknown")
    settlement = settle(jane, payout, Verdict.NOT_PAID)
    settings.SETTLING_NEEDS_TWO_PEOPLE = False

    settle(bob, payout)

    assert row(settlement).state == "overtaken"
    assert state_of(payout) == ("COMPLETED", "confirmed")


@pytest.mark.usefixtures("two_people")
def test_it_carries_out_nothing_about_an_attempt_that_is_open_no_more(
    jane: Caller, bob: Caller, recipient: Recipient
) -> None:
    payout = payout_with(recipient, "unknown")
    settlement = settle(jane, payout)
    PayoutAttempt.objects.update(state="succeeded")  # past the door of outcomes, which overtakes

    with pytest.raises(NothingToSettle):
        approve(bob, settlement)
    assert row(settlement).state == "proposed"


@pytest.mark.usefixtures("two_people")
@pytest.mark.parametrize("target", [Status.COMPLETED, Status.FAILED])
@pytest.mark.parametrize(
    ("state", "rail"), [("unknown", "sandbox"), ("needs_review", "sandbox"), ("accepted", "manual")]
)
def test_it_leaves_no_way_round_the_second_person(
    state: str, rail: str, target: Status, jane: Caller, recipient: Recipient
) -> None:
    payout = payout_with(recipient, state, rail=rail)

    with pytest.raises(SecondPersonNeeded):
        change_status(caller=jane, payout_id=payout.pk, target=target, reason="sure", now=NOON)
    assert state_of(payout) == ("PROCESSING", state)


@pytest.mark.usefixtures("two_people")
def test_it_needs_no_second_person_where_nothing_is_out(jane: Caller, recipient: Recipient) -> None:
    unsent = payout_with(recipient, "not_sent")
    new = make_payout(recipient)

    for payout in (unsent, new):
        change_status(caller=jane, payout_id=payout.pk, target=Status.FAILED, reason="sure", now=NOON)
        assert state_of(payout) == ("FAILED", "declined")


@pytest.fixture
def _slow_commits() -> Iterator[None]:
    """Whoever is about to commit lets everybody else come as far as they can."""

    def wait(point: str) -> None:
        if point.endswith(".uncommitted"):
            time.sleep(0.15)

    crash_points.strike = wait
    yield
    crash_points.strike = None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("two_people", "_slow_commits")
def test_it_lets_one_of_two_approvals_win(organization: Organization, recipient: Recipient) -> None:
    payout = payout_with(recipient, "unknown")
    settlement = settle(person(organization, "jane"), payout)
    approvers = [person(organization, name) for name in ("bob", "eve")]

    with ThreadPoolExecutor(2) as both:
        wins = list(both.map(partial(_is_taken, settlement), approvers))

    assert sorted(wins) == [False, True]
    winner = approvers[wins.index(True)].actor
    assert row(settlement).decided_by == winner
    assert payout.attempts.get().evidence["decided_by"] == winner
    assert history_of(payout) == ["Created", "SettlementProposed", "Completed"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("two_people", "_slow_commits")
def test_it_lets_one_of_two_proposals_win(organization: Organization, recipient: Recipient) -> None:
    payout = payout_with(recipient, "unknown")

    def propose(name: str) -> bool:
        return _try(lambda: settle(person(organization, name), payout))

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(propose, ("jane", "bob"))) == [False, True]
    assert Settlement.objects.count() == 1


def _is_taken(settlement: Settlement, approver: Caller) -> bool:
    return _try(lambda: approve(approver, settlement))


def _try(verb: Callable[[], object]) -> bool:
    """Whether the verb was not refused."""
    try:
        verb()
    except Refusal:
        return False
    finally:
        connection.close()
    return True
