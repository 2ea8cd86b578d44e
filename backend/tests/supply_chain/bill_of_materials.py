"""The software bill of materials, in CycloneDX: the same bytes from the same lock file, wherever it is made.

cyclonedx-py writes the components. It knows neither who needs whom nor the licences, and gives each package an
address at the index; names and hashes are enough to know a package by, from any mirror.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.supply_chain.lock_files import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.supply_chain.lock_files import Pin

ROOT = "root-component"


class NotABill(Exception):  # noqa: N818  what was made, and no error of ours
    """It does not follow the schema of CycloneDX."""


def make_bill(repository: Path, pins: Sequence[Pin], licences: Mapping[str, str]) -> str:
    """JSON that follows the schema. Raises NotABill."""
    bill = _components(repository)
    for tool in bill["metadata"]["tools"]["components"]:
        del tool["externalReferences"]
    for component in bill["components"]:
        _tidy(component, licences)
    bill["dependencies"] = _dependencies(pins)
    text = json.dumps(bill, indent=2, sort_keys=True) + "\n"
    if (problem := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)) is not None:
        raise NotABill(str(problem))
    return text


def _components(repository: Path) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "--output-reproducible"]
    options = ["--short-PURLs", "--sv=1.6", "--of=JSON", "--pyproject=pyproject.toml", "requirements.lock"]
    answer = subprocess.run(
        [*command, *options], cwd=repository, capture_output=True, text=True, check=True, timeout=120
    )
    bill: dict[str, Any] = json.loads(answer.stdout)
    return bill


def _tidy(component: dict[str, Any], licences: Mapping[str, str]) -> None:
    del component["description"]
    component["bom-ref"] = component["purl"]
    component["licenses"] = [{"expression": licences[component["name"]]}]
    for reference in component["externalReferences"]:
        reference["url"], reference["comment"] = (
            component["purl"],
            "hashes of the files that may be installed",
        )


def _dependencies(pins: Sequence[Pin]) -> list[dict[str, Any]]:
    """Who needs whom, by what the lock file says each is there for."""
    references = {(pin.name, pin.version): f"pkg:pypi/{pin.name}@{pin.version}" for pin in pins}
    needs: dict[str, list[str]] = {ROOT: [], **{reference: [] for reference in references.values()}}
    for pin in pins:
        for parent in pin.via:
            parents = [ROOT] if parent == PROJECT else _of(parent, references)
            for each in parents:
                needs[each].append(references[pin.name, pin.version])
    return [{"ref": reference, "dependsOn": sorted(needed)} for reference, needed in sorted(needs.items())]


def _of(name: str, references: Mapping[tuple[str, str], str]) -> list[str]:
    return [reference for (package, _), reference in references.items() if package == name]
