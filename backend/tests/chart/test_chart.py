from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import yaml
from django.conf import settings

from tests.chart.answers import BACKEND
from tests.chart.objects import COMPONENT, is_hook, of_kind, workloads_of
from tests.chart.policies import find_problems
from tests.chart.secret_policies import SECRET_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chart.objects import Object, Workload

REPOSITORY = BACKEND.parent
CHART = REPOSITORY / "deploy/helm/payouts"

CHART_SETS = {"METRICS_ADDRESS", "METRICS_PORT"}
EXAMPLE = (REPOSITORY / ".env.prod.example").read_text()


def _part(objects: list[Object], component: str) -> Workload:
    return next(it for it in workloads_of(objects) if it.labels[COMPONENT] == component)


def test_it_finds_nothing_to_refuse_in_any_installation(cases: dict[str, list[Object]]) -> None:
    assert len(cases) >= 4
    assert {name: find_problems(objects) for name, objects in cases.items()} == {name: [] for name in cases}


def test_it_has_all_parts_of_the_service(cases: dict[str, list[Object]]) -> None:
    minimum = cases["minimum-values.yaml"]
    assert {it.labels[COMPONENT] for it in workloads_of(minimum)} == {
        "web",
        "worker",
        "relay",
        "beat",
        "migrate",
    }
    assert not of_kind(
        minimum, "Ingress", "HorizontalPodAutoscaler", "ScaledObject", "ServiceMonitor", "ConfigMap"
    )


def test_it_has_every_kind_when_everything_is_switched_on(cases: dict[str, list[Object]]) -> None:
    kinds = {it["kind"] for it in cases["everything-values.yaml"]} | {
        it["kind"] for it in cases["production-values.yaml"]
    }
    assert kinds == {
        "Deployment", "Job", "Service", "Ingress", "HorizontalPodAutoscaler", "ScaledObject", "TriggerAuthentication",
        "PodDisruptionBudget", "NetworkPolicy", "ServiceMonitor",
    }  # fmt: skip


def test_it_gives_each_process_its_role(cases: dict[str, list[Object]]) -> None:
    for workload in workloads_of(cases["everything-values.yaml"]):
        roles = [entry["value"] for entry in workload.containers[0]["env"] if entry["name"] == "PAYOUTS_ROLE"]
        assert roles == ["command" if workload.labels[COMPONENT] == "migrate" else workload.labels[COMPONENT]]


def test_it_migrates_before_new_pods_come(cases: dict[str, list[Object]]) -> None:
    objects = cases["minimum-values.yaml"]
    hooks = [it for it in objects if is_hook(it)]
    weights = {it["kind"]: int(it["metadata"]["annotations"]["helm.sh/hook-weight"]) for it in hooks}
    assert {it["metadata"]["annotations"]["helm.sh/hook"] for it in hooks} == {"pre-install,pre-upgrade"}
    assert weights["NetworkPolicy"] < weights["Job"]


def test_it_waits_for_longer_than_the_processes_take_to_stop(cases: dict[str, list[Object]]) -> None:
    found = re.search(
        r"^graceful_timeout = (\d+)$", (BACKEND / "config/gunicorn.conf.py").read_text(), re.MULTILINE
    )
    assert found
    web = _part(cases["minimum-values.yaml"], "web")
    pause = web.containers[0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert web.pod["terminationGracePeriodSeconds"] > pause + int(found[1])

    worker = _part(cases["minimum-values.yaml"], "worker")
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert worker.pod["terminationGracePeriodSeconds"] > settings.CELERY_TASK_TIME_LIMIT
    assert (
        schema["properties"]["worker"]["properties"]["gracePeriodSeconds"]["minimum"]
        > settings.CELERY_TASK_TIME_LIMIT
    )


def test_it_starts_the_processes_as_the_documents_say(cases: dict[str, list[Object]]) -> None:
    page = (REPOSITORY / "docs/operations.md").read_text()
    for component, words in (("relay", 3), ("worker", 4), ("beat", 4), ("web", 3)):
        command = " ".join(_part(cases["minimum-values.yaml"], component).containers[0]["args"][:words])
        assert re.search(rf"PAYOUTS_ROLE={component}\s+{re.escape(command)}", page)


def test_it_has_a_place_for_every_variable_of_the_example() -> None:
    named = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE))
    secrets = {name for name in named if SECRET_VARIABLE.search(name)}
    assert len(named) > 30
    assert {name for name in named if not _is_for_config(name)} == secrets | {"DJANGO_SETTINGS_MODULE"} | (
        CHART_SETS & named
    )
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(values["config"]) | set(values["secrets"]["variables"]) <= named


def _is_for_config(name: str) -> bool:
    """By the schema of the values."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    *listed, by_pattern = schema["properties"]["config"]["propertyNames"]["not"]["anyOf"]
    is_listed = any(name in refused["enum"] for refused in listed)
    return not is_listed and (name in by_pattern["not"]["enum"] or not re.search(by_pattern["pattern"], name))


def test_it_explains_every_value() -> None:
    page = (CHART / "README.md").read_text()
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert not [path for path in _paths(values) if f"`{path}`" not in page]


def _paths(values: dict[str, Any], parent: str = "") -> Iterator[str]:
    """Of each value, down to where a map is itself the value: empty, or of names that somebody else chooses."""
    for name, value in values.items():
        path = f"{parent}{name}"
        is_value = (
            not isinstance(value, dict)
            or not value
            or path in ("config", "secrets.variables")
            or name == "resources"
        )
        if is_value:
            yield path
        else:
            yield from _paths(value, f"{path}.")


def test_it_is_for_the_image_that_the_project_builds(cases: dict[str, list[Object]]) -> None:
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    relay = _part(cases["minimum-values.yaml"], "relay")
    module = relay.containers[0]["livenessProbe"]["exec"]["command"][-1]
    user = relay.pod["securityContext"]
    assert f"USER {user['runAsUser']}:{user['runAsGroup']}\n" in dockerfile
    assert (BACKEND / (module.replace(".", "/") + ".py")).exists()
    assert "ENTRYPOINT" not in dockerfile  # the chart's words are the whole command


def test_it_is_for_the_kubernetes_that_it_is_judged_by() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    oldest = re.search(r'^OLDEST = "(.+)"$', (BACKEND / "tests/chart/kinds.py").read_text(), re.MULTILINE)
    assert oldest
    assert chart["kubeVersion"] == f">={oldest[1]}.0-0"


def test_it_is_for_the_version_that_the_project_has() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert chart["appVersion"] == project["version"]
