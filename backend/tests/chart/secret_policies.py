"""Secrets are named, and never held."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.chart.objects import is_hook, name_of, of_kind, texts_of, workloads_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chart.objects import Object, Workload

# By their names: a variable that ends so, or an address that holds a password.
SECRET_VARIABLE = re.compile(
    r"(PASSWORD|SECRET|TOKEN|DSN|HEADERS|_KEYS?)(_FALLBACKS)?$|^(DATABASE|CELERY_BROKER|REDIS|REDIS_CACHE)_URL$"
)
_PASSWORD_IN_ADDRESS = re.compile(r"://[^/\s@]*:[^/\s@]+@")


def find_secret_problems(objects: list[Object]) -> Iterator[str]:
    for rendered in of_kind(objects, "Secret"):
        yield f"{name_of(rendered)}: the chart holds a Secret"
    for rendered in objects:
        if any(_PASSWORD_IN_ADDRESS.search(text) for text in texts_of(rendered)):
            yield f"{name_of(rendered)}: holds an address with a password"
    for workload in workloads_of(objects):
        yield from (f"{workload.name}: {problem}" for problem in _problems_of_variables(workload))
        if is_hook(workload.object):
            yield from (f"{workload.name}: {problem}" for problem in _problems_of_hook(workload, objects))


def _problems_of_variables(workload: Workload) -> Iterator[str]:
    for container in workload.containers:
        if "envFrom" in container:
            yield f"container {container['name']} takes whatever is in {container['envFrom']}"
        names = [entry["name"] for entry in container.get("env", [])]
        yield from (
            f"{name} is set twice" for name in sorted({name for name in names if names.count(name) > 1})
        )
        for entry in container.get("env", []):
            if SECRET_VARIABLE.search(entry["name"]) and "secretKeyRef" not in entry.get("valueFrom", {}):
                yield f"{entry['name']} is written out instead of taken from a Secret"


def _problems_of_hook(workload: Workload, objects: list[Object]) -> Iterator[str]:
    """A hook runs before the release's own objects are there."""
    of_the_release = {
        rendered["metadata"]["name"] for rendered in of_kind(objects, "ConfigMap", "ServiceAccount")
    }
    needed = set(texts_of(workload.pod))
    yield from (f"runs before {name} is there" for name in sorted(of_the_release & needed))
