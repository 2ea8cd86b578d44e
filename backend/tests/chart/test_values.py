from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.chart.answers import ask

if TYPE_CHECKING:
    from collections.abc import Mapping


MINIMUM: dict[str, Any] = {
    "image": {"repository": "payouts"},
    "config": {
        "DJANGO_ALLOWED_HOSTS": "payouts.example.com",
        "PUBLIC_URL": "https://payouts.example.com",
        "POSTGRES_HOST": "postgresql.databases.svc",
    },
    "secrets": {"existingSecret": "payouts"},
}

# What is added to the minimum, and a word of the refusal.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no image": ({"image": {"repository": ""}}, "/image/repository"),
    "an image of no version": ({"image": {"tag": "latest"}}, "/image/tag"),
    "a shortened digest": ({"image": {"digest": "sha256:0123"}}, "/image/digest"),
    "no hosts": ({"config": {"DJANGO_ALLOWED_HOSTS": ""}}, "/config/DJANGO_ALLOWED_HOSTS"),
    "a pattern of hosts": ({"config": {"DJANGO_ALLOWED_HOSTS": "*.example.com"}}, "/config/DJANGO_ALLOWED_HOSTS"),
    "no address": ({"config": {"PUBLIC_URL": ""}}, "/config/PUBLIC_URL"),
    "debugging": ({"config": {"DJANGO_DEBUG": "true"}}, "/config/DJANGO_DEBUG"),
    "no database": ({"config": {"POSTGRES_HOST": ""}}, "where is the database?"),
    "a setting that is no text": ({"config": {"WEB_WORKERS": 2}}, "/config/WEB_WORKERS"),
    "a setting in small letters": ({"config": {"web_workers": "2"}}, "web_workers"),
    "a role": ({"config": {"PAYOUTS_ROLE": "web"}}, "invalid propertyName 'PAYOUTS_ROLE'"),
    "a password": ({"config": {"POSTGRES_PASSWORD": "made-up"}}, "invalid propertyName 'POSTGRES_PASSWORD'"),
    "a key": ({"config": {"FIELD_ENCRYPTION_KEYS": "made-up"}}, "invalid propertyName 'FIELD_ENCRYPTION_KEYS'"),
    "a token": ({"config": {"METRICS_TOKEN": "made-up"}}, "invalid propertyName 'METRICS_TOKEN'"),
    "an address with a password": ({"config": {"CELERY_BROKER_URL": "redis://:made-up@redis:6379/0"}}, "invalid propertyName 'CELERY_BROKER_URL'"),
    "no secret": ({"secrets": {"existingSecret": ""}}, "/secrets/existingSecret"),
    "a secret's value": ({"secrets": {"variables": {"DJANGO_SECRET_KEY": "made-up"}}}, "/secrets/variables/DJANGO_SECRET_KEY"),
    "a secret's value by a field": ({"secrets": {"variables": {"DJANGO_SECRET_KEY": {"value": "made-up"}}}}, "'value' not allowed"),
    "a secret that is needed, taken away": ({"secrets": {"variables": {"FIELD_HASH_KEY": None}}}, "FIELD_HASH_KEY"),
    "a database without a password": ({"secrets": {"variables": {"POSTGRES_PASSWORD": None}}}, "POSTGRES_PASSWORD or DATABASE_URL"),
    "one variable in two places": ({"secrets": {"variables": {"LOG_LEVEL": {}}}}, "LOG_LEVEL is in config and in secrets"),
    "an unknown value": ({"replicas": 3}, "'replicas' not allowed"),
    "an unknown value of a part": ({"relay": {"autoscaling": {"enabled": True}}}, "'autoscaling' not allowed"),
    "a negative number of pods": ({"web": {"replicas": -1}}, "/web/replicas"),
    "no memory limit": ({"web": {"resources": {"limits": {"memory": None}}}}, "/web/resources/limits"),
    "root": ({"securityContext": {"runAsUser": 0}}, "/securityContext/runAsUser"),
    "a web that is killed while it works": ({"web": {"gracePeriodSeconds": 39}}, "web.gracePeriodSeconds must be above"),
    "a worker that is killed while it works": ({"worker": {"gracePeriodSeconds": 60}}, "/worker/gracePeriodSeconds"),
    "two autoscalers": (
        {"worker": {"autoscaling": {"enabled": True}, "keda": {"enabled": True, "redis": {"address": "redis:6379"}}}},
        "both enabled",
    ),
    "more pods at least than at most": ({"web": {"autoscaling": {"enabled": True, "minReplicas": 9}}}, "web.autoscaling.minReplicas is above"),
    "a queue of nobody": ({"worker": {"keda": {"enabled": True}}}, "worker.keda.redis.address"),
    "a password for KEDA": ({"worker": {"keda": {"redis": {"address": "redis://:made-up@redis:6379"}}}}, "/worker/keda/redis/address"),
    "a monitor of nothing": ({"metrics": {"serviceMonitor": {"enabled": True}}}, "metrics.serviceMonitor is enabled"),
    "metrics at the port of the service": ({"metrics": {"port": 8000}}, "/metrics/port"),
    "everybody let in": ({"networkPolicy": {"web": {"from": []}}}, "/networkPolicy/web/from"),
    "a peer that is none": ({"networkPolicy": {"bank": {"to": [{}]}}}, "/networkPolicy/bank/to/0"),
    "a volume to write into": ({"extraVolumeMounts": [{"name": "a", "mountPath": "/a", "readOnly": False}]}, "/extraVolumeMounts/0/readOnly"),
    "a label of the chart's own": ({"web": {"podLabels": {"app.kubernetes.io/component": "worker"}}}, "invalid propertyName 'app.kubernetes.io/component'"),
    "a budget that lets nobody go": ({"podDisruptionBudget": {"maxUnavailable": 0}}, "/podDisruptionBudget/maxUnavailable"),
}  # fmt: skip


def _with(base: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(deepcopy(base))
    for name, value in added.items():
        old = merged.get(name)
        merged[name] = _with(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


@pytest.fixture(scope="module")
def refusals() -> dict[str, str | None]:
    answers = ask(values=[MINIMUM, *(_with(MINIMUM, added) for added, _ in REFUSED.values())], objects=[])[
        "renders"
    ]
    return {name: answer.get("refusal") for name, answer in zip(["nothing", *REFUSED], answers, strict=True)}


def test_it_takes_the_minimum(refusals: dict[str, str | None]) -> None:
    assert refusals["nothing"] is None


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses(name: str, refusals: dict[str, str | None]) -> None:
    assert REFUSED[name][1] in (refusals[name] or "it is taken")
