"""The rail of payouts that a person pays: nothing is sent, and only a person knows the end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from core.money import AMOUNT_MINOR_LIMIT
from infrastructure.metrics.rails import measured
from payouts.domain.backoff import Backoff
from payouts.domain.rail import Capabilities, ForgedCallback, NotSent, Timing, Unknown, find_problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from core.exceptions import FieldProblem
    from payouts.domain.rail import Outcome, PaymentOrder, SubmitOutcome

_A_DAY = Backoff(timedelta(days=1), timedelta(days=1))


@measured
class ManualRail:
    code = "manual"
    capabilities = Capabilities(
        is_automatic=False, largest_batch=100, largest_amount_minor=AMOUNT_MINOR_LIMIT
    )
    timing = Timing(
        lease=timedelta(days=1),
        settle_window=timedelta(days=1),
        accepted_patience=timedelta(days=1),
        inquiry_backoff=_A_DAY,
        retry_backoff=_A_DAY,
        horizon=timedelta(days=30),
        most_attempts=1,
    )
    orders_at_once = 0
    takes_questions = False

    def validate(self, order: PaymentOrder) -> tuple[FieldProblem, ...]:
        return find_problems(self.capabilities, order)

    def submit(
        self,
        orders: Sequence[PaymentOrder],
        *,
        valid_until: datetime,  # noqa: ARG002  the port's signature
    ) -> Mapping[str, SubmitOutcome]:
        return {order.rail_key: NotSent("This rail is paid by hand.") for order in orders}

    def inquire(self, rail_keys: Sequence[str]) -> Mapping[str, Outcome]:
        return dict.fromkeys(rail_keys, Unknown("Only the person who paid knows."))

    def ingest(self, body: bytes, headers: Mapping[str, str]) -> Mapping[str, Outcome]:  # noqa: ARG002
        """Nobody may call back about what a person does."""
        raise ForgedCallback
