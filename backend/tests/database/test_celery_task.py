from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from celery import Celery
from celery.fixups.django import DjangoFixup
from celery.signals import task_failure, task_success
from django.db import ProgrammingError, connection

from config.celery import app as config_app
from database.clock import database_now
from database.postgresql.patience import database_patience
from infrastructure.payouts.tasks import wake_workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery.utils.dispatch import Signal
    from structlog.typing import EventDict

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def app() -> Iterator[Celery]:
    with Celery(
        "own", task_cls="infrastructure.celery_task:PatientTask", set_as_current=False
    ) as application:
        yield application


@contextmanager
def telling_of(signal: Signal) -> Iterator[list[object]]:
    """Who sends it meanwhile."""
    senders: list[object] = []

    def note(sender: object, **_: object) -> None:
        senders.append(sender)

    signal.connect(note)
    try:
        yield senders
    finally:
        signal.disconnect(note)


def ask_without_patience() -> None:
    with database_patience(0):
        database_now()


def ask_nonsense() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT no_such_thing")


def test_it_ends_a_task_with_one_line_when_the_database_is_away(
    app: Celery, log_lines: list[EventDict]
) -> None:
    task = app.task(ask_without_patience)

    with telling_of(task_success) as done, telling_of(task_failure) as failed:
        task.apply()
    connection.close()  # as at the end of each task

    assert not done
    assert not failed
    (line,) = log_lines
    assert (line["event"], line["task"]) == ("task_met_no_database", task.name)
    assert "exc_info" not in line


def test_it_fails_a_task_whose_statement_is_wrong(app: Celery) -> None:
    assert isinstance(app.task(ask_nonsense).apply().result, ProgrammingError)


def test_it_keeps_the_connection_from_task_to_task() -> None:
    fixup = DjangoFixup(config_app).worker_fixup
    connection.ensure_connection()
    kept = connection.connection

    for _ in range(3):
        fixup.on_task_prerun(wake_workers)
        fixup.on_task_postrun(wake_workers)

    assert connection.connection is kept
    connection.close()


def test_it_begins_with_another_connection_when_the_last_one_is_gone(app: Celery) -> None:
    ask = app.task(database_now)
    assert ask.apply().successful()
    pid = connection.connection.info.backend_pid
    with closing(connection.copy()) as other:
        other.cursor().execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    assert ask.apply().successful()
    assert connection.connection.info.backend_pid != pid
    connection.close()
