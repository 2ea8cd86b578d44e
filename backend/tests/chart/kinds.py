"""Every object against the schema of its kind, by the oldest and the newest Kubernetes; an unknown kind is refused."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kubernetes_validate
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chart.objects import Object

# What Chart.yaml asks for at least, and the newest that there are schemas of.
OLDEST = "1.30"
NEWEST = kubernetes_validate.latest_version().rpartition(".")[0]
# Kinds that are not Kubernetes' own, from the fields that their makers document.
_OWN_SCHEMAS = Path(__file__).parent / "schemas"
_GROUPS_OF_OTHERS = ("keda.sh/", "monitoring.coreos.com/")


def find_schema_problems(objects: list[Object]) -> Iterator[str]:
    for rendered in objects:
        name = f"{rendered.get('kind')} {rendered.get('metadata', {}).get('name')}"
        for problem in sorted(
            {problem for version in (OLDEST, NEWEST) for problem in _problems(rendered, version)}
        ):
            yield f"{name}: {problem}"


def _problems(rendered: Object, version: str) -> Iterator[str]:
    try:
        validator = _validator(str(rendered.get("apiVersion")), str(rendered.get("kind")), version)
    except FileNotFoundError:
        yield f"Kubernetes {version} knows no {rendered.get('kind')} of {rendered.get('apiVersion')}"
        return
    for error in validator.iter_errors(rendered):
        yield f"{error.json_path.removeprefix('$.')}: {error.message}"


@cache
def _validator(api_version: str, kind: str, version: str) -> Draft202012Validator:
    if api_version.startswith(_GROUPS_OF_OTHERS):
        group, _, number = api_version.partition("/")
        return Draft202012Validator(json.loads((_OWN_SCHEMAS / f"{group}-{number}-{kind}.json").read_text()))
    folder = f"v{version}.0-local-strict"
    # As the files are named: the group up to its first dot, and its version.
    group = re.sub(r"^([^./]*)(\.[^/]*)?/", r"\1-", api_version)
    schema = _schema_of_kubernetes(folder, f"{kind.lower()}-{group}.json")
    return Draft202012Validator(schema, registry=_definitions(folder))


@cache
def _definitions(folder: str) -> Registry[Any]:
    """Read and searched through once: that takes a quarter of a second, and each reference would do it anew."""
    definitions = Resource.from_contents(_schema_of_kubernetes(folder, "_definitions.json"))
    return (definitions @ Registry()).crawl()


def _schema_of_kubernetes(folder: str, name: str) -> Any:
    path = files(kubernetes_validate) / "kubernetes-json-schema" / folder / name
    return json.loads(path.read_text())
