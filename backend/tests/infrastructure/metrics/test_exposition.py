from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches

from infrastructure.metrics.exposition import render_metrics
from infrastructure.metrics.standing import standing_reader
from tests.factories import make_payout
from tests.infrastructure.metrics.counted import samples_in, values_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from payouts.models import Recipient

LABELS = {
    "call", "code", "currency", "event", "le", "method", "outcome", "process", "python", "quota", "rail", "reason",
    "result", "role", "route", "stage", "state", "status", "status_class", "task", "version",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_read_yet(settings: Settings) -> Iterator[None]:
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": "exposition"}}
    caches["default"].clear()
    standing_reader.forget()
    yield
    standing_reader.forget()


@pytest.mark.django_db
def test_it_tells_counts_and_standing_and_what_runs(recipient: Recipient, settings: Settings) -> None:
    settings.CODE_VERSION = "abc123"
    make_payout(recipient)
    text = render_metrics()
    assert values_in(text, "payouts_open", rail="sandbox", stage="ready") == [1]
    assert values_in(text, "payouts_build_info", code="abc123") == [1]
    assert [values_in(text, f"payouts_{name}_up") for name in ("database", "redis", "standing")] == [[1]] * 3
    assert values_in(text, "payouts_http_refused_total", reason="overloaded")
    assert values_in(text, "process_resident_memory_bytes")


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_redis", "_no_database")
def test_it_says_what_is_down_and_does_not_fail() -> None:
    text = render_metrics()
    assert [values_in(text, f"payouts_{name}_up") for name in ("database", "redis", "standing")] == [[0]] * 3
    assert values_in(text, "payouts_open") == []
    assert values_in(text, "payouts_build_info") == [1]


def test_it_tells_the_rest_when_a_probe_meets_what_it_does_not_know() -> None:
    text = render_metrics()  # no database is allowed in this test: no error that a server makes
    assert values_in(text, "payouts_database_up") == [0]
    assert values_in(text, "payouts_redis_up") == [1]


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_redis")
def test_it_tells_how_all_stands_while_redis_is_away() -> None:
    text = render_metrics()
    assert values_in(text, "payouts_redis_up") == [0]
    assert values_in(text, "payouts_markers") == [0]


@pytest.mark.parametrize("role", ["worker", "relay", "beat"])
def test_it_asks_no_database_where_other_work_is_done(settings: Settings, role: str) -> None:
    settings.ROLE = role
    text = render_metrics()  # no database is allowed in this test
    assert values_in(text, "payouts_build_info", role=role) == [1]
    assert values_in(text, "payouts_database_up") == []


@pytest.mark.django_db
def test_it_has_labels_of_which_each_is_known_to_have_few_values() -> None:
    assert {label for sample in samples_in(render_metrics()) for label in sample.labels} <= LABELS
