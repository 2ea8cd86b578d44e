"""`python -m tests.chart`: judge the chart in each case of `deploy/helm/payouts/ci`. Run by `make chart-check`.

Exit code 1 when something is refused. With `--answer` it answers questions of the tests, as JSON: what values are
rendered to or why they are refused, and what the schemas say of objects.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from tests.chart.kinds import NEWEST, OLDEST, find_schema_problems
from tests.chart.policies import find_problems
from tests.chart.rendering import RefusedError, find_lint_problems, list_cases, read_values, render

if TYPE_CHECKING:
    from pathlib import Path


def main(arguments: list[str]) -> int:
    if arguments == ["--answer"]:
        json.dump(_answer(json.load(sys.stdin)), sys.stdout)
        return 0
    cases = list_cases()
    problems = [f"{case.name}: {problem}" for case in cases for problem in _problems_of_case(case)]
    for problem in problems:
        sys.stdout.write(f"refused: {problem}\n")
    if problems:
        return 1
    sys.stdout.write(f"Chart: {len(cases)} installations, for Kubernetes {OLDEST} and {NEWEST}.\n")
    return 0


def _problems_of_case(case: Path) -> list[str]:
    values = read_values(case)
    try:
        objects = render(values)
    except RefusedError as refusal:
        return [str(refusal)]
    return [*find_lint_problems(values), *find_schema_problems(objects), *find_problems(objects)]


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    return {
        "cases": {case.name: _rendered(read_values(case)) for case in list_cases()},
        "renders": [_rendered(values) for values in question["values"]],
        "schemas": [list(find_schema_problems(objects)) for objects in question["objects"]],
    }


def _rendered(values: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"objects": render(values)}
    except RefusedError as refusal:
        return {"refusal": str(refusal)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
