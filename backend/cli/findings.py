from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    WELL = "ok"
    NOTE = "note"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """What `payouts doctor` has to say about one thing; advice only where something can be done."""

    subject: str
    verdict: Verdict
    seen: str
    advice: str = ""


def well(subject: str, seen: str) -> Finding:
    return Finding(subject, Verdict.WELL, seen)


def note(subject: str, seen: str, advice: str) -> Finding:
    return Finding(subject, Verdict.NOTE, seen, advice)


def broken(subject: str, seen: str, advice: str) -> Finding:
    return Finding(subject, Verdict.BROKEN, seen, advice)
