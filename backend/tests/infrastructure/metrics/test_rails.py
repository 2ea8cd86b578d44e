from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings

from cli.ports import find_free_port
from infrastructure.metrics.rails import outcome_word
from infrastructure.payouts.rails.sandbox import SandboxRail
from payouts.domain.failure import failure_of_rail
from payouts.domain.rail import (
    Accepted,
    Completed,
    ForgedCallback,
    NotFound,
    NotSent,
    Rejected,
    Returned,
    Unknown,
)
from payouts.rails import get_rail
from tests.factories import NOON
from tests.infrastructure.metrics.counted import Rise, counted
from tests.infrastructure.payouts.rails.bank_answers import (
    KEY,
    OTHER_KEY,
    REFUSAL,
    bank_with_rail,
    order,
    rail_to,
    saying,
    submit,
    transfer,
)
from tests.infrastructure.payouts.rails.test_sandbox_ingest import NEW, OLD, ingest

if TYPE_CHECKING:
    from pytest_django import Settings

    from payouts.domain.rail import Outcome

SECONDS, ANSWERS = "payouts_rail_call_seconds_count", "payouts_rail_answers_total"
SUBMIT = {"rail": "sandbox", "call": "submit"}


def test_it_times_a_call_and_counts_what_was_said_of_each_order(settings: Settings) -> None:
    rise = Rise()
    answer = saying(transfer(), transfer("rejected", key=OTHER_KEY, failure=REFUSAL, reference=None))
    with bank_with_rail(answer, settings) as (_, rail):
        submit(rail, KEY, OTHER_KEY)
        rail.inquire([KEY])

    assert rise.of(SECONDS, **SUBMIT, result="answered") == 1
    assert rise.of(SECONDS, rail="sandbox", call="inquire", result="answered") == 1
    assert rise.of(ANSWERS, **SUBMIT, outcome="completed") == 1
    assert rise.of(ANSWERS, **SUBMIT, outcome="rejected") == 1
    assert rise.of(ANSWERS, rail="sandbox", call="inquire", outcome="completed") == 1


def test_it_tells_a_call_of_which_nothing_was_learnt(settings: Settings) -> None:
    rise, before = Rise(), time.time()
    with rail_to(f"http://127.0.0.1:{find_free_port()}", settings) as rail:
        submit(rail)

    assert rise.of(SECONDS, **SUBMIT, result="unanswered") == 1
    assert rise.of(SECONDS, **SUBMIT, result="answered") == 0
    assert rise.of(ANSWERS, **SUBMIT, outcome="not_sent") == 1
    assert counted("payouts_rail_left_alone_timestamp_seconds", **SUBMIT) >= before


def test_it_does_not_say_that_a_rail_which_answers_was_left_alone(settings: Settings) -> None:
    before = time.time()
    with bank_with_rail(saying(transfer()), settings) as (_, rail):
        submit(rail)
    assert counted("payouts_rail_left_alone_timestamp_seconds", **SUBMIT) < before


def test_it_counts_callbacks_by_what_became_of_them(settings: Settings) -> None:
    rise = Rise()
    settings.SANDBOX_BANK_CALLBACK_SECRET = NEW
    ingest(NEW)
    with pytest.raises(ForgedCallback):
        ingest(OLD)

    assert rise.of("payouts_rail_callbacks_total", rail="sandbox", result="taken") == 1
    assert rise.of("payouts_rail_callbacks_total", rail="sandbox", result="forged_callback") == 1
    assert rise.of(ANSWERS, rail="sandbox", call="callback", outcome="completed") == 1


def test_it_counts_no_calls_of_a_rail_that_people_pay() -> None:
    rise = Rise()
    get_rail("manual").submit([order()], valid_until=NOON)
    assert rise.of(SECONDS, rail="manual", call="submit", result="unanswered") == 0


@pytest.mark.parametrize("code", sorted(django_settings.PAYOUTS_RAILS))
def test_it_measures_every_rail_of_the_settings(code: str) -> None:
    rail: Any = type(get_rail(code))
    assert all(hasattr(call, "__wrapped__") for call in (rail.submit, rail.inquire, rail.ingest))


def test_it_leaves_the_rail_what_it_was() -> None:
    assert SandboxRail.submit.__name__ == "submit"
    assert isinstance(get_rail("sandbox"), SandboxRail)


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Completed("r"), "completed"),
        (Accepted("r"), "accepted"),
        (Rejected(failure_of_rail("account_closed", message="x", retryable=False)), "rejected"),
        (NotSent("x"), "not_sent"),
        (Unknown("x"), "unknown"),
        (NotFound(), "not_found"),
        (Returned("r"), "returned"),
    ],
)
def test_it_has_a_word_for_each_outcome(outcome: Outcome, word: str) -> None:
    assert outcome_word(outcome) == word
