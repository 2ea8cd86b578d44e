from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.chart.answers import ask
from tests.chart.objects import of_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chart.objects import Object


EVERYTHING = "everything-values.yaml"

# A kind, what is done to its first object, and a word of the answer.
BROKEN: dict[str, tuple[str, Callable[[Any], object], str]] = {
    "a misspelt field": ("Deployment", lambda it: it["spec"].update(replica=2), "replica"),
    "a misspelt field, deep down": ("Deployment", lambda it: it["spec"]["template"]["spec"]["containers"][0].update(livenesProbe={}), "livenesProbe"),
    "a text for a number": ("Service", lambda it: it["spec"]["ports"][0].update(port="80"), "'80' is not of type"),
    "a missing field": ("PodDisruptionBudget", lambda it: it.pop("spec") and it.update(spec=1), "1 is not of type"),
    "an autoscaler without a target": ("HorizontalPodAutoscaler", lambda it: it["spec"].pop("scaleTargetRef"), "'scaleTargetRef' is a required property"),
    "an unknown kind": ("NetworkPolicy", lambda it: it.update(kind="NetworkPolice"), "knows no NetworkPolice"),
    "a version that is gone": ("PodDisruptionBudget", lambda it: it.update(apiVersion="policy/v1beta1"), "knows no PodDisruptionBudget of policy/v1beta1"),
    "an unknown kind of others": ("ServiceMonitor", lambda it: it.update(kind="PodMonitor"), "knows no PodMonitor"),
    "a misspelt field of KEDA's": ("ScaledObject", lambda it: it["spec"].update(minReplicas=2), "minReplicas"),
    "a number where KEDA wants text": ("ScaledObject", lambda it: it["spec"]["triggers"][0]["metadata"].update(listLength=20), "20 is not of type 'string'"),
    "a trigger that is not known": ("ScaledObject", lambda it: it["spec"]["triggers"][0].update(type="redix"), "redix"),
    "a password in an address": ("ScaledObject", lambda it: it["spec"]["triggers"][0]["metadata"].update(address="redis://a:b@c:1"), "does not match"),
    "half a reference": ("TriggerAuthentication", lambda it: it["spec"]["secretTargetRef"][0].pop("key"), "'key' is a required property"),
    "a monitor of all services": ("ServiceMonitor", lambda it: it["spec"].update(selector={}), "{}"),
    "a label that is none": ("ServiceMonitor", lambda it: it["spec"]["endpoints"][0]["relabelings"][0].update(targetLabel="the job"), "does not match"),
    "a misspelt field of a monitor": ("ServiceMonitor", lambda it: it["spec"]["endpoints"][0].update(periode="1s"), "periode"),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(cases: dict[str, list[Object]]) -> dict[str, list[str]]:
    broken = [_broken(cases[EVERYTHING], kind, break_it) for kind, break_it, _ in BROKEN.values()]
    found: list[list[str]] = ask(values=[], objects=[*cases.values(), *broken])["schemas"]
    return dict(zip([*cases, *BROKEN], found, strict=True))


def _broken(objects: list[Object], kind: str, break_it: Callable[[Any], object]) -> list[Object]:
    one = deepcopy(of_kind(objects, kind)[0])
    break_it(one)
    return [one]


def test_it_knows_every_kind_of_each_installation(
    answers: dict[str, list[str]], cases: dict[str, list[Object]]
) -> None:
    assert [answers[name] for name in cases] == [[] for _ in cases]


@pytest.mark.parametrize("name", BROKEN)
def test_it_refuses(name: str, answers: dict[str, list[str]]) -> None:
    assert BROKEN[name][2] in " ".join(answers[name])
