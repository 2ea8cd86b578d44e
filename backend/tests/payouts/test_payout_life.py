"""Whatever clients, workers, sweeps, people and the bank do, in any order: nothing is paid twice or lost.

The use cases and the database are the real ones; the bank is a model, so that its ledger can be counted. What
one worker does in one go is cut into its steps here, and anybody's step may come between them.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from structlog.testing import capture_logs

from access.environment import Environment
from core.money import Money
from database.clock import database_now
from payouts.application.ask_rail import InquiryRequested, NothingToAskAbout, ask_rail
from payouts.application.change_status import change_status
from payouts.application.claim_payouts import claim_payouts
from payouts.application.create_payout import create_payout
from payouts.application.delete_payout import PayoutUnderWay, delete_payout
from payouts.application.expire_leases import expire_leases
from payouts.application.hold_payout import PayoutHeld, PayoutNotReady, hold_payout
from payouts.application.inquire_attempts import inquire_attempts
from payouts.application.process_payouts import _calls, _submit, process_payouts
from payouts.application.record_callback import record_callback
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.application.release_payout import PayoutNotHeld, release_payout
from payouts.application.update_recipient import update_recipient
from payouts.domain.idempotency import IdempotencyKeyDeleted, IdempotencyKeyReused
from payouts.domain.rail import Accepted, Completed, NotSent
from payouts.domain.recipient import RecipientChanges, RecipientInactive
from payouts.domain.settlement import AttemptIsOut, NothingWasSent, ReasonNeeded
from payouts.domain.status import Authority, InvalidTransition, Status
from payouts.models import PayoutAttempt
from payouts.rails import get_rail
from payouts.refusals import PayoutNotFound
from tests.factories import make_caller, make_organization, make_recipient, make_request
from tests.payouts.domain.situations import SECOND, TIMING
from tests.payouts.model_bank import ModelBank, Road, Verdict, let_pass, set_clock, stop_the_clock
from tests.payouts.payout_life import (
    ensure_all_is_at_rest,
    ensure_all_is_well,
    may_a_person_ask,
    may_a_person_move,
    read_books,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import Settings

    from access.caller import Caller
    from core.exceptions import Refusal
    from payouts.application.create_payout import CreatedPayout
    from payouts.models import Recipient
    from tests.payouts.payout_life import Books

    Deed = Callable[[st.DataObject], None]

EXAMPLES, STEPS = 50, 40
NO_TIME = timedelta()
ACME, GLOBEX = "Acme", "Globex"
KEYS = ("first-key", "second-key", "third-key")

# What leads to long and dangerous histories stands there more than once.
roads = st.sampled_from([*Road, *[Road.OPEN] * 2, *[Road.ORDERS_HELD_UP] * 4])
roads_of_questions = st.sampled_from(
    [Road.OPEN, Road.OPEN, Road.REPLY_LATE, Road.REPLY_LATE, Road.REPLY_LOST, Road.CLOSED]
)
verdicts = st.sampled_from([*Verdict, Verdict.EXECUTE])
names = st.sampled_from([ACME, ACME, GLOBEX])
words = st.lists(verdicts, min_size=1, max_size=2)
# In seconds: none, and around the time of flight, half a lease, a lease, the longest backoff and the horizon.
pauses = st.sampled_from([*[0] * 14, 1, 3, 6, 11, 61, 301])

# What the examples must have reached between them, in the words of the event log and of this test.
NOTEWORTHY = {
    *("PayoutCompleted", "PayoutFailed", "PayoutReturned", "PayoutRetryScheduled"),
    *("PayoutOutcomeUnknown", "PayoutReviewNeeded", "claimed again", "tried again", "late word dropped"),
    *("denied while under way", "repeated", "idempotency_key_reused"),
    *("PayoutHeld", "PayoutReleased", "PayoutInquiryRequested"),
}


@dataclass
class Party:
    caller: Caller
    recipient: Recipient


class Batch:
    """What a worker has claimed, and what it heard of it, which it may tell again at any time."""

    def __init__(self, bank: ModelBank) -> None:
        self.bank, self.claimed_at = bank, database_now()
        batch = claim_payouts(bank)
        self.valid_until = batch.lease_until
        self.calls = list(_calls(batch.orders, bank.capabilities.largest_batch))
        self.references = {each.order.reference for each in batch.orders}
        self.heard: list[Answer] = []
        self.has_news = False

    def __repr__(self) -> str:
        return f"Batch({len(self.calls)} calls to make, {len(self.heard)} answers)"

    def send(self) -> None:
        orders = self.calls.pop(0)
        # By the worker's own clock, which goes on while its process is stopped.
        held_for = database_now() - self.claimed_at
        held_since = monotonic() - held_for.total_seconds()
        outcomes = _submit(self.bank, orders, valid_until=self.valid_until, held_since=held_since)
        is_sent = not all(isinstance(outcome, NotSent) for outcome in outcomes.values())
        assert not (is_sent and held_for >= TIMING.lease / 2)
        self.heard += [
            Answer(each.order.rail_key, outcomes[each.order.rail_key], each.fence) for each in orders
        ]
        self.has_news = True

    def report(self) -> None:
        self.has_news = False
        self.bank.hear_that_sending_is_over([answer.rail_key for answer in self.heard])
        record_outcomes(
            rail=self.bank,
            answers=self.heard,
            authority=Authority.RAIL,
            actor="rail:model",
            now=database_now(),
        )


class PayoutsUnderFire(RuleBasedStateMachine):
    """What everybody does, in any order; `after` is how many seconds pass before it."""

    reached: ClassVar[Counter[str]] = Counter()
    """How often each noteworthy thing was seen in all examples."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        set_clock(datetime.now(UTC) + timedelta(days=1))
        self.bank = _fresh_bank()
        self.parties = {name: _party(name) for name in (ACME, GLOBEX)}
        self.made: dict[tuple[str, str], int] = {}
        self.batches: list[Batch] = []
        self.steps = 0
        self.books = read_books()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize(refuses_late_orders=st.booleans())
    def two_payouts_are_made(self, *, refuses_late_orders: bool) -> None:
        self.bank.refuses_late_orders = refuses_late_orders
        for key in KEYS[:2]:
            self._make(ACME, key, 100)

    @invariant()
    def all_is_well(self) -> None:
        books = read_books()
        ensure_all_is_well(self.books, books, self.bank)
        self._note_news(books)
        self.books = books
        self.steps += 1

    @rule(data=st.data(), after=pauses)
    def something_happens(self, data: st.DataObject, after: int) -> None:
        let_pass(after * SECOND)
        names_of_deeds = [deed.__name__ for deed in self._possible_deeds()]
        getattr(self, data.draw(st.sampled_from(names_of_deeds), "deed"))(data)

    def _possible_deeds(self) -> list[Deed]:
        """What can happen now, as often as it is likely.

        Not a rule each: of a machine's rules, half are left out of an example, and a life without workers or
        without sweeps goes nowhere.
        """
        sending = self.books.attempts_that_are("sending")
        asked_about = self.books.attempts_that_are("accepted", "unknown")
        chances: list[tuple[Deed, int, object]] = [
            (self.a_worker_goes_on, 6, self._unfinished_batches() or self._is_anything_due()),
            (self.a_call_times_out, 1, self._is_anything_due()),
            (self.a_worker_repeats_itself, 1, any(batch.heard for batch in self.batches)),
            (self.an_order_arrives, 2, self.bank.still_to_arrive()),
            (self.the_bank_finishes, 2, self.bank.transfers_that(Accepted)),
            (self.the_money_comes_back, 1, self.bank.transfers_that(Completed)),
            (self.the_bank_calls_back, 2, self.bank.words),
            (self.the_sweep_gives_lost_workers_up, 2, sending),
            (self.the_sweep_asks_the_bank, 6, asked_about),
            (self.a_client_posts, 1, True),
            (self.a_person_decides, 1, self.books.attempts),
            (self.a_person_deletes, 1, True),
            (self.a_person_holds_or_releases, 1, True),
            (self.a_person_asks_the_bank, 1, asked_about),
            (self.a_person_asks_about_a_review, 2, self.books.attempts_that_are("needs_review")),
            (self.a_recipient_changes, 2, True),
            (self.all_comes_to_rest, 1, self.steps > STEPS - 10),
        ]
        return [deed for deed, chance, is_possible in chances if is_possible for _ in range(chance)]

    def a_client_posts(self, data: st.DataObject) -> None:
        name, key = data.draw(names, "by"), data.draw(st.sampled_from(KEYS), "key")
        amount_minor = data.draw(st.sampled_from([100, 200]), "amount")
        if (name, key) not in self.made:
            self._make(name, key, amount_minor)
            return
        earlier = self.books.payouts[self.made[name, key]]
        if earlier["deleted_at"] is not None:
            with self._refused(IdempotencyKeyDeleted):
                self._post(name, key, amount_minor)
        elif amount_minor != earlier["amount_minor"]:
            with self._refused(IdempotencyKeyReused):
                self._post(name, key, amount_minor)
        else:
            again = self._post(name, key, amount_minor)
            assert (again.is_replay, again.payout.pk) == (True, earlier["id"])
            self._note_that_nothing_changed("repeated")

    def a_worker_goes_on(self, data: st.DataObject) -> None:
        """It sends what it has claimed, reports what it heard of it, or claims a new batch."""
        self.bank.road = data.draw(roads, "road")
        self.bank.verdicts = data.draw(words, "verdicts")
        choices: list[Batch | None] = [None] if self._is_anything_due() else []
        batch = data.draw(st.sampled_from(choices + self._unfinished_batches()), "batch")
        if batch is None:
            self._claim()
        elif batch.has_news:
            self._report(batch)
        else:
            batch.send()
            if data.draw(st.booleans(), "reports at once"):
                self._report(batch)

    def _claim(self) -> Batch:
        batch = Batch(self.bank)
        paused = {party.recipient.pk for party in self.parties.values() if not party.recipient.is_active}
        for payout in self.books.payouts.values():
            assert not (payout["reference"] in batch.references and payout["recipient_id"] in paused)
        self.batches.append(batch)
        return batch

    def a_worker_repeats_itself(self, data: st.DataObject) -> None:
        told = [batch for batch in self.batches if batch.heard]
        self._report(data.draw(st.sampled_from(told[-3:]), "batch"))

    def _report(self, batch: Batch) -> None:
        is_in_time = self._holds_anything(batch)
        batch.report()
        if not is_in_time:
            self._note_that_nothing_changed("late word dropped")

    def an_order_arrives(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.bank.still_to_arrive()), "order")
        self.bank.receive(order, data.draw(verdicts, "verdict"))

    def the_bank_finishes(self, data: st.DataObject) -> None:
        transfer = data.draw(st.sampled_from(self.bank.transfers_that(Accepted)), "transfer")
        self.bank.finish(transfer, data.draw(verdicts, "verdict"))

    def the_money_comes_back(self, data: st.DataObject) -> None:
        self.bank.give_back(data.draw(st.sampled_from(self.bank.transfers_that(Completed)), "transfer"))

    def the_bank_calls_back(self, data: st.DataObject) -> None:
        """With anything that it has ever said, in any order and as often as it likes."""
        numbers = st.integers(0, len(self.bank.words) - 1)
        said = data.draw(st.lists(numbers, min_size=1, max_size=3), "words")
        record_callback(rail=self.bank, body=json.dumps(said).encode(), headers={})

    def the_sweep_gives_lost_workers_up(self, data: st.DataObject) -> None:
        let_pass(data.draw(st.sampled_from([NO_TIME, TIMING.lease + SECOND]), "after"))
        expire_leases(now=database_now())

    def the_sweep_asks_the_bank(self, data: st.DataObject) -> None:
        self.bank.road = data.draw(roads_of_questions, "road")
        self._ask(data.draw(st.sampled_from([NO_TIME, TIMING.settle_window, TIMING.horizon]), "after"))

    def a_call_times_out(self, data: st.DataObject) -> None:
        """What is most dangerous, in one go: the order is under way while others ask what became of it."""
        batch = self._claim()
        self.all_is_well()
        if not batch.calls:
            return
        self.bank.road = Road.ORDERS_HELD_UP
        batch.send()
        if data.draw(st.booleans(), "reports"):
            self._report(batch)
        else:
            let_pass(TIMING.lease + SECOND)
            expire_leases(now=database_now())
        self.all_is_well()
        self.bank.road = Road.OPEN
        self._ask(data.draw(st.sampled_from([NO_TIME, TIMING.settle_window]), "asked after"))

    def _ask(self, after: timedelta) -> None:
        let_pass(after)
        if not after:  # somebody wants to know before it is time to ask
            waiting = PayoutAttempt.objects.filter(next_inquiry_at__isnull=False)
            waiting.update(next_inquiry_at=database_now())
        inquire_attempts(rail=self.bank, now=database_now())
        if self.bank.early_denials:
            self.reached["denied while under way"] += 1

    def a_person_decides(self, data: st.DataObject) -> None:
        caller, payout_id = self._draw_payout(data)
        status, reason = data.draw(st.sampled_from(Status)), data.draw(st.sampled_from(["", "Seen."]))
        is_allowed = may_a_person_move(self.books, payout_id, status, has_reason=bool(reason))
        refusals = (InvalidTransition, AttemptIsOut, ReasonNeeded, NothingWasSent, PayoutNotFound)
        with nullcontext() if is_allowed else self._refused(*refusals):
            change_status(
                caller=caller, payout_id=payout_id, target=status, reason=reason, now=database_now()
            )

    def a_person_deletes(self, data: st.DataObject) -> None:
        caller, payout_id = self._draw_payout(data)
        payout = self.books.payouts[payout_id]
        is_allowed = payout["status"] == "NEW" and payout["deleted_at"] is None
        with nullcontext() if is_allowed else self._refused(PayoutUnderWay, PayoutNotFound):
            delete_payout(caller=caller, payout_id=payout_id, now=database_now())

    def a_person_holds_or_releases(self, data: st.DataObject) -> None:
        caller, payout_id = self._draw_payout(data)
        verb = data.draw(st.sampled_from([hold_payout, release_payout]))
        refusals = (PayoutHeld, PayoutNotHeld, PayoutNotReady, PayoutNotFound, RecipientInactive)
        payout, is_active = self.books.payouts[payout_id], self._is_recipient_active(caller)
        is_lawful = payout["stage"] == "ready" if verb is hold_payout else payout["stage"] == "on_hold"
        is_allowed = is_lawful and payout["deleted_at"] is None and (verb is hold_payout or is_active)
        with nullcontext() if is_allowed else self._refused(*refusals):
            verb(caller=caller, payout_id=payout_id, reason="Seen.", now=database_now())

    def _is_recipient_active(self, caller: Caller) -> bool:
        return any(party.recipient.is_active for party in self.parties.values() if party.caller == caller)

    def a_person_asks_the_bank(self, data: st.DataObject) -> None:
        self._request_inquiry(*self._draw_payout(data))

    def a_person_asks_about_a_review(self, data: st.DataObject) -> None:
        """And the sweep asks at once, or later, or never."""
        attempt = data.draw(st.sampled_from(self.books.attempts_that_are("needs_review")))
        payout_id = attempt["payout_id"]
        party = next(self.parties[name] for (name, _), made in self.made.items() if made == payout_id)
        self._request_inquiry(party.caller, payout_id)
        self.all_is_well()
        if data.draw(st.booleans(), "is asked at once"):
            self.bank.road = data.draw(roads_of_questions, "road")
            self._ask(SECOND)

    def _request_inquiry(self, caller: Caller, payout_id: int) -> None:
        last = self.books.last_attempt_of(payout_id)
        is_allowed = last is not None and may_a_person_ask(last)
        refusals = (NothingToAskAbout, InquiryRequested, PayoutNotFound)
        with nullcontext() if is_allowed else self._refused(*refusals):
            ask_rail(caller=caller, payout_id=payout_id, reason="Seen.", now=database_now())

    def a_recipient_changes(self, data: st.DataObject) -> None:
        """Payouts that are made already keep their account number."""
        party = self.parties[data.draw(names)]
        changes = RecipientChanges(
            is_active=data.draw(st.booleans(), "is active"),
            account_number=data.draw(st.sampled_from(["UA1234567890", "UA99"])),
        )
        party.recipient = update_recipient(
            caller=party.caller, recipient_id=party.recipient.pk, changes=changes, now=database_now()
        ).recipient

    def all_comes_to_rest(self, _: st.DataObject) -> None:
        """The faults stop: within a few rounds of the sweeps, each payout has an end or waits for a person."""
        self.bank.road, self.bank.verdicts = Road.OPEN, [Verdict.EXECUTE]
        self.bank.receive_all_under_way()
        for transfer in self.bank.transfers_that(Accepted):
            self.bank.finish(transfer, Verdict.EXECUTE)
        for _round in range(TIMING.most_attempts):
            self._run_everything_once()
        ensure_all_is_at_rest(self.books, self.bank)

    def _run_everything_once(self) -> None:
        for sweep in (expire_leases, partial(inquire_attempts, rail=self.bank)):
            let_pass(TIMING.retry_backoff.longest)
            sweep(now=database_now())
            self.all_is_well()
        process_payouts(rail=self.bank, budget_seconds=10)
        self.all_is_well()

    def _unfinished_batches(self) -> list[Batch]:
        return [batch for batch in self.batches if batch.has_news or batch.calls][-3:]

    def _is_anything_due(self) -> bool:
        return any(payout["next_run_at"] is not None for payout in self.books.payouts.values())

    def _holds_anything(self, batch: Batch) -> bool:
        """Whether anything the worker could report is still its own to say."""
        held = {(each["rail_key"], each["fence"]) for each in self.books.attempts_that_are("sending")}
        return any((answer.rail_key, answer.fence) in held for answer in batch.heard)

    def _make(self, name: str, key: str, amount_minor: int) -> None:
        if not self.parties[name].recipient.is_active:
            with self._refused(RecipientInactive):
                self._post(name, key, amount_minor)
            return
        made = self._post(name, key, amount_minor)
        assert not made.is_replay
        self.made[name, key] = made.payout.pk

    def _post(self, name: str, key: str, amount_minor: int) -> CreatedPayout:
        party = self.parties[name]
        money = Money(amount_minor, "EUR")
        request = make_request(party.recipient, money=money, idempotency_key=key)
        return create_payout(caller=party.caller, request=request, rail=self.bank)

    def _draw_payout(self, data: st.DataObject) -> tuple[Caller, int]:
        name, key = data.draw(st.sampled_from(list(self.made)))
        return self.parties[name].caller, self.made[name, key]

    @contextmanager
    def _refused(self, *refusals: type[Refusal]) -> Iterator[None]:
        """A refusal changes nothing."""
        with pytest.raises(refusals) as refused:
            yield
        self._note_that_nothing_changed(refused.value.code)

    def _note_that_nothing_changed(self, what: str) -> None:
        assert read_books() == self.books
        self.reached[what] += 1

    def _note_news(self, books: Books) -> None:
        news = books.events.keys() - self.books.events.keys()
        self.reached.update(books.events[event_id]["type"] for event_id in news)
        self.reached.update(what for _, what in books.noteworthy - self.books.noteworthy)


def _fresh_bank() -> ModelBank:
    get_rail.cache_clear()
    bank = get_rail("model")
    assert isinstance(bank, ModelBank)
    return bank


def _party(name: str) -> Party:
    organization = make_organization(name, Environment.LIVE)
    return Party(make_caller(organization), make_recipient(organization))


@pytest.fixture
def model_bank(db: None, settings: Settings) -> Iterator[None]:  # noqa: ARG001  asks for the database
    settings.PAYOUTS_RAILS = {**settings.PAYOUTS_RAILS, "model": "tests.payouts.model_bank.ModelBank"}
    stop_the_clock()
    with capture_logs():  # thousands of lines would bury the history that a failure prints
        yield
    get_rail.cache_clear()


@pytest.mark.no_cover  # others run these lines; here they run very often
# Half a minute of one core, which may have to be shared.
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("model_bank")
def test_it_is_paid_once_whatever_happens_in_whatever_order() -> None:
    PayoutsUnderFire.reached.clear()

    run_state_machine_as_test(
        PayoutsUnderFire,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )

    # A course of events that reaches nothing proves nothing.
    assert not NOTEWORTHY - PayoutsUnderFire.reached.keys()
