from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches, close_caches
from django.core.cache.backends.base import BaseCache
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries

from config.interfaces.http.around_requests import leave_out_what_is_for_others

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.dispatch import Signal


@pytest.fixture(autouse=True)
def _as_django_has_them() -> Iterator[None]:
    connect_all()
    yield
    connect_all()


def connect_all() -> None:
    request_started.connect(reset_queries)
    request_finished.connect(close_caches)
    request_finished.connect(reset_urlconf)


def called_at(signal: Signal) -> set[object]:
    return {reference() for _, reference, *_ in signal.receivers}


def test_it_leaves_what_gives_connections_back() -> None:
    leave_out_what_is_for_others()

    assert called_at(request_started) == called_at(request_finished) == {close_old_connections}


def test_it_leaves_nothing_out_twice() -> None:
    leave_out_what_is_for_others()
    leave_out_what_is_for_others()

    assert called_at(request_started) == called_at(request_finished) == {close_old_connections}


def test_it_counts_on_a_cache_that_holds_nothing_for_a_request() -> None:
    assert type(caches["default"]).close is BaseCache.close
