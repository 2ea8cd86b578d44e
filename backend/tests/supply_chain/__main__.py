"""`python -m tests.supply_chain`: judge what the service is made of. Run by `make audit` and its parts.

Exit code 1 when something is refused, 3 when nothing could be audited.
"""

from __future__ import annotations

import os
import shlex
import sys
import tomllib
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tests.supply_chain import advisories, lock_files
from tests.supply_chain.licences import find_licence_problems, list_installed, make_page, make_rows
from tests.supply_chain.policy import read_policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.supply_chain.licences import Row
    from tests.supply_chain.lock_files import Lock
    from tests.supply_chain.policy import Policy

REPOSITORY = Path(__file__).parents[3]
LICENCES_PAGE = "docs/licences.md"
NOTHING_AUDITED = 3
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-deploy.lock")
DEV_GROUP = "payouts (pyproject.toml:dev)"
DEPLOY_GROUP = "payouts (pyproject.toml:deploy)"

app = typer.Typer(add_completion=False)
console = Console(highlight=False, soft_wrap=True, markup=False)
Folder = Annotated[Path, typer.Option(help="the repository that is judged")]


def _lock(repository: Path, name: str) -> Lock:
    return lock_files.read_lock((repository / name).read_text())


def _policy(repository: Path) -> Policy:
    return read_policy((repository / "supply-chain.toml").read_text())


def _answer(problems: Iterable[str], well: str) -> None:
    told = list(problems)
    for problem in told:
        console.print(f"refused: {problem}")
    if told:
        sys.exit(1)
    console.print(well)


@app.command()
def locks(repository: Folder = REPOSITORY) -> None:
    """Each line has hashes and no address, and the files are what pyproject.toml asks for."""
    project = tomllib.loads((repository / "pyproject.toml").read_text())
    extras = project["project"].get("optional-dependencies", {}).values()
    shipped = [*project["project"]["dependencies"], *chain.from_iterable(extras)]
    groups = project["dependency-groups"]
    small, large, deploy = (_lock(repository, name) for name in LOCKS)
    problems = {
        "requirements.lock": [
            *lock_files.find_differences(small, shipped),
            *lock_files.find_strays(small, large),
        ],
        "requirements-dev.lock": lock_files.find_differences(
            large,
            shipped + lock_files.flat_group(groups, "dev"),
            asked_by=(lock_files.PROJECT, DEV_GROUP),
        ),
        "requirements-deploy.lock": lock_files.find_differences(
            deploy, lock_files.flat_group(groups, "deploy"), asked_by=(DEPLOY_GROUP,)
        ),
    }
    _answer(
        [
            f"{name}: {problem}"
            for name, lock in zip(LOCKS, (small, large, deploy), strict=True)
            for problem in (*lock_files.find_lock_problems(lock), *problems[name])
        ],
        f"Lock files: {len(small.pins)} pins to ship, {len(large.pins) + len(deploy.pins)} in all, each with hashes.",
    )


@app.command()
def licences(*, repository: Folder = REPOSITORY, write: bool = False) -> None:
    """Each licence is allowed, and docs/licences.md tells it; --write makes that page."""
    policy, pins = _policy(repository).licences, _lock(repository, "requirements.lock").pins
    installed = list_installed(sorted({pin.name for pin in pins}))
    rows = make_rows(pins, installed, policy)
    page, path = make_page(rows, policy), repository / LICENCES_PAGE
    problems = list(find_licence_problems(rows, pins, installed, policy))
    if write and not problems:
        path.write_text(page)
    elif not path.exists() or path.read_text() != page:
        problems.append(f"{LICENCES_PAGE} is out of step: run 'make licences'")
    _answer(problems, f"Licences: {len(rows)} packages, all allowed.")


@app.command()
def bill(output: Path, repository: Folder = REPOSITORY) -> None:
    """Write the software bill of materials (CycloneDX JSON)."""
    from tests.supply_chain.bill_of_materials import make_bill  # noqa: PLC0415  two seconds to load

    output.parent.mkdir(parents=True, exist_ok=True)
    pins = _lock(repository, "requirements.lock").pins
    output.write_text(make_bill(repository, pins, {row.package: row.licence for row in _rows(repository)}))
    console.print(f"Bill of materials: {output}")


def _rows(repository: Path) -> list[Row]:
    pins = _lock(repository, "requirements.lock").pins
    names = sorted({pin.name for pin in pins})
    return make_rows(pins, list_installed(names), _policy(repository).licences)


@app.command()
def vulnerabilities(*, repository: Folder = REPOSITORY, offline: bool = False) -> None:
    """No pinned version has a known vulnerability, but for those accepted; AUDIT_FLAGS go to pip-audit."""
    accepted = _policy(repository).acceptances
    overdue = list(advisories.find_overdue(accepted, today=datetime.now(UTC).date()))
    if offline:
        _answer(overdue, "Vulnerabilities: NOT looked up, as was asked for.")
        return
    pins = [pin for name in LOCKS for pin in _lock(repository, name).pins]
    try:
        findings = advisories.ask_about(pins, shlex.split(os.environ.get("AUDIT_FLAGS", "")))
    except advisories.NothingAudited as reason:
        console.print(f"NOTHING COULD BE AUDITED for known vulnerabilities: {reason}")
        console.print("Run it where pip-audit's source can be reached; OFFLINE=1 leaves this part out.")
        sys.exit(NOTHING_AUDITED)
    problems = [*overdue, *advisories.find_advisory_problems(findings, accepted)]
    _answer(
        problems, f"Vulnerabilities: {findings.audited} pinned versions audited, none that is not accepted."
    )


@app.command()
def secrets(
    files: Annotated[list[str] | None, typer.Argument()] = None, repository: Folder = REPOSITORY
) -> None:
    """No file holds a secret beyond the audited ones of .secrets.baseline; without names: no file of git."""
    from tests.supply_chain.secret_scan import find_secret_problems  # noqa: PLC0415  a second to load

    os.chdir(repository)
    _answer(find_secret_problems(files or []), "Secrets: none but those known to be made up.")


if __name__ == "__main__":
    app()
