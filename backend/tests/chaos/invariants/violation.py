from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chaos.evidence import SeenPayout


@dataclass(frozen=True)
class Violation:
    """A promise that was broken: which, by what, how, and the history that led there."""

    invariant: str
    subject: str
    what: str
    history: tuple[str, ...] = ()


def violation_of(invariant: str, payout: SeenPayout, what: str) -> Violation:
    subject = f"payout {payout.id} ({payout.reference}) of {payout.tenant}"
    return Violation(invariant, subject, what, payout.lines)
