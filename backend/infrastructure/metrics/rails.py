"""Rails measured from outside: how long their calls take, and what they say of each order."""

from __future__ import annotations

import re
from collections import Counter
from functools import wraps
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from infrastructure.metrics.measures import (
    RAIL_ANSWERS,
    RAIL_CALL_SECONDS,
    RAIL_CALLBACKS,
    RAIL_LEFT_ALONE,
)
from payouts.domain.rail import ForgedCallback, NotSent, Unknown, UnreadableCallback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payouts.domain.rail import Outcome, Rail

R = TypeVar("R", bound=type)
Call = TypeVar("Call", bound="Callable[..., Any]")

SUBMIT, INQUIRE = "submit", "inquire"
_WORDS = re.compile(r"(?<!^)(?=[A-Z])")


def measured(rail: R) -> R:
    """Decorates the class of a rail."""
    rail.submit = _measured_call(SUBMIT, rail.submit)  # type: ignore[attr-defined]
    rail.inquire = _measured_call(INQUIRE, rail.inquire)  # type: ignore[attr-defined]
    rail.ingest = _counted_callback(rail.ingest)  # type: ignore[attr-defined]
    if rail.capabilities.is_automatic:  # type: ignore[attr-defined]
        for call in (SUBMIT, INQUIRE):
            RAIL_LEFT_ALONE.labels(rail.code, call)  # type: ignore[attr-defined]
    return rail


def _measured_call(name: str, call: Call) -> Call:
    @wraps(call)
    def run(rail: Rail, *args: Any, **kwargs: Any) -> Mapping[str, Outcome]:
        began = perf_counter()
        outcomes: Mapping[str, Outcome] = call(rail, *args, **kwargs)
        seconds = perf_counter() - began
        if rail.capabilities.is_automatic:  # people are no rail to be timed
            _note(rail, name, outcomes, seconds)
        return outcomes

    return run  # type: ignore[return-value]


def _note(rail: Rail, name: str, outcomes: Mapping[str, Outcome], seconds: float) -> None:
    is_answered = any(not isinstance(outcome, NotSent | Unknown) for outcome in outcomes.values())
    result = "answered" if is_answered or not outcomes else "unanswered"
    RAIL_CALL_SECONDS.labels(rail.code, name, result).observe(seconds)
    for outcome, count in Counter(map(outcome_word, outcomes.values())).items():
        RAIL_ANSWERS.labels(rail.code, name, outcome).inc(count)
    takes_more = rail.orders_at_once > 0 if name == SUBMIT else rail.takes_questions
    if not takes_more:
        RAIL_LEFT_ALONE.labels(rail.code, name).set_to_current_time()


def outcome_word(outcome: Outcome) -> str:
    """Such as "not_sent"."""
    return _WORDS.sub("_", type(outcome).__name__).lower()


def _counted_callback(call: Call) -> Call:
    @wraps(call)
    def run(rail: Rail, *args: Any, **kwargs: Any) -> Mapping[str, Outcome]:
        try:
            outcomes: Mapping[str, Outcome] = call(rail, *args, **kwargs)
        except (ForgedCallback, UnreadableCallback) as refusal:
            RAIL_CALLBACKS.labels(rail.code, refusal.code).inc()
            raise
        RAIL_CALLBACKS.labels(rail.code, "taken").inc()
        for outcome in outcomes.values():
            RAIL_ANSWERS.labels(rail.code, "callback", outcome_word(outcome)).inc()
        return outcomes

    return run  # type: ignore[return-value]
