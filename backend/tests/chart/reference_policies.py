"""What names another object, port or pod, names one that is there."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.chart.objects import is_selected, name_of, of_kind, workloads_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chart.objects import Object, Workload

_NAME = re.compile(r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")
_LABELS = (
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/version",
    "helm.sh/chart",
)


def find_reference_problems(objects: list[Object]) -> Iterator[str]:
    yield from _problems_of_names(objects)
    for judge, kinds in (
        (_problems_of_deployment, ("Deployment",)),
        (_problems_of_service, ("Service",)),
        (_problems_of_budget, ("PodDisruptionBudget",)),
        (_problems_of_scaler, ("HorizontalPodAutoscaler", "ScaledObject")),
        (_problems_of_ingress, ("Ingress",)),
        (_problems_of_monitor, ("ServiceMonitor",)),
    ):
        for rendered in of_kind(objects, *kinds):
            yield from (f"{name_of(rendered)}: {problem}" for problem in judge(rendered, objects))


def _problems_of_names(objects: list[Object]) -> Iterator[str]:
    for name, times in Counter(name_of(rendered) for rendered in objects).items():
        if times > 1:
            yield f"{name}: is there {times} times"
    if len({rendered["metadata"].get("namespace") for rendered in objects}) > 1:
        yield "not all objects are in the release's namespace"
    for rendered in objects:
        if not _NAME.match(rendered["metadata"]["name"]):
            yield f"{name_of(rendered)}: is no name that every kind may have"
        missing = [label for label in _LABELS if label not in rendered["metadata"].get("labels", {})]
        yield from (f"{name_of(rendered)}: has no label {label}" for label in missing)


def _problems_of_deployment(rendered: Object, objects: list[Object]) -> Iterator[str]:
    selected = _selected(rendered["spec"]["selector"], objects)
    if [workload.name for workload in selected] != [name_of(rendered)]:
        yield f"selects the pods of {_names(selected)}"


def _problems_of_service(rendered: Object, objects: list[Object]) -> Iterator[str]:
    selected = _selected({"matchLabels": rendered["spec"]["selector"]}, objects)
    if not selected:
        yield "has no pod behind it"
    for port in rendered["spec"]["ports"]:
        without = [workload for workload in selected if port["targetPort"] not in workload.ports]
        if without:
            yield f"sends to the port {port['targetPort']}, which is none of {_names(without)}"


def _problems_of_budget(rendered: Object, objects: list[Object]) -> Iterator[str]:
    selected = _selected(rendered["spec"]["selector"], objects)
    if len(selected) != 1 or not selected[0].is_deployment:
        yield f"is for {_names(selected)}, and not for one Deployment"
    elif _least_replicas(selected[0], objects) < 2:
        yield f"is for {_names(selected)}, which may have one pod"


def _least_replicas(workload: Workload, objects: list[Object]) -> int:
    for scaler in of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject"):
        spec = scaler["spec"]
        if spec["scaleTargetRef"]["name"] == workload.object["metadata"]["name"]:
            return int(spec.get("minReplicas") or spec.get("minReplicaCount") or 0)
    return int(workload.object["spec"].get("replicas", 1))


def _problems_of_scaler(rendered: Object, objects: list[Object]) -> Iterator[str]:
    target = rendered["spec"]["scaleTargetRef"]
    found = [it for it in workloads_of(objects) if it.name == f"{target['kind']} {target['name']}"]
    others = [
        other
        for other in of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject")
        if other is not rendered and other["spec"]["scaleTargetRef"]["name"] == target["name"]
    ]
    if others:
        yield f"scales {target['name']}, as {name_of(others[0])} does"
    if not found:
        yield f"scales {target['kind']} {target['name']}, which is not there"
        return
    if "replicas" in found[0].object["spec"]:
        yield f"scales {target['name']}, and each upgrade would set its replicas back"
    yield from _problems_of_triggers(rendered["spec"], found[0], objects)


def _problems_of_triggers(spec: dict[str, Any], target: Workload, objects: list[Object]) -> Iterator[str]:
    containers = {container["name"]: container for container in target.containers}
    source = spec["scaleTargetRef"].get("envSourceContainerName")
    if source is not None and source not in containers:
        yield f"reads the environment of {source}, which is no container"
        return
    variables = {entry["name"] for entry in containers.get(source, target.containers[0]).get("env", [])}
    for trigger in spec.get("triggers", []):
        named = {value for key, value in trigger["metadata"].items() if key.endswith("FromEnv")}
        yield from (f"reads {name}, which the pods do not have" for name in sorted(named - variables))
        keeper = trigger.get("authenticationRef", {}).get("name")
        known = {it["metadata"]["name"] for it in of_kind(objects, "TriggerAuthentication")}
        if keeper is not None and keeper not in known:
            yield f"gets its password from {keeper}, which is not there"


def _problems_of_ingress(rendered: Object, objects: list[Object]) -> Iterator[str]:
    services = {service["metadata"]["name"]: service for service in of_kind(objects, "Service")}
    paths = [path for rule in rendered["spec"]["rules"] for path in rule["http"]["paths"]]
    for backend in (path["backend"]["service"] for path in paths):
        service = services.get(backend["name"])
        ports = {port["name"] for port in service["spec"]["ports"]} if service else set()
        if backend["port"]["name"] not in ports:
            yield f"leads to {backend['name']}:{backend['port']['name']}, which is not there"
    served = {host for entry in rendered["spec"].get("tls", []) for host in entry["hosts"]}
    unknown = {rule["host"] for rule in rendered["spec"]["rules"]} - served if served else set()
    yield from (f"has no certificate for {host}" for host in sorted(unknown))


def _problems_of_monitor(rendered: Object, objects: list[Object]) -> Iterator[str]:
    found = [
        service
        for service in of_kind(objects, "Service")
        if is_selected(service["metadata"]["labels"], rendered["spec"]["selector"])
    ]
    ports = {port["name"] for service in found for port in service["spec"]["ports"]}
    for endpoint in rendered["spec"]["endpoints"]:
        if endpoint["port"] not in ports:
            yield f"asks at the port {endpoint['port']}, which no service has that it selects"


def _selected(selector: dict[str, Any], objects: list[Object]) -> list[Workload]:
    return [workload for workload in workloads_of(objects) if is_selected(workload.labels, selector)]


def _names(workloads: list[Workload]) -> str:
    return ", ".join(workload.name for workload in workloads) or "nobody"
