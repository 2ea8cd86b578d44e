"""The bank as its clients and its clockwork see it: every call is one or two transactions of the books."""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sandbox_bank.behaviour import Behaviour
from sandbox_bank.books import Books
from sandbox_bank.desk import Broken, Decision, Desk, Hang, Timings
from sandbox_bank.store import Store
from sandbox_bank.transfers import Answer, Breakage, Submission, Transfer, TransferOrder

STEPS_AT_ONCE: Final = 500


class Bank:
    def __init__(
        self, store: Store, timings: Timings, stopping: threading.Event, *, sends_callbacks: bool
    ) -> None:
        self._store = store
        self._timings = timings
        self._stopping = stopping
        self._sends_callbacks = sends_callbacks
        with store.transaction() as books:
            self._behaviour = replace(Behaviour(), **books.list_switches())
        self._random = random.Random(self._behaviour.seed)  # noqa: S311 # nosec B311 # chance for tests

    @property
    def behaviour(self) -> Behaviour:
        return self._behaviour

    def set_behaviour(self, switches: dict[str, Any]) -> Behaviour:
        """Set these switches, from the next request on and across restarts; a seed starts its course anew."""
        with self._store.transaction() as books:
            books.set_switches(switches)
            self._behaviour = replace(self._behaviour, **switches)
            if "seed" in switches:
                self._random.seed(self._behaviour.seed)
        return self._behaviour

    def inquire(self, keys: Sequence[str]) -> list[Transfer | None]:
        with self._store.transaction() as books:
            return [books.find_transfer(key) for key in keys]

    def submit(self, orders: Sequence[TransferOrder]) -> Submission:
        """Carry the orders out one after the other, up to the first whose script breaks the connection."""
        behaviour = self._behaviour
        # Both are drawn for every request, so that setting one rate does not shift the course of the other.
        error_draw, lost_reply_draw = self._random.random(), self._random.random()
        if error_draw < behaviour.error_rate:
            return Submission((), Breakage.SERVER_ERROR)
        submission = self._carry_out(orders, behaviour)
        self._stopping.wait(behaviour.latency_ms / 1000)
        if lost_reply_draw < behaviour.lost_reply_rate:
            return replace(submission, breakage=Breakage.DROPPED)
        return submission

    def do_due_steps(self) -> bool:
        """Execute and return what is due; true when more may be due already."""
        with self._store.transaction() as books:
            steps = books.take_due_steps(time.time(), limit=STEPS_AT_ONCE)
            desk = self._desk(books, self._behaviour)
            for step in steps:
                desk.do_step(step)
        return len(steps) == STEPS_AT_ONCE

    def _carry_out(self, orders: Sequence[TransferOrder], behaviour: Behaviour) -> Submission:
        answers: list[Answer] = []
        for order, decision in self._decide(orders, behaviour):
            match decision:
                case Answer() as answer:
                    answers.append(answer)
                case Broken(breakage, told):
                    return Submission((*answers, *told), breakage)
                case Hang():
                    self._execute_late(order, behaviour)
                    return Submission(tuple(answers), Breakage.DROPPED)
        return Submission(tuple(answers), None)

    def _decide(
        self, orders: Sequence[TransferOrder], behaviour: Behaviour
    ) -> list[tuple[TransferOrder, Decision]]:
        """Decide in one transaction, over before anybody hangs; orders after a break stay untouched."""
        decisions: list[tuple[TransferOrder, Decision]] = []
        with self._store.transaction() as books:
            desk = self._desk(books, behaviour)
            for order in orders:
                decisions.append((order, desk.decide(order)))
                if not isinstance(decisions[-1][1], Answer):
                    break
        return decisions

    def _execute_late(self, order: TransferOrder, behaviour: Behaviour) -> None:
        if self._stopping.wait(self._timings.hang_seconds):
            return  # as if the bank had been killed in the middle: it has executed nothing and said nothing
        with self._store.transaction() as books:
            self._desk(books, behaviour).execute_after_hang(order)

    def _desk(self, books: Books, behaviour: Behaviour) -> Desk:
        """Open a desk at the time read here, under the lock of the books: no wait for it is hidden."""
        return Desk(books, behaviour, self._timings, sends_callbacks=self._sends_callbacks, now=time.time())
