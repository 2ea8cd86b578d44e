"""The Celery application. A message is a wake-up and nothing else: the database row is the task."""

from __future__ import annotations

import os

import structlog
from celery import Celery
from celery.signals import beat_init, setup_logging, worker_before_create_process

from core.garbage import spare_what_stays

# Imported with the package, and so before any other entry has its say: the settings that refuse to start
# without secrets, and not those of a developer's machine. `manage.py` has chosen before.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

app = Celery("payouts", task_cls="infrastructure.celery_task:PatientTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["infrastructure.payouts"])
app.autodiscover_tasks(["infrastructure"], related_name="worker_heartbeats")
app.autodiscover_tasks(["infrastructure"], related_name="key_uses")
app.autodiscover_tasks(["infrastructure.metrics"], related_name="celery_signals")
app.steps["worker"].update(
    {"infrastructure.worker_watch:ChildrenWatch", "infrastructure.worker_watch:MessagesWatch"}
)
# For every thread: a thread without it would publish to an application of its own making.
app.set_default()


log = structlog.get_logger(__name__)


@beat_init.connect
def tell_that_beat_is_ready(**_: object) -> None:
    log.info("beat_ready")


@setup_logging.connect
def keep_django_logging(**_: object) -> None:
    """Having a receiver keeps Celery from replacing the logging that Django's settings describe."""


@worker_before_create_process.connect
def spare_what_children_share(**_: object) -> None:
    """Before they are made: what the collector does not touch, they go on sharing with the main process."""
    spare_what_stays()
