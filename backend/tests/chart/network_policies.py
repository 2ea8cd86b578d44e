"""Whoever is not named reaches nothing, and every rule is for pods and ports that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.chart.objects import COMPONENT, is_hook, is_selected, name_of, of_kind, workloads_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chart.objects import Object, Workload

DIRECTIONS = {"Ingress", "Egress"}
INSTANCE = "app.kubernetes.io/instance"


def find_network_problems(objects: list[Object]) -> Iterator[str]:
    """Nothing for a release that has no policies at all: that is somebody's choice."""
    policies = of_kind(objects, "NetworkPolicy")
    if not policies:
        return
    workloads = workloads_of(objects)
    for policy in policies:
        yield from (f"{name_of(policy)}: {problem}" for problem in _problems_of_policy(policy, workloads))
    for workload in workloads:
        yield from (f"{workload.name}: {problem}" for problem in _problems_of_workload(workload, policies))


def _problems_of_policy(policy: Object, workloads: list[Workload]) -> Iterator[str]:
    spec = policy["spec"]
    if INSTANCE not in spec["podSelector"].get("matchLabels", {}):
        yield "is for pods that are not of this release"
    selected = [workload for workload in workloads if is_selected(workload.labels, spec["podSelector"])]
    if not selected:
        yield "is for pods that are not there"
    for rule in spec.get("ingress", []):
        if not rule.get("from") or {} in rule["from"]:
            yield "lets everybody in"
        yield from _problems_of_ports(rule, selected)
    if "egress" in spec and "Egress" not in spec["policyTypes"]:
        yield "has rules for a direction that it is not for"
    if any(not rule.get("ports") for rule in spec.get("egress", [])):
        yield "lets out to every port"


def _problems_of_ports(rule: dict[str, Any], selected: list[Workload]) -> Iterator[str]:
    if not rule.get("ports"):
        yield "lets in to every port"
    for port in (entry["port"] for entry in rule.get("ports", [])):
        without = [workload.name for workload in selected if port not in workload.ports]
        if without:
            yield f"lets in to the port {port}, which is none of {', '.join(without)}"


def _problems_of_workload(workload: Workload, policies: list[Object]) -> Iterator[str]:
    own = [policy for policy in policies if is_selected(workload.labels, policy["spec"]["podSelector"])]
    for direction in sorted(DIRECTIONS):
        if not any(direction in policy["spec"]["policyTypes"] for policy in own):
            yield f"no policy bounds its {direction}"
    in_time = [policy for policy in own if is_hook(policy)] if is_hook(workload.object) else own
    ports = {port["port"] for policy in in_time for port in _ports_out(policy)}
    if 53 not in ports:
        yield "can look no name up"
    if ports == {53}:
        yield "reaches no database"
    if workload.labels.get(COMPONENT) == "web" and not any(policy["spec"].get("ingress") for policy in own):
        yield "lets nobody in"


def _ports_out(policy: Object) -> list[dict[str, Any]]:
    return [port for rule in policy["spec"].get("egress", []) for port in rule.get("ports", [])]
