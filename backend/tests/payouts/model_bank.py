"""A bank in a few lines, on a road that loses and delays, and a clock that stands still until it is moved.

What this bank says is always true when it says it. It never looks at the key of an order: whatever arrives and
is executed moves money, so that an instruction that is sent twice is paid twice.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import cycle
from typing import TYPE_CHECKING

from django.db import connection

from database.clock import database_now
from payouts.domain.rail import (
    Accepted,
    Capabilities,
    Completed,
    NotFound,
    NotSent,
    Rejected,
    Returned,
    Unknown,
)
from tests.payouts.domain.situations import REFUSED, REFUSED_FOR_NOW, SECOND, TIMING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from core.exceptions import FieldProblem
    from payouts.domain.rail import Outcome, PaymentOrder, SubmitOutcome

# Shorter than the settle window, as the port asks for.
LONGEST_FLIGHT = 4 * SECOND

_STOPPED_CLOCK = """
CREATE SCHEMA stopped_clock;
CREATE FUNCTION stopped_clock.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT current_setting('stopped_clock.now')::timestamptz $$;
SET LOCAL search_path = stopped_clock, public, pg_catalog;
"""


def stop_the_clock() -> None:
    """Until the transaction ends, `statement_timestamp()` is what `set_clock` says."""
    with connection.cursor() as cursor:
        cursor.execute(_STOPPED_CLOCK)


def set_clock(now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('stopped_clock.now', %s, true)", [now.isoformat()])


def let_pass(time: timedelta) -> None:
    set_clock(database_now() + time)


class Road(Enum):
    """How a call to the bank goes."""

    OPEN = auto()
    REPLY_LOST = auto()
    ORDERS_LOST = auto()
    ORDERS_HELD_UP = auto()
    """They arrive later, or never; nobody answers in time."""
    REPLY_LATE = auto()
    """Of a question: the answer is old when it comes, and orders have overtaken it."""
    CLOSED = auto()
    """The connection is refused: nothing leaves."""


class Verdict(Enum):
    """What the bank does with an order."""

    EXECUTE = auto()
    ACCEPT = auto()
    REFUSE = auto()
    REFUSE_FOR_NOW = auto()


@dataclass
class Transfer:
    """An order that has arrived, and what the bank says of it."""

    order: PaymentOrder
    word: Completed | Accepted | Rejected | Returned


@dataclass
class HeldUpOrder:
    """An order under way. `arrives_before` is None while its sender may be holding it still."""

    order: PaymentOrder
    valid_until: datetime
    arrives_before: datetime | None


@dataclass
class ModelBank:
    """A rail to the bank, and the bank. `road` and `verdicts` are set before each call.

    `refuses_late_orders`: it executes nothing after an order's `valid_until`, and orders can be held up for as
    long as their sender has not spoken. Otherwise it executes orders of any age, and none is long under way.
    """

    code = "model"
    capabilities = Capabilities(is_automatic=True, largest_batch=10, largest_amount_minor=10**9)
    timing = TIMING
    orders_at_once, takes_questions = 10, True

    refuses_late_orders: bool = True
    road: Road = Road.OPEN
    verdicts: Sequence[Verdict] = (Verdict.EXECUTE,)
    sent: Counter[str] = field(default_factory=Counter)
    """By rail key: how often an instruction has left the house."""
    under_way: list[HeldUpOrder] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    ledger: list[PaymentOrder] = field(default_factory=list)
    """Every order whose money has moved, once for each time that it has."""
    early_denials: int = 0
    """How often it has said that it does not know an order which could still arrive."""
    words: list[tuple[str, Outcome]] = field(default_factory=list)
    """All that the bank has ever said, by rail key: it may call back with any of it."""

    def validate(self, order: PaymentOrder) -> tuple[FieldProblem, ...]:  # noqa: ARG002  the port's signature
        return ()

    def submit(self, orders: Sequence[PaymentOrder], *, valid_until: datetime) -> Mapping[str, SubmitOutcome]:
        if self.road is Road.CLOSED:
            return {order.rail_key: NotSent("The bank cannot be reached.") for order in orders}
        self.sent.update(order.rail_key for order in orders)
        for order, verdict in zip(sorted(orders, key=_age), cycle(self.verdicts), strict=False):
            self._transmit(order, verdict, valid_until)
        if self.road is Road.OPEN:
            return {order.rail_key: self._word_on(order) for order in orders}
        return {order.rail_key: Unknown("The bank did not answer.") for order in orders}

    def inquire(self, rail_keys: Sequence[str]) -> Mapping[str, Outcome]:
        if self.road is Road.CLOSED:
            return dict.fromkeys(rail_keys, NotSent("The question did not leave."))
        if self.road is not Road.OPEN and self.road is not Road.REPLY_LATE:
            return dict.fromkeys(rail_keys, Unknown("The bank did not answer."))
        self.early_denials += sum(each.order.rail_key in rail_keys for each in self.still_to_arrive())
        words: dict[str, Outcome] = {transfer.order.rail_key: transfer.word for transfer in self.transfers}
        if self.road is Road.REPLY_LATE:
            self.receive_all_under_way()
            let_pass(TIMING.settle_window)
        return {key: words.get(key, NotFound()) for key in rail_keys}

    def ingest(self, body: bytes, headers: Mapping[str, str]) -> Mapping[str, Outcome]:  # noqa: ARG002
        """The body lists words of the bank by their numbers."""
        return dict(self.words[number] for number in json.loads(body))

    def hear_that_sending_is_over(self, rail_keys: Sequence[str]) -> None:
        """Their sender has spoken: what it sent arrives soon, or never."""
        for each in self.under_way:
            if each.order.rail_key in rail_keys and each.arrives_before is None:
                each.arrives_before = database_now() + LONGEST_FLIGHT

    def still_to_arrive(self) -> list[HeldUpOrder]:
        now = database_now()
        return [each for each in self.under_way if each.arrives_before is None or now < each.arrives_before]

    def references_in_flight(self) -> set[str]:
        """Of the payouts that an order under way can still pay."""
        now = database_now()
        return {
            each.order.reference
            for each in self.still_to_arrive()
            if not (self.refuses_late_orders and now > each.valid_until)
        }

    def receive(self, held_up: HeldUpOrder, verdict: Verdict) -> None:
        self.under_way.remove(held_up)
        self._arrive(held_up.order, verdict, held_up.valid_until)

    def receive_all_under_way(self) -> None:
        for held_up in self.still_to_arrive():
            self.receive(held_up, Verdict.EXECUTE)

    def finish(self, transfer: Transfer, verdict: Verdict) -> None:
        """End a transfer that had been accepted."""
        self._say(transfer, self._carry_out(transfer.order, verdict))

    def give_back(self, transfer: Transfer) -> None:
        self._say(transfer, Returned("bank-1"))

    def transfers_that(self, word: type[Outcome]) -> list[Transfer]:
        return [transfer for transfer in self.transfers if isinstance(transfer.word, word)]

    def _transmit(self, order: PaymentOrder, verdict: Verdict, valid_until: datetime) -> None:
        match self.road:
            case Road.ORDERS_LOST:
                return
            case Road.ORDERS_HELD_UP:
                before = None if self.refuses_late_orders else database_now() + LONGEST_FLIGHT
                self.under_way.append(HeldUpOrder(order, valid_until, before))
            case _:
                self._arrive(order, verdict, valid_until)

    def _arrive(self, order: PaymentOrder, verdict: Verdict, valid_until: datetime) -> None:
        is_late = self.refuses_late_orders and database_now() > valid_until
        word = REFUSED_FOR_NOW if is_late else self._carry_out(order, verdict)
        self.transfers.append(Transfer(order, word))
        self.words.append((order.rail_key, word))

    def _carry_out(self, order: PaymentOrder, verdict: Verdict) -> Completed | Accepted | Rejected:
        match verdict:
            case Verdict.EXECUTE:
                self.ledger.append(order)
                return Completed("bank-1", {"reply": "executed"})
            case Verdict.ACCEPT:
                return Accepted("bank-1")
            case Verdict.REFUSE:
                return REFUSED
            case Verdict.REFUSE_FOR_NOW:
                return REFUSED_FOR_NOW

    def _say(self, transfer: Transfer, word: Completed | Accepted | Rejected | Returned) -> None:
        transfer.word = word
        self.words.append((transfer.order.rail_key, word))

    def _word_on(self, order: PaymentOrder) -> SubmitOutcome:
        (word,) = (each.word for each in self.transfers if each.order is order)
        assert not isinstance(word, Returned)
        return word


def _age(order: PaymentOrder) -> str:
    """References are in the order of their making."""
    return order.reference
