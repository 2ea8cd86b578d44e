"""What a person says of their own act: why they did it, and what they have seen."""

from __future__ import annotations

from core.exceptions import FieldProblem, Invalid
from core.visible_text import find_unseen

REASON_MAX_LENGTH = 500
EVIDENCE_MAX_LENGTH = 2_000


class UnusableWords(Invalid):
    code = "unusable_words"
    title = "A reason or an evidence is missing, or cannot be kept"

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(f"The {field}: {detail}", problems=(FieldProblem(field, code, detail),))


def ensure_reason(reason: str) -> None:
    """One line. Raises UnusableWords: whoever looks at it later shall read why."""
    _ensure_words("reason", [reason], REASON_MAX_LENGTH)


def ensure_evidence(evidence: str) -> None:
    """Lines, as they are copied from a statement. Raises UnusableWords."""
    _ensure_words("evidence", evidence.replace("\r\n", "\n").split("\n"), EVIDENCE_MAX_LENGTH)


def _ensure_words(field: str, lines: list[str], max_length: int) -> None:
    if not any(line.strip() for line in lines):
        raise UnusableWords(field, "required", "say at least a word.")
    if len("\n".join(lines)) > max_length:
        raise UnusableWords(field, "max_length", f"at most {max_length} characters.")
    unseen = next((found for line in lines if (found := find_unseen(line))), None)
    if unseen is not None:
        detail = f"it contains the character U+{ord(unseen):04X}, which is not allowed."
        raise UnusableWords(field, "character", detail)
