"""The bounded run; `make fuzz` goes on for longer, with other callers and any seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.callers import stranger_to
from tests.fuzz.run import fuzz

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.stack import Stack


def test_it_answers_everything_as_its_schema_says(service: Stack, tmp_path: Path) -> None:
    findings = fuzz(
        service.ready["url"],
        stranger_to(service, "Fuzz"),
        seed=1,
        examples=3,
        report=tmp_path / "fuzz.json",
    )

    assert findings.is_clean, findings.output
    assert findings.case_count > 500
