"""`make lint` finds what is not Python by itself, in a repository of a few files."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
TOOLS = ".venv-deploy"
BRINGS = ("Makefile", ".hadolint.yaml", ".yamllint.yaml")
WORKFLOW = """\
name: Planted
on: push
permissions: {}
concurrency: {group: "${{ github.workflow }}", cancel-in-progress: true}
jobs:
  planted:
    name: Planted
    runs-on: ubuntu-24.04
    timeout-minutes: 1
    steps:
      - uses: actions/checkout@v6
        with: {persist-credentials: false}
"""

# A file, what is in it, who judges it, and a word of the answer.
REFUSED: dict[str, tuple[str, str, str, str]] = {
    "a Dockerfile": ("Dockerfile", "FROM debian\n", "_dockerfiles", "DL3006"),
    "a Dockerfile of another name": ("images/Dockerfile.dev", "FROM debian:13\nRUN cd /tmp\n", "_dockerfiles", "DL3003"),
    "a script without an ending": (".ci/run", "#!/usr/bin/env bash\necho $1\n", "_shell", "SC2086"),
    "a script for sh": ("deploy/start", "#!/bin/sh -e\n[[ a = b ]] && exit\n", "_shell", "SC3010"),
    "a script without a first line": ("deploy/part.sh", "echo $1\n", "_shell", "SC2148"),
    "a YAML file": ("deploy/rules.yml", "a: 1\na: 2\n", "_yaml", "duplication of key"),
    "a file of values": ("deploy/helm/payouts/values.yaml", "a: yes\n", "_yaml", "truthy"),
    "a workflow": (".github/workflows/planted.yml", WORKFLOW, "_workflows", "unpinned-uses"),
}  # fmt: skip

TAKEN: dict[str, tuple[str, str, str]] = {
    "no Dockerfile": ("README.md", "FROM debian\n", "_dockerfiles"),
    "what a Dockerfile leaves out": ("Dockerfile.dockerignore", "*\n", "_dockerfiles"),
    "no script": ("README.md", "Run\n#!/bin/bash\necho $1\n", "_shell"),
    "a program in another language": ("manage.py", "#!/usr/bin/env python\nprint( 1)\n", "_shell"),
    "a template of the chart": ("deploy/helm/payouts/templates/web/a.yaml", "{{- if .Values.a }}\n", "_yaml"),
    "what git ignores": ("build/rules.yml", "a: 1\na: 2\n", "_yaml"),
    "no workflow": ("README.md", WORKFLOW, "_workflows"),
}  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in BRINGS:
        shutil.copy(REPOSITORY / name, tmp_path)
    (tmp_path / ".gitignore").write_text(f"/{TOOLS}\n/build/\n")
    (tmp_path / TOOLS).symlink_to(REPOSITORY / TOOLS)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)  # noqa: S607  whichever is on PATH
    return tmp_path


def _lint(repository: Path, name: str, text: str, target: str) -> subprocess.CompletedProcess[str]:
    path = repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    # A make that started these tests would have this one talk to it.
    surroundings = {
        key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "GIT_"))
    }
    command = ["make", "--no-print-directory", f"--old-file={TOOLS}/.installed", target]
    return subprocess.run(
        command, cwd=repository, env=surroundings, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses(name: str, repository: Path) -> None:
    path, text, target, word = REFUSED[name]
    done = _lint(repository, path, text, target)
    assert done.returncode != 0
    assert word in done.stdout + done.stderr


@pytest.mark.parametrize("name", TAKEN)
def test_it_has_nothing_to_say_of(name: str, repository: Path) -> None:
    path, text, target = TAKEN[name]
    done = _lint(repository, path, text, target)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_bears_a_file_that_is_deleted_and_still_known(repository: Path) -> None:
    _lint(repository, "deploy/start", "#!/bin/sh\n", "_shell")
    subprocess.run(["git", "add", "--all"], cwd=repository, check=True)  # noqa: S607  whichever is on PATH
    (repository / "deploy/start").unlink()
    assert _lint(repository, "README.md", "", "_shell").returncode == 0
