"""What the project accepts of others, as supply-chain.toml states it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@dataclass(frozen=True)
class LicenceException:
    """A licence that one package may have, and others may not."""

    licence: str
    reason: str


@dataclass(frozen=True)
class LicencePolicy:
    allowed: Mapping[str, str]
    """By SPDX identifier, the reason why."""
    exceptions: Mapping[str, LicenceException]
    stated: Mapping[str, LicenceException]
    """By package, what its metadata says unclearly, or only where it is installed."""
    spellings: Mapping[str, str]
    """What packages wrote before there was SPDX, and the identifier that it means."""


@dataclass(frozen=True)
class Acceptance:
    """An advisory that is known and lived with, until a day."""

    advisory: str
    package: str
    reason: str
    expires: date


@dataclass(frozen=True)
class Policy:
    licences: LicencePolicy
    acceptances: tuple[Acceptance, ...]


def read_policy(text: str) -> Policy:
    """Raises TOMLDecodeError, KeyError or TypeError for a file without the form."""
    content = tomllib.loads(text)
    licences = content["licences"]
    return Policy(
        LicencePolicy(
            allowed=licences["allowed"],
            exceptions=_by_package(licences["exceptions"]),
            stated=_by_package(licences["stated"]),
            spellings=licences["spellings"],
        ),
        tuple(Acceptance(**each) for each in content.get("accepted_advisories", ())),
    )


def _by_package(table: Mapping[str, Mapping[str, str]]) -> dict[str, LicenceException]:
    return {package: LicenceException(**entry) for package, entry in table.items()}
