"""What is looked up in rendered objects by more than one policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Object = dict[str, Any]

HOOK = "helm.sh/hook"
COMPONENT = "app.kubernetes.io/component"


@dataclass(frozen=True)
class Workload:
    """A Deployment or a Job, and the pods it makes."""

    object: Object

    @property
    def name(self) -> str:
        return name_of(self.object)

    @property
    def labels(self) -> dict[str, str]:
        labels: dict[str, str] = self.object["spec"]["template"]["metadata"].get("labels", {})
        return labels

    @property
    def pod(self) -> dict[str, Any]:
        pod: dict[str, Any] = self.object["spec"]["template"]["spec"]
        return pod

    @property
    def containers(self) -> list[dict[str, Any]]:
        return [*self.pod.get("initContainers", []), *self.pod["containers"]]

    @property
    def ports(self) -> set[str | int]:
        ports = [port for container in self.containers for port in container.get("ports", [])]
        return {port["name"] for port in ports} | {port["containerPort"] for port in ports}

    @property
    def is_deployment(self) -> bool:
        return bool(self.object["kind"] == "Deployment")


def name_of(rendered: Object) -> str:
    return f"{rendered['kind']} {rendered['metadata']['name']}"


def of_kind(objects: list[Object], *kinds: str) -> list[Object]:
    return [rendered for rendered in objects if rendered["kind"] in kinds]


def workloads_of(objects: list[Object]) -> list[Workload]:
    return [Workload(rendered) for rendered in of_kind(objects, "Deployment", "Job")]


def is_hook(rendered: Object) -> bool:
    return HOOK in rendered["metadata"].get("annotations", {})


def is_selected(labels: Mapping[str, str], selector: Mapping[str, Any]) -> bool:
    """By a LabelSelector; an empty one selects everything."""
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    return wanted and all(_is_met(labels, rule) for rule in selector.get("matchExpressions", []))


def _is_met(labels: Mapping[str, str], rule: Mapping[str, Any]) -> bool:
    value = labels.get(rule["key"])
    match rule["operator"]:
        case "In":
            return value in rule["values"]
        case "NotIn":
            return value not in rule["values"]
        case "Exists":
            return value is not None
        case _:
            return value is None


def texts_of(value: object) -> Iterator[str]:
    """Every text in it, however deep."""
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from texts_of(part)
        case list():
            for part in value:
                yield from texts_of(part)
