"""Asks about known vulnerabilities of what is pinned, with pip-audit, and judges the answers.

pip-audit skips what its source does not know, and then ends well. Who cannot reach the source has audited
nothing, and is told so.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from tests.supply_chain.lock_files import Pin
    from tests.supply_chain.policy import Acceptance

LONGEST_ACCEPTANCE = timedelta(days=180)
LONGEST_ANSWER_SECONDS = 600


class NothingAudited(Exception):  # noqa: N818  a state of affairs, and no error of ours
    """No package could be asked about; the message says why."""


@dataclass(frozen=True)
class Vulnerability:
    package: str
    version: str
    names: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        remedy = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "not fixed yet"
        return f"{self.package}=={self.version}: {', '.join(self.names)}, {remedy}"


@dataclass(frozen=True)
class Findings:
    audited: int
    skipped: tuple[str, ...]
    vulnerabilities: tuple[Vulnerability, ...]


def ask_about(pins: Iterable[Pin], flags: Sequence[str] = ()) -> Findings:
    """Ask about every pin, whatever Python or system it is for. Raises NothingAudited."""
    answers: list[Any] = []
    for pins_of_round in _rounds(pins):
        answers += _ask(pins_of_round, flags)
    return read_answers(answers)


def read_answers(answers: Sequence[Any]) -> Findings:
    """What pip-audit's JSON tells. Raises NothingAudited."""
    skipped = tuple(f"{each['name']}: {each['skip_reason']}" for each in answers if "skip_reason" in each)
    audited = [each for each in answers if "skip_reason" not in each]
    if not audited:
        raise NothingAudited(f"every one of {len(answers)} packages was skipped, as in: {skipped[:1]}")
    return Findings(len(audited), skipped, tuple(_vulnerabilities(audited)))


def _rounds(pins: Iterable[Pin]) -> list[list[Pin]]:
    """Split them so that no name comes twice in one: a file of requirements may hold one version of each."""
    rounds: list[dict[str, Pin]] = []
    for name, version in sorted({(pin.name, pin.version) for pin in pins}):
        pin = next(pin for pin in pins if (pin.name, pin.version) == (name, version))
        free = next((each for each in rounds if name not in each), None)
        if free is None:
            rounds.append(free := {})
        free[name] = pin
    return [list(each.values()) for each in rounds]


def _ask(pins: Sequence[Pin], flags: Sequence[str]) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder, "requirements.txt")
        requirements.write_text("\n".join(pin.line for pin in pins))
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements), "--disable-pip"]
        options = ["--require-hashes", "--format=json", "--progress-spinner=off", *flags]
        answer = subprocess.run(
            [*command, *options], capture_output=True, text=True, check=False, timeout=LONGEST_ANSWER_SECONDS
        )
    try:
        return list(json.loads(answer.stdout)["dependencies"])
    except ValueError as error:
        last_words = answer.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise NothingAudited(f"pip-audit gave up: {last_words[0]}") from error


def _vulnerabilities(audited: Iterable[Any]) -> Iterator[Vulnerability]:
    for package in audited:
        for found in package["vulns"]:
            names = (found["id"], *found["aliases"])
            yield Vulnerability(package["name"], package["version"], names, tuple(found["fix_versions"]))


def find_overdue(acceptances: Iterable[Acceptance], *, today: date) -> Iterator[str]:
    """Acceptances that hold no longer, or for too long, or without a reason."""
    for each in acceptances:
        if each.expires < today:
            yield f"{each.advisory} was accepted until {each.expires}: look at it again"
        if each.expires > today + LONGEST_ACCEPTANCE:
            yield f"{each.advisory} is accepted until {each.expires}: no longer than {LONGEST_ACCEPTANCE.days} days"
        if not each.reason.strip():
            yield f"{each.advisory} is accepted without a reason"


def find_advisory_problems(findings: Findings, acceptances: Sequence[Acceptance]) -> Iterator[str]:
    for skipped in findings.skipped:
        yield f"not audited: {skipped}"
    for vulnerability in findings.vulnerabilities:
        if not any(_accepts(each, vulnerability) for each in acceptances):
            yield f"vulnerable: {vulnerability}"
    for each in acceptances:
        if not any(_accepts(each, vulnerability) for vulnerability in findings.vulnerabilities):
            yield f"{each.advisory} is accepted for {each.package}, and was not found: take it out"


def _accepts(acceptance: Acceptance, vulnerability: Vulnerability) -> bool:
    return acceptance.package == vulnerability.package and acceptance.advisory in vulnerability.names
