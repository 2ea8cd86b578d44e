"""The chart as Helm renders it: by Helm's own library, so that no `helm` has to be installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import helm_python
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chart.objects import Object

CHART = Path(__file__).parents[3] / "deploy/helm/payouts"
RELEASE = "payouts"
NAMESPACE = "money"
_WARNING = 2


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that is there twice; Kubernetes does, and PyYAML takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  PyYAML's signature
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(None, None, "a key is there twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


class RefusedError(Exception):
    """Helm refuses the values, or cannot make objects of them."""


def list_cases() -> list[Path]:
    """Files of values, by the convention of Helm's chart testing."""
    return sorted((CHART / "ci").glob("*-values.yaml"))


def read_values(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = helm_python.values_from_yaml(path.read_text())
    return values


def render(values: dict[str, Any]) -> list[Object]:
    """Every object of an installation, without empty documents. Raises RefusedError."""
    try:
        with helm_python.Chart.load(CHART) as chart:
            files = chart.render(values, name=RELEASE, namespace=NAMESPACE)
    except helm_python.HelmError as error:
        raise RefusedError(str(error)) from error
    return [rendered for name, text in sorted(files.items()) for rendered in _objects_of(name, text)]


def _objects_of(name: str, text: str) -> Iterator[Object]:
    if not name.endswith(".yaml"):
        return
    try:
        yield from filter(None, yaml.load_all(text, Loader=StrictLoader))
    except yaml.YAMLError as error:
        raise RefusedError(f"{name}: {error}") from error


def find_lint_problems(values: dict[str, Any]) -> list[str]:
    """What `helm lint --strict` says, but for advice."""
    report = helm_python.lint(CHART, values, strict=True)
    messages = [it for it in report["messages"] if it["severity"] >= _WARNING]
    return [*(f"{it['path']}: {it['error']}" for it in messages), *report["errors"]]
