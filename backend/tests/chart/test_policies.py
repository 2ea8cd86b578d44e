"""Each guard by what it refuses: an installation is broken in one place, and the place is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chart.objects import COMPONENT, of_kind, workloads_of
from tests.chart.policies import find_problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chart.objects import Object

    Break = Callable[[list[Object]], object]


def part(objects: list[Object], component: str) -> Object:
    return next(it.object for it in workloads_of(objects) if it.labels[COMPONENT] == component)


def pod(objects: list[Object], component: str = "web") -> Any:
    return part(objects, component)["spec"]["template"]["spec"]


def container(objects: list[Object], component: str = "web") -> Any:
    return pod(objects, component)["containers"][0]


def spec(objects: list[Object], kind: str, end: str) -> Any:
    return next(it["spec"] for it in of_kind(objects, kind) if it["metadata"]["name"].endswith(end))


def secret(name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "money", "labels": {}},
    }


def needs_config(objects: list[Object]) -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "wages-config", "labels": {}}}
    objects.append(config)
    pod(objects, "migrate")["volumes"].append({"name": "it", "configMap": {"name": "wages-config"}})


def twice(objects: list[Object]) -> None:
    objects.append(spec_owner(objects, "Service", "-web"))


def spec_owner(objects: list[Object], kind: str, end: str) -> Object:
    return next(it for it in of_kind(objects, kind) if it["metadata"]["name"].endswith(end))


def without(objects: list[Object], kind: str, end: str) -> Object:
    taken = spec_owner(objects, kind, end)
    objects.remove(taken)
    return taken


PODS: dict[str, tuple[Break, str]] = {
    "no probe for the start": (lambda o: container(o).pop("startupProbe"), "container web: has no startupProbe"),
    "no probe for life": (lambda o: container(o, "worker").pop("livenessProbe"), "container worker: has no livenessProbe"),
    "no probe for readiness": (lambda o: container(o, "beat").pop("readinessProbe"), "container beat: has no readinessProbe"),
    "a probe that asks nothing": (lambda o: container(o, "relay")["livenessProbe"].pop("exec"), "livenessProbe asks nothing"),
    "a probe at no port": (lambda o: container(o)["livenessProbe"]["httpGet"].update(port="nowhere"), "asks at the port nowhere"),
    "a probe for no host": (lambda o: container(o)["readinessProbe"]["httpGet"].pop("httpHeaders"), "readinessProbe asks for no host"),
    "a probe for a foreign host": (lambda o: container(o)["readinessProbe"]["httpGet"].update(httpHeaders=[{"name": "Host", "value": "a.example"}]), "readinessProbe asks for no host"),
    "a pod as root": (lambda o: pod(o)["securityContext"].pop("runAsNonRoot"), "Deployment wages-web: may run as root"),
    "a pod as the user 0": (lambda o: pod(o, "migrate")["securityContext"].update(runAsUser=0), "Job wages-migrate: may run as root"),
    "a container as root": (lambda o: container(o)["securityContext"].pop("runAsNonRoot"), "securityContext.runAsNonRoot"),
    "a root file system to write": (lambda o: container(o, "migrate")["securityContext"].update(readOnlyRootFilesystem=False), "readOnlyRootFilesystem is not True"),
    "capabilities": (lambda o: container(o)["securityContext"].update(capabilities={"drop": ["ALL"], "add": ["NET_ADMIN"]}), "securityContext.capabilities"),
    "escalation": (lambda o: container(o)["securityContext"].pop("allowPrivilegeEscalation"), "securityContext.allowPrivilegeEscalation"),
    "privileges": (lambda o: container(o)["securityContext"].update(privileged=True), "securityContext.privileged"),
    "no seccomp": (lambda o: container(o)["securityContext"].pop("seccompProfile"), "securityContext.seccompProfile"),
    "a token": (lambda o: pod(o).pop("automountServiceAccountToken"), "gets a token of the cluster"),
    "the node's network": (lambda o: pod(o).update(hostNetwork=True), "shares hostNetwork"),
    "the node's files": (lambda o: pod(o)["volumes"].append({"name": "it", "hostPath": {"path": "/"}}), "is a folder of its node"),
    "endless space": (lambda o: pod(o)["volumes"][0]["emptyDir"].pop("sizeLimit"), "volume tmp has no end"),
    "no memory limit": (lambda o: container(o)["resources"].pop("limits"), "has no limits.memory"),
    "no request of CPU": (lambda o: container(o, "relay")["resources"]["requests"].pop("cpu"), "has no requests.cpu"),
    "no request of memory": (lambda o: container(o, "beat")["resources"]["requests"].pop("memory"), "has no requests.memory"),
    "the latest image": (lambda o: container(o).update(image="payouts:latest"), "image payouts:latest is not of one version"),
    "any image": (lambda o: container(o).update(image="registry.example.com:5000/payouts"), "is not of one version"),
    "a mount of nothing": (lambda o: pod(o)["volumes"].pop(0), "mounts tmp, which is no volume"),
    "a volume to write into": (lambda o: container(o)["volumeMounts"][1].pop("readOnly"), "may write into /etc/payouts/authority"),
    "a spread among others": (lambda o: pod(o)["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"].pop(COMPONENT), "is spread over kubernetes.io/hostname among other pods"),
    "a Job without end": (lambda o: part(o, "migrate")["spec"].pop("activeDeadlineSeconds"), "has no activeDeadlineSeconds"),
    "a Job that never gives up": (lambda o: part(o, "migrate")["spec"].pop("backoffLimit"), "has no backoffLimit"),
}  # fmt: skip

SECRETS: dict[str, tuple[Break, str]] = {
    "a Secret": (lambda o: o.append(secret("wages")), "Secret wages: the chart holds a Secret"),
    "a password written out": (lambda o: container(o)["env"].append({"name": "SMTP_PASSWORD", "value": "made-up"}), "SMTP_PASSWORD is written out"),
    "a password in an address": (lambda o: container(o)["env"].append({"name": "PROXY", "value": "http://a:made-up@b"}), "holds an address with a password"),
    "a secret from a ConfigMap": (lambda o: container(o)["env"].append({"name": "A_TOKEN", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}}), "A_TOKEN is written out"),
    "whatever is in a Secret": (lambda o: container(o).update(envFrom=[{"secretRef": {"name": "a"}}]), "takes whatever is in"),
    "a variable that is set twice": (lambda o: container(o)["env"].append({"name": "LOG_LEVEL", "value": "DEBUG"}), "LOG_LEVEL is set twice"),
    "a hook that needs what is not there": (needs_config, "runs before wages-config is there"),
}  # fmt: skip

REFERENCES: dict[str, tuple[Break, str]] = {
    "one object twice": (twice, "Service wages-web: is there 2 times"),
    "two namespaces": (lambda o: o[0]["metadata"].update(namespace="other"), "not all objects are in the release's namespace"),
    "a name too long": (lambda o: o[0]["metadata"].update(name="a" * 64), "is no name that every kind may have"),
    "no label": (lambda o: o[0]["metadata"]["labels"].pop("helm.sh/chart"), "has no label helm.sh/chart"),
    "a selector of other pods": (lambda o: part(o, "web")["spec"]["selector"]["matchLabels"].pop(COMPONENT), "Deployment wages-web: selects the pods of"),
    "a selector of no pods": (lambda o: part(o, "web")["spec"]["selector"]["matchLabels"].update({COMPONENT: "site"}), "selects the pods of nobody"),
    "a service of nobody": (lambda o: spec(o, "Service", "-web")["selector"].update({COMPONENT: "site"}), "Service wages-web: has no pod behind it"),
    "a service to no port": (lambda o: spec(o, "Service", "-web")["ports"][0].update(targetPort="site"), "sends to the port site"),
    "a service to pods without its port": (lambda o: container(o, "beat").update(ports=[]), "Service wages-metrics: sends to the port metrics"),
    "a budget for all": (lambda o: spec(o, "PodDisruptionBudget", "-web")["selector"]["matchLabels"].pop(COMPONENT), "and not for one Deployment"),
    "a budget for nobody": (lambda o: spec(o, "PodDisruptionBudget", "-web")["selector"]["matchLabels"].update({COMPONENT: "site"}), "is for nobody"),
    "a budget for one pod": (lambda o: part(o, "beat")["spec"].update(replicas=1), "is for Deployment wages-beat, which may have one pod"),
    "a budget for a pod that may be alone": (lambda o: spec(o, "HorizontalPodAutoscaler", "-web").update(minReplicas=1), "is for Deployment wages-web, which may have one pod"),
    "an autoscaler of nothing": (lambda o: spec(o, "HorizontalPodAutoscaler", "-web")["scaleTargetRef"].update(name="site"), "scales Deployment site, which is not there"),
    "replicas under an autoscaler": (lambda o: part(o, "web")["spec"].update(replicas=2), "each upgrade would set its replicas back"),
    "two autoscalers of one": (lambda o: spec(o, "HorizontalPodAutoscaler", "-web")["scaleTargetRef"].update(name="wages-worker"), "scales wages-worker, as ScaledObject wages-worker does"),
    "an environment of no container": (lambda o: spec(o, "ScaledObject", "-worker")["scaleTargetRef"].update(envSourceContainerName="site"), "reads the environment of site"),
    "a variable of nobody": (lambda o: spec(o, "ScaledObject", "-worker")["triggers"][0]["metadata"].update(hostFromEnv="NOWHERE"), "reads NOWHERE, which the pods do not have"),
    "a password of nobody": (lambda o: without(o, "TriggerAuthentication", "-worker"), "gets its password from wages-worker, which is not there"),
    "a way to nowhere": (lambda o: without(o, "Service", "-web"), "leads to wages-web:http, which is not there"),
    "a host without a certificate": (lambda o: spec(o, "Ingress", "-web")["tls"][0]["hosts"].pop(), "has no certificate for console.example.com"),
    "a monitor of no port": (lambda o: spec(o, "ServiceMonitor", "wages")["endpoints"][0].update(port="site"), "asks at the port site"),
}  # fmt: skip

NETWORK: dict[str, tuple[Break, str]] = {
    "no denial": (lambda o: (without(o, "NetworkPolicy", "-deny"), without(o, "NetworkPolicy", "-metrics")), "Deployment wages-worker: no policy bounds its Ingress"),
    "a policy for other people's pods": (lambda o: spec(o, "NetworkPolicy", "-deny").update(podSelector={}), "is for pods that are not of this release"),
    "a policy for nobody": (lambda o: spec(o, "NetworkPolicy", "-worker")["podSelector"]["matchLabels"].update({COMPONENT: "site"}), "is for pods that are not there"),
    "everybody let in": (lambda o: spec(o, "NetworkPolicy", "-web")["ingress"][0].pop("from"), "NetworkPolicy wages-web: lets everybody in"),
    "an empty peer": (lambda o: spec(o, "NetworkPolicy", "-web")["ingress"][0]["from"].append({}), "lets everybody in"),
    "every port let in": (lambda o: spec(o, "NetworkPolicy", "-web")["ingress"][0].pop("ports"), "lets in to every port"),
    "a port of nobody": (lambda o: spec(o, "NetworkPolicy", "-web")["ingress"][0]["ports"][0].update(port="site"), "lets in to the port site"),
    "every port let out": (lambda o: spec(o, "NetworkPolicy", "-worker")["egress"][0].pop("ports"), "lets out to every port"),
    "rules that do not count": (lambda o: spec(o, "NetworkPolicy", "-web").update(policyTypes=["Ingress"]), "has rules for a direction that it is not for"),
    "migrations that reach nothing": (lambda o: without(o, "NetworkPolicy", "-migrate"), "Job wages-migrate: can look no name up"),
    "migrations that reach nothing in time": (lambda o: spec_owner(o, "NetworkPolicy", "-migrate")["metadata"].pop("annotations"), "Job wages-migrate: can look no name up"),
    "no database": (lambda o: spec(o, "NetworkPolicy", "-migrate")["egress"].pop(), "Job wages-migrate: reaches no database"),
    "a web for nobody": (lambda o: spec(o, "NetworkPolicy", "-web").pop("ingress") and without(o, "NetworkPolicy", "-metrics"), "Deployment wages-web: lets nobody in"),
}  # fmt: skip

BROKEN = PODS | SECRETS | REFERENCES | NETWORK


def test_it_has_no_two_cases_of_one_name() -> None:
    assert len(BROKEN) == len(PODS) + len(SECRETS) + len(REFERENCES) + len(NETWORK)


def test_it_finds_nothing_while_nothing_is_broken(everything: list[Object]) -> None:
    assert find_problems(everything) == []


@pytest.mark.parametrize("name", BROKEN)
def test_it_refuses(name: str, everything: list[Object]) -> None:
    break_it, problem = BROKEN[name]
    break_it(everything)
    assert [found for found in find_problems(everything) if problem in found]
