"""Where one transfer is decided on, executed and returned, inside an open transaction of the books."""

import secrets
from dataclasses import dataclass, replace

from sandbox_bank.behaviour import Behaviour
from sandbox_bank.books import Books, Step, StepKind
from sandbox_bank.callbacks import queue_callbacks
from sandbox_bank.failures import IDEMPOTENCY_CONFLICT, ORDER_EXPIRED
from sandbox_bank.scripts import (
    Accept,
    Announcement,
    Execute,
    Lose,
    Reject,
    Script,
    announcements_of_execution,
    counts_attempts,
    script_at_attempt,
    script_of,
)
from sandbox_bank.transfers import Answer, Breakage, Failure, Transfer, TransferOrder, Verdict


@dataclass(frozen=True, slots=True)
class Timings:
    delay_seconds: float = 2.0
    """From an answer to the execution or return that its script lets follow."""
    hang_seconds: float = 3.0
    """How long script 0011 hangs: beyond the client's deadline, within its settle window."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The request ends without a true answer; `answers` is what the client should have heard."""

    breakage: Breakage
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Hang:
    """Nothing is decided yet: the order comes back when the client has stopped waiting."""


Decision = Answer | Broken | Hang


class Desk:
    def __init__(
        self, books: Books, behaviour: Behaviour, timings: Timings, *, sends_callbacks: bool, now: float
    ) -> None:
        self._books = books
        self._behaviour = behaviour
        self._timings = timings
        self._sends_callbacks = sends_callbacks
        self._now = now

    def decide(self, order: TransferOrder) -> Decision:
        earlier = self._find_earlier(order)
        if earlier:
            return _repeat(earlier, order)
        if order.is_expired(self._now):
            return self._reject(order, ORDER_EXPIRED)
        return self._play(self._script(order), order)

    def execute_after_hang(self, order: TransferOrder) -> None:
        """Execute what nobody waits for any more, unless its key was sent again and executed meanwhile."""
        if not self._find_earlier(order):
            self._execute(order, Execute())

    def do_step(self, step: Step) -> None:
        transfer = self._books.get_transfer(step.transfer_id)
        match step.kind:
            case StepKind.EXECUTE:
                self._execute_accepted(transfer)
            case StepKind.RETURN:
                self._return(transfer)

    def _find_earlier(self, order: TransferOrder) -> Transfer | None:
        return self._books.find_transfer(order.key) if self._behaviour.idempotent else None

    def _script(self, order: TransferOrder) -> Script:
        script = script_of(order.account_number)
        if not counts_attempts(script):
            return script
        return script_at_attempt(script, self._books.count_attempt(order.end_to_end_id))

    def _play(self, script: Script, order: TransferOrder) -> Decision:
        match script:
            case Reject(failure):
                return self._reject(order, failure)
            case Lose(breakage):
                return Broken(breakage)
            case Accept(executes):
                return self._accept(order, due_in=self._timings.delay_seconds if executes else None)
            case Execute(hangs_first=True):
                return Hang()
            case Execute(breakage):
                answer = self._execute(order, script)
                return Broken(breakage, (answer,)) if breakage else answer

    def _reject(self, order: TransferOrder, failure: Failure) -> Answer:
        return _answer(self._add(order, Verdict.REJECTED, failure=failure))

    def _accept(self, order: TransferOrder, *, due_in: float | None) -> Answer:
        """Take the order for later; `due_in` seconds and the flight time from now, or never."""
        transfer = self._add(order, Verdict.ACCEPTED)
        if due_in is not None:
            # An execution lands after its answer, which waits out the latency first.
            flight_seconds = (self._behaviour.latency_ms + self._behaviour.in_flight_ms) / 1000
            self._books.add_step(transfer.id, StepKind.EXECUTE, due_at=self._now + due_in + flight_seconds)
        return _answer(transfer)

    def _execute(self, order: TransferOrder, script: Execute) -> Answer:
        if self._behaviour.in_flight_ms:
            return self._accept(order, due_in=0.0)
        transfer = self._add(order, Verdict.EXECUTED)
        self._move(transfer, script)
        return _answer(transfer)

    def _execute_accepted(self, transfer: Transfer) -> None:
        script = script_of(transfer.account_number)
        executed = self._move(transfer, script)
        self._announce(executed, announcements_of_execution(script))

    def _move(self, transfer: Transfer, script: Script) -> Transfer:
        self._books.add_movement(transfer.id, executed_at=self._now)
        if isinstance(script, Execute) and script.is_returned:
            due_at = self._now + self._timings.delay_seconds
            self._books.add_step(transfer.id, StepKind.RETURN, due_at=due_at)
        return replace(transfer, executed_at=self._now)

    def _return(self, transfer: Transfer) -> None:
        self._books.return_movement(transfer.id, returned_at=self._now)
        self._announce(replace(transfer, returned_at=self._now), (Announcement.RETURNED,))

    def _announce(self, transfer: Transfer, announcements: tuple[Announcement, ...]) -> None:
        if self._sends_callbacks:
            queue_callbacks(self._books, transfer, announcements, now=self._now)

    def _add(self, order: TransferOrder, verdict: Verdict, *, failure: Failure | None = None) -> Transfer:
        reference = None if failure else f"SB{secrets.token_hex(8).upper()}"
        return self._books.add_transfer(
            order, verdict=verdict, reference=reference, failure=failure, received_at=self._now
        )


def _answer(transfer: Transfer) -> Answer:
    return Answer(transfer.key, transfer.verdict, transfer.reference, transfer.failure)


def _repeat(earlier: Transfer, order: TransferOrder) -> Answer:
    if earlier.digest != order.digest():
        return Answer(order.key, Verdict.REJECTED, None, IDEMPOTENCY_CONFLICT)
    return _answer(earlier)
