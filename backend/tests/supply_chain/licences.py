"""Which licences the service's dependencies have, whether they are allowed, and the page that lists them.

The page is the same on every Python and system: what is installed only elsewhere is stated in the policy.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.supply_chain.lock_files import Pin
    from tests.supply_chain.policy import LicencePolicy

_SILENT = "UNKNOWN"
_COPYLEFT = re.compile(r"GPL|General Public")


@dataclass(frozen=True)
class Installed:
    """What a package that is installed here says of itself, in the order in which it is believed."""

    version: str
    statements: tuple[str, ...]


def list_installed(names: Sequence[str]) -> dict[str, Installed]:
    command = [sys.executable, "-m", "piplicenses", "--from=all", "--format=json", "--with-system"]
    command += ["--packages", *names]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return {
        canonicalize_name(row["Name"]): Installed(
            row["Version"],
            (row["License-Expression"], row["License-Metadata"], *row["License-Classifier"].split("; ")),
        )
        for row in json.loads(answer.stdout)
    }


@dataclass(frozen=True)
class Row:
    """A line of the page: a package, the versions that are pinned, and its licence."""

    package: str
    versions: tuple[str, ...]
    licence: str


def make_rows(pins: Sequence[Pin], installed: Mapping[str, Installed], policy: LicencePolicy) -> list[Row]:
    names = sorted({pin.name for pin in pins})
    return [Row(name, _versions(pins, name), _licence(name, installed.get(name), policy)) for name in names]


def _versions(pins: Sequence[Pin], name: str) -> tuple[str, ...]:
    return tuple(pin.version for pin in pins if pin.name == name)


def _licence(name: str, installed: Installed | None, policy: LicencePolicy) -> str:
    """What the policy states goes first; else the first clear word of the package; else nothing."""
    if name in policy.stated:
        return policy.stated[name].licence
    words = _clear_words(installed, policy) if installed else []
    return words[0] if words else ""


def _clear_words(installed: Installed, policy: LicencePolicy) -> list[str]:
    expression, *others = installed.statements
    if expression != _SILENT:
        # It is taken as it is: it is for the judge to refuse what he does not know.
        return [expression]
    return [
        policy.spellings.get(word, word) for word in others if word in {*policy.allowed, *policy.spellings}
    ]


def find_licence_problems(
    rows: Sequence[Row], pins: Sequence[Pin], installed: Mapping[str, Installed], policy: LicencePolicy
) -> Iterator[str]:
    for row in rows:
        if not row.licence:
            said = installed[row.package].statements if row.package in installed else ("not installed here",)
            yield f"{row.package}: its licence is not clear, it says {list(said)}"
        elif not _is_allowed(row, policy):
            yield f"{row.package}: the licence {row.licence!r} is not allowed"
        if row.package in installed:
            yield from _find_contradictions(row, installed[row.package], policy)
    yield from _find_unstated(pins, policy)
    yield from _find_idle(rows, policy)


def _find_contradictions(row: Row, installed: Installed, policy: LicencePolicy) -> Iterator[str]:
    """Where what is on the page may not be true, or not the whole truth."""
    if installed.version not in row.versions:
        yield f"{row.package}: another version is installed than pinned, so that its licence may differ"
    if installed.statements[0] not in {_SILENT, row.licence}:
        yield f"{row.package}: supply-chain.toml states {row.licence!r}, and it says {installed.statements[0]!r}"
    expression, *others = installed.statements
    copyleft = [word for word in others if expression == _SILENT and _COPYLEFT.search(word)]
    if copyleft and row.package not in policy.exceptions:
        yield f"{row.package}: it also says {copyleft}"


def _is_allowed(row: Row, policy: LicencePolicy) -> bool:
    """By SPDX, AND binds more closely than OR. What has parentheses is refused, and then looked at by a person."""
    exception = policy.exceptions.get(row.package)
    allowed = {*policy.allowed, *([exception.licence] if exception else [])}
    choices = [choice.split(" AND ") for choice in row.licence.split(" OR ")]
    return any(all(licence in allowed for licence in choice) for choice in choices)


def _find_unstated(pins: Sequence[Pin], policy: LicencePolicy) -> Iterator[str]:
    """Where its marker is false a package cannot be asked, and the page must not depend on where it is made."""
    for pin in pins:
        if pin.marker and pin.name not in {*policy.stated, *policy.exceptions}:
            yield f"{pin.name}: it is pinned for some systems only, so supply-chain.toml must state its licence"


def _find_idle(rows: Sequence[Row], policy: LicencePolicy) -> Iterator[str]:
    packages = {row.package for row in rows}
    for name in sorted({*policy.stated, *policy.exceptions} - packages):
        yield f"{name}: supply-chain.toml speaks of it, and nothing pins it"


def make_page(rows: Sequence[Row], policy: LicencePolicy) -> str:
    notes = {**policy.stated, **policy.exceptions}
    packages = [
        f"| {row.package} | {', '.join(row.versions)} | {row.licence} |"
        f" {notes[row.package].reason if row.package in notes else ''} |"
        for row in rows
    ]
    licences = [f"| {licence} | {reason} |" for licence, reason in sorted(policy.allowed.items())]
    return "\n".join([*_HEAD, *licences, *_MIDDLE, *packages, ""])


_HEAD = (
    "# Licences",
    "",
    "What the service depends on, by `requirements.lock`, and under which licences. Written by `make licences`",
    "from the packages' own words and `supply-chain.toml`; `make audit-offline` refuses a page that is out of step.",
    "Tools of development are not shipped, and are not listed.",
    "",
    "## Allowed",
    "",
    "The service is under Apache-2.0. Any other licence is refused, above all one that would put its sources under",
    "other terms; an exception is made for one package, with a reason.",
    "",
    "| licence | why |",
    "|---|---|",
)
_MIDDLE = ("", "## Packages", "", "| package | version | licence | note |", "|---|---|---|---|")
