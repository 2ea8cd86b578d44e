"""What is wrong with a migration, and what was accepted all the same."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, order=True)
class Finding:
    migration: str
    rule: str
    detail: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.migration}: {self.rule}: {self.detail}"


def read_accepted(text: str) -> Mapping[tuple[str, str], str]:
    """The reason why a rule is not held against a migration, by both."""
    return {
        (entry["migration"], rule): entry["reason"]
        for entry in tomllib.loads(text)["accepted"]
        for rule in entry["rules"]
    }


def judge(findings: Iterable[Finding], accepted: Mapping[tuple[str, str], str]) -> list[str]:
    """What is refused: findings that nobody has accepted, reasons that are none, and those not needed."""
    found = list(findings)
    met = {(finding.migration, finding.rule) for finding in found}
    return [
        *(str(finding) for finding in found if (finding.migration, finding.rule) not in accepted),
        *(f"{migration}: {rule}: accepted, and not there" for migration, rule in accepted.keys() - met),
        *(
            f"{migration}: {rule}: no reason is given"
            for (migration, rule), why in accepted.items()
            if not why
        ),
    ]
