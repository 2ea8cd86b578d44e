"""What the workflows of a code host may lean on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[3]
WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def _jobs(workflow: Path) -> dict[str, dict[str, Any]]:
    jobs: dict[str, dict[str, Any]] = yaml.safe_load(workflow.read_text())["jobs"]
    return jobs


def _commands(workflow: Path) -> list[str]:
    return [step["run"] for job in _jobs(workflow).values() for step in job["steps"] if "run" in step]


def test_it_finds_the_workflows_it_judges() -> None:
    assert [workflow.name for workflow in WORKFLOWS] == ["audit.yml", "ci.yml"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_it_names_targets_and_programs_that_are_there(workflow: Path) -> None:
    words = [line.split() for command in _commands(workflow) for line in command.splitlines()]
    targets = {word for first, *rest in words if first == "make" for word in rest if "=" not in word}
    programs = {first for first, *_ in words if first != "make"}

    assert targets <= TARGETS
    assert all((REPOSITORY / program).exists() for program in programs)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_it_uses_actions_of_one_commit(workflow: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in workflow.read_text().splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not PINNED.match(line)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_it_gives_jobs_an_end_and_no_right_but_to_read(workflow: Path) -> None:
    assert yaml.safe_load(workflow.read_text())["permissions"] == {}
    for job in _jobs(workflow).values():
        assert job["timeout-minutes"] <= 60
        assert job["permissions"] == {"contents": "read"}


def test_it_checks_the_oldest_python_and_the_one_of_the_images() -> None:
    matrix = _jobs(REPOSITORY / ".github/workflows/ci.yml")["check"]["strategy"]["matrix"]
    oldest = re.search(r'requires-python = ">=([0-9.]+)"', (REPOSITORY / "pyproject.toml").read_text())
    assert oldest
    assert matrix["python"] == [oldest[1], "3.13"]
