from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from access.caller import ScopeMissing
from access.scopes import Scope
from core.actor import rail_actor
from database.clock import database_now
from events.models import Event
from payouts.application.ask_after_restore import ask_after_restore
from payouts.application.ask_rail import (
    InquiriesHeld,
    InquiryRequested,
    NothingToAskAbout,
    ask_rail,
)
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.domain.rail import Accepted
from payouts.domain.status import Authority
from payouts.domain.words import UnusableWords
from payouts.models import PayoutAttempt
from payouts.refusals import PayoutNotFound
from payouts.selectors import report_standing
from tests.factories import A_MINUTE, make_payout, make_recipient
from tests.payouts.application.engine import ask, history_of, let_time_pass, state_of, unreachable_bank, work
from tests.payouts.application.people import everything_but, payout_with, person
from tests.sandbox_bank.bank_client import a_transfer

if TYPE_CHECKING:
    from access.caller import Caller
    from access.models import Organization
    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.models import Payout, Recipient
    from tests.sandbox_bank.bank_client import BankClient

OPEN = ["accepted", "unknown", "needs_review"]


@pytest.fixture
def jane(organization: Organization) -> Caller:
    return person(organization, "jane")


def request(caller: Caller, payout: Payout, reason: str = "the recipient is waiting") -> Payout:
    return ask_rail(caller=caller, payout_id=payout.pk, reason=reason, now=database_now())


def open_payout(recipient: Recipient, state: str) -> Payout:
    """Its rail is asked in ten minutes by the sweep, or not any more."""
    payout = payout_with(recipient, state)
    times = {"unknown_since": database_now(), "first_sent_at": database_now()}
    if state != "needs_review":
        times["next_inquiry_at"] = database_now() + 10 * A_MINUTE
    payout.attempts.update(**times)
    return payout


def tell_bank(bank: BankClient, payout: Payout, suffix: str) -> None:
    """As if the order had arrived there, for an account whose last characters choose what becomes of it."""
    bank.submit(a_transfer(suffix, key=payout.attempts.get().rail_key))


def question_of(payout: Payout) -> tuple[str, bool, int]:
    """Who asks, whether it is to be asked, and how often it was."""
    attempt = payout.attempts.get()
    return attempt.inquiry_requested_by, attempt.next_inquiry_at is not None, attempt.inquiries


def last_event(payout: Payout) -> Event:
    return Event.objects.filter(subject_type="payout", subject_id=payout.pk).latest("id")


@pytest.mark.parametrize("state", OPEN)
def test_it_has_the_rail_asked_at_once(
    state: str, bank: BankClient, rail: SandboxRail, jane: Caller, recipient: Recipient
) -> None:
    payout = open_payout(recipient, state)
    tell_bank(bank, payout, "9999")
    ask(rail)
    assert state_of(payout) == ("PROCESSING", state)

    request(jane, payout)

    told = last_event(payout)
    assert (told.type, told.actor) == ("PayoutInquiryRequested", "operator:jane")
    assert (told.data["reason"], told.data["attempt"]) == ("the recipient is waiting", 1)
    assert question_of(payout) == ("operator:jane", True, 0)
    ask(rail)
    assert state_of(payout) == ("COMPLETED", "confirmed")
    assert question_of(payout) == ("", False, 1)
    assert history_of(payout) == ["Created", "InquiryRequested", "Completed"]


@pytest.mark.parametrize("state", OPEN)
def test_it_records_a_refusal_as_the_end(
    state: str, bank: BankClient, rail: SandboxRail, jane: Caller, recipient: Recipient
) -> None:
    payout = open_payout(recipient, state)
    tell_bank(bank, payout, "0001")
    request(jane, payout)

    ask(rail)

    assert state_of(payout) == ("FAILED", "declined")


@pytest.mark.parametrize(
    ("suffix", "answer"),
    [("", "The rail does not know the order."), ("0013", "The rail has not finished.")],
)
def test_it_asks_once_about_what_needs_a_review_and_leaves_it_there(
    suffix: str, answer: str, bank: BankClient, rail: SandboxRail, jane: Caller, recipient: Recipient
) -> None:
    payout = open_payout(recipient, "needs_review")
    let_time_pass(rail.timing.settle_window)  # "not found" would be proof, were it unknown
    if suffix:
        tell_bank(bank, payout, suffix)
    request(jane, payout)

    for _ in range(2):
        ask(rail)

    assert state_of(payout) == ("PROCESSING", "needs_review")
    assert question_of(payout) == ("", False, 1)
    told = last_event(payout)
    assert (told.type, told.actor) == ("PayoutInquiryAnswered", "rail:sandbox")
    assert (told.data["reason"], told.data["requested_by"]) == (answer, "operator:jane")
    assert history_of(payout) == ["Created", "InquiryRequested", "InquiryAnswered"]


def test_it_tells_the_answer_to_a_person_and_not_that_to_the_sweep(
    bank: BankClient, rail: SandboxRail, jane: Caller, recipient: Recipient
) -> None:
    payout = open_payout(recipient, "accepted")
    tell_bank(bank, payout, "0013")
    request(jane, payout)
    ask(rail)
    assert history_of(payout)[-1] == "InquiryAnswered"

    payout.attempts.update(next_inquiry_at=database_now())
    ask(rail)

    assert question_of(payout) == ("", True, 2)
    assert history_of(payout) == ["Created", "InquiryRequested", "InquiryAnswered"]


def test_it_may_be_asked_again_after_an_answer(
    bank: BankClient, rail: SandboxRail, jane: Caller, recipient: Recipient
) -> None:
    payout = open_payout(recipient, "needs_review")
    request(jane, payout)
    with pytest.raises(InquiryRequested):
        request(jane, payout)
    ask(rail)

    request(jane, payout)
    tell_bank(bank, payout, "9999")
    ask(rail)

    assert state_of(payout) == ("COMPLETED", "confirmed")


@pytest.mark.parametrize("state", ["accepted", "needs_review"])
def test_it_still_waits_for_its_answer_when_the_rail_repeats_itself(
    state: str, rail: SandboxRail, jane: Caller, recipient: Recipient
) -> None:
    payout = open_payout(recipient, state)
    request(jane, payout)
    before = question_of(payout), payout.attempts.get().next_inquiry_at

    attempt = payout.attempts.get()
    record_outcomes(
        rail=rail,
        answers=[Answer(attempt.rail_key, Accepted("bank-1"))],
        authority=Authority.RAIL,
        actor=rail_actor(rail.code),
        now=database_now(),
    )

    assert (question_of(payout), payout.attempts.get().next_inquiry_at) == before
    assert history_of(payout) == ["Created", "InquiryRequested"]


def test_it_tells_that_the_bank_could_not_be_asked(jane: Caller, recipient: Recipient) -> None:
    payout = open_payout(recipient, "needs_review")
    request(jane, payout)

    with unreachable_bank() as cut_off:
        ask(cut_off)

    assert history_of(payout)[-1] == "InquiryAnswered"
    assert last_event(payout).data["reason"]


@pytest.mark.parametrize("state", ["sending", "not_sent"])
def test_it_asks_nothing_about_what_is_not_with_the_rail(
    state: str, jane: Caller, recipient: Recipient
) -> None:
    for payout in (payout_with(recipient, state), make_payout(recipient)):
        with pytest.raises(NothingToAskAbout):
            request(jane, payout)


def test_it_asks_nobody_about_what_a_person_pays(jane: Caller, recipient: Recipient) -> None:
    payout = payout_with(recipient, "accepted", rail="manual")

    with pytest.raises(NothingToAskAbout):
        request(jane, payout)


def test_it_asks_nothing_that_a_restore_has_not_asked_yet(
    rail: SandboxRail, jane: Caller, organization: Organization
) -> None:
    payout = make_payout(make_recipient(organization, account_number="UA123456780006"))
    work(rail)
    with unreachable_bank() as cut_off:
        stopped_at = database_now() - rail.timing.settle_window
        ask_after_restore(rail=cut_off, stopped_at=stopped_at, wait=lambda _seconds: None)

    with pytest.raises(InquiriesHeld):
        request(jane, payout)
    assert question_of(payout)[:2] == ("", False)


def test_it_can_be_asked_anew_after_a_restore_has_dropped_the_question(
    bank: BankClient, rail: SandboxRail, jane: Caller, recipient: Recipient
) -> None:
    payout = open_payout(recipient, "needs_review")
    request(jane, payout)
    PayoutAttempt.objects.update(next_inquiry_at=None)

    request(jane, payout)
    tell_bank(bank, payout, "9999")
    ask(rail)

    assert state_of(payout) == ("COMPLETED", "confirmed")


def test_it_counts_a_question_that_no_sweep_asks(jane: Caller, recipient: Recipient) -> None:
    payout = open_payout(recipient, "needs_review")
    assert report_standing().not_asked_about.count == 0
    request(jane, payout)
    assert report_standing().not_asked_about.count == 0

    payout.attempts.update(next_inquiry_at=database_now() - 2 * A_MINUTE)

    assert report_standing().not_asked_about.count == 1


def test_it_is_for_those_who_may_with_a_reason(
    organization: Organization, other_organization: Organization, jane: Caller, recipient: Recipient
) -> None:
    payout = open_payout(recipient, "unknown")

    with pytest.raises(ScopeMissing):
        request(person(organization, scopes=everything_but(Scope.PAYOUTS_ADMIN)), payout)
    with pytest.raises(PayoutNotFound):
        request(person(other_organization), payout)
    with pytest.raises(UnusableWords):
        request(jane, payout, "")
