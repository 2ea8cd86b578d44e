"""The tests' settings for a worker that is a process of its own: what it publishes goes to the broker."""

from __future__ import annotations

from config.settings.test import *  # noqa: F403  settings layer on settings

CELERY_TASK_ALWAYS_EAGER = False
