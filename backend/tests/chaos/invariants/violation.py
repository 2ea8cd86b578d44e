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
    return Violation(invariant, name_of(payout.id, payout.reference, payout.tenant), what, payout.lines)


def name_of(payout_id: int, reference: str, tenant: str) -> str:
    """What names a payout in every violation, so that however many promises it breaks, it counts once."""
    return f"payout {payout_id} ({reference}) of {tenant}"
