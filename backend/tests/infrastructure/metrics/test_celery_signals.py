"""Celery's signals, as it sends them around real tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from celery import shared_task

from infrastructure.metrics import celery_signals
from infrastructure.payouts.tasks import process_payouts
from tests.infrastructure.metrics.counted import Rise

if TYPE_CHECKING:
    from tests.infrastructure.broker import Broker

TASKS = "payouts_task_seconds_count"


@shared_task
def end_well() -> None: ...


@shared_task
def end_badly() -> None:
    raise ValueError("on purpose")


@pytest.mark.django_db  # a task begins with a look at the connection that an earlier one may have left
def test_it_times_tasks_by_how_they_end() -> None:
    rise = Rise()
    end_well.delay()
    end_badly.apply(throw=False)
    assert rise.of(TASKS, task=end_well.name, state="success") == 1
    assert rise.of(TASKS, task=end_badly.name, state="failure") == 1
    assert celery_signals._began == {}


def test_it_counts_what_is_given_to_the_broker(broker: Broker) -> None:
    rise = Rise()
    process_payouts.delay("sandbox")
    assert len(broker.wake_ups()) == 1
    assert rise.of("payouts_messages_total", task="infrastructure.payouts.tasks.process_payouts") == 1
