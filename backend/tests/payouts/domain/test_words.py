from __future__ import annotations

import pytest

from payouts.domain.words import (
    EVIDENCE_MAX_LENGTH,
    REASON_MAX_LENGTH,
    UnusableWords,
    ensure_evidence,
    ensure_reason,
)


@pytest.mark.parametrize("reason", ["Seen at the counter.", "Бухгалтерія просить", "x" * REASON_MAX_LENGTH])
def test_it_takes_a_reason_in_any_script(reason: str) -> None:
    ensure_reason(reason)
    ensure_evidence(reason)


@pytest.mark.parametrize(
    "lines", ["23.11. PAYMENT 100.50\n24.11. BALANCE 3", "a\r\nb", "x" * EVIDENCE_MAX_LENGTH]
)
def test_it_takes_the_lines_of_a_statement_for_evidence(lines: str) -> None:
    ensure_evidence(lines)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("", "required"),
        ("   ", "required"),
        ("x" * (REASON_MAX_LENGTH + 1), "max_length"),
        ("two\nlines", "character"),
        ("nul\x00", "character"),
        ("turned \u202e round", "character"),
        ("a lone \ud800", "character"),
    ],
)
def test_it_refuses_a_reason_that_nobody_could_read(reason: str, code: str) -> None:
    with pytest.raises(UnusableWords) as refused:
        ensure_reason(reason)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [("reason", code)]


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        ("", "required"),
        (" \r\n \n", "required"),
        ("x" * EVIDENCE_MAX_LENGTH + "\n", "max_length"),
        ("a\rb", "character"),
        ("a\u2028b", "character"),
        ("fine\nnul\x00", "character"),
    ],
)
def test_it_refuses_evidence_that_nobody_could_read(evidence: str, code: str) -> None:
    with pytest.raises(UnusableWords) as refused:
        ensure_evidence(evidence)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [("evidence", code)]
