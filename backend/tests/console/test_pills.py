from __future__ import annotations

import pytest

from console.payouts.pills import Tone, pill_of
from payouts.domain.status import STAGES


def test_it_has_words_for_every_stage() -> None:
    pills = [
        pill_of(status.value, stage.value) for status, stages in STAGES.items() for stage in sorted(stages)
    ]

    assert all(pill.words and pill.details for pill in pills)
    assert len({str(pill) for pill in pills}) == len(pills)


@pytest.mark.parametrize(
    ("status", "stage", "words", "tone"),
    [
        ("NEW", "ready", "New: waits for its turn", Tone.QUIET),
        ("NEW", "on_hold", "New: on hold", Tone.WARN),
        ("PROCESSING", "sending", "Processing: being sent", Tone.INFO),
        ("PROCESSING", "unknown", "Processing: outcome unknown", Tone.WARN),
        ("COMPLETED", "confirmed", "Completed: confirmed by the bank", Tone.GOOD),
        ("FAILED", "declined", "Failed: declined", Tone.BAD),
    ],
)
def test_it_says_how_far_a_payout_has_come(status: str, stage: str, words: str, tone: Tone) -> None:
    pill = pill_of(status, stage)

    assert (str(pill), pill.tone) == (words, tone)
    assert pill.css_class == f"pill pill-{tone}"
