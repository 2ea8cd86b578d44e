from __future__ import annotations

import gc
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from celery.signals import worker_before_create_process

from config.celery import app
from core import garbage
from core.garbage import NEW_OBJECTS_OF_A_BATCH, spare_what_stays

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def collector_as_it_was() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_it_passes_over_what_is_there_and_comes_less_often() -> None:
    older = gc.get_threshold()[1:]
    stays = [[]]  # type: list[list[object]]

    spare_what_stays()

    assert gc.get_freeze_count() > 0
    assert not any(each is stays for each in gc.get_objects())
    assert gc.get_threshold() == (NEW_OBJECTS_OF_A_BATCH, *older)


def test_it_still_finds_garbage_that_is_made_later() -> None:
    spare_what_stays()
    circle: list[object] = []
    circle.append(circle)
    del circle
    assert gc.collect() >= 1


def test_it_spares_what_is_there_when_a_worker_makes_its_children() -> None:
    worker_before_create_process.send(sender=app)
    assert gc.get_freeze_count() > 0


def test_it_spares_what_is_there_when_the_web_makes_its_workers() -> None:
    settings = runpy.run_path(str(Path(garbage.__file__).parents[1] / "config" / "gunicorn.conf.py"))
    settings["when_ready"](None)
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold()[0] == garbage.NEW_OBJECTS_OF_REQUESTS
