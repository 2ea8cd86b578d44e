"""What every pod must be: powerless, bounded, and able to say how it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.chart.objects import workloads_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chart.objects import Object, Workload

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
SHARED_WITH_THE_NODE = ("hostNetwork", "hostPID", "hostIPC")
# What a container may not lack, and the only value it may have.
_CONTAINER_MUST = {
    "allowPrivilegeEscalation": False,
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
_BOUNDS = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))
_PINNED_IMAGE = re.compile(r"@sha256:[0-9a-f]{64}$|:(?!latest$)[A-Za-z0-9_][A-Za-z0-9_.-]*$")


def find_pod_problems(objects: list[Object]) -> Iterator[str]:
    for workload in workloads_of(objects):
        for problem in _problems_of_pod(workload):
            yield f"{workload.name}: {problem}"
        for container in workload.containers:
            for problem in _problems_of_container(workload, container):
                yield f"{workload.name}, container {container['name']}: {problem}"


def _problems_of_pod(workload: Workload) -> Iterator[str]:
    pod = workload.pod
    context = pod.get("securityContext", {})
    if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
        yield "may run as root"
    if pod.get("automountServiceAccountToken") is not False:
        yield "gets a token of the cluster"
    yield from (f"shares {name} with its node" for name in SHARED_WITH_THE_NODE if pod.get(name))
    for volume in pod.get("volumes", []):
        if "hostPath" in volume:
            yield f"volume {volume['name']} is a folder of its node"
        if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
            yield f"volume {volume['name']} has no end"
    if workload.is_deployment:
        yield from _problems_of_spread(workload)
    else:
        yield from _problems_of_job(workload)


def _problems_of_spread(workload: Workload) -> Iterator[str]:
    for spread in workload.pod.get("topologySpreadConstraints", []):
        if spread["labelSelector"]["matchLabels"] != workload.object["spec"]["selector"]["matchLabels"]:
            yield f"is spread over {spread['topologyKey']} among other pods than its own"


def _problems_of_job(workload: Workload) -> Iterator[str]:
    spec = workload.object["spec"]
    yield from (f"has no {bound}" for bound in ("backoffLimit", "activeDeadlineSeconds") if bound not in spec)


def _problems_of_container(workload: Workload, container: dict[str, Any]) -> Iterator[str]:
    context = container.get("securityContext", {})
    for name, value in _CONTAINER_MUST.items():
        if context.get(name) != value:
            yield f"securityContext.{name} is not {value}"
    resources = container.get("resources", {})
    yield from (f"has no {kind}.{what}" for kind, what in _BOUNDS if what not in resources.get(kind, {}))
    if not _PINNED_IMAGE.search(container["image"]):
        yield f"image {container['image']} is not of one version"
    yield from _problems_of_mounts(workload, container)
    if workload.is_deployment:
        yield from _problems_of_probes(container)


def _problems_of_mounts(workload: Workload, container: dict[str, Any]) -> Iterator[str]:
    volumes = {volume["name"]: volume for volume in workload.pod.get("volumes", [])}
    for mount in container.get("volumeMounts", []):
        if mount["name"] not in volumes:
            yield f"mounts {mount['name']}, which is no volume of the pod"
        elif not mount.get("readOnly") and "emptyDir" not in volumes[mount["name"]]:
            yield f"may write into {mount['mountPath']}"


def _problems_of_probes(container: dict[str, Any]) -> Iterator[str]:
    ports = {port["name"] for port in container.get("ports", [])}
    for name in PROBES:
        probe = container.get(name)
        if probe is None:
            yield f"has no {name}"
        elif "httpGet" in probe:
            yield from (
                f"{name} {problem}" for problem in _problems_of_question(container, probe["httpGet"], ports)
            )
        elif not probe.get("exec", {}).get("command"):
            yield f"{name} asks nothing"


def _problems_of_question(
    container: dict[str, Any], question: dict[str, Any], ports: set[str]
) -> Iterator[str]:
    if question["port"] not in ports:
        yield f"asks at the port {question['port']}, which the container does not have"
    values = {entry["name"]: entry.get("value", "") for entry in container.get("env", [])}
    served = {host.strip() for host in values.get("DJANGO_ALLOWED_HOSTS", "").split(",")}
    hosts = {header["value"] for header in question.get("httpHeaders", []) if header["name"] == "Host"}
    if not hosts or not hosts <= served:
        yield "asks for no host that is served, and would get 400"
