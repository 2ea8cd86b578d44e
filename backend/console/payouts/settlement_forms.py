from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from console.frame.dialogs import ReasonForm
from payouts.domain.settlement import Verdict
from payouts.domain.words import EVIDENCE_MAX_LENGTH, UnusableWords, ensure_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERDICTS: Mapping[Verdict, str] = {
    Verdict.PAID: "It was paid",
    Verdict.NOT_PAID: "It was not paid, and will not be",
}


class EvidenceField(forms.CharField):
    """Lines, by the rule that the use case holds them to."""

    widget = forms.Textarea(attrs={"rows": 5})

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=EVIDENCE_MAX_LENGTH, **options)

    def to_python(self, value: Any) -> str:
        """Forms send two characters where the browser counts one."""
        return str(super().to_python(value)).replace("\r\n", "\n")

    def validate(self, value: str) -> None:
        super().validate(value)
        try:
            ensure_evidence(value)
        except UnusableWords as refusal:
            raise forms.ValidationError([problem.detail for problem in refusal.problems]) from refusal


class SettleForm(ReasonForm):
    verdict = forms.TypedChoiceField(
        label="What became of it?",
        choices=[(verdict.value, words) for verdict, words in _VERDICTS.items()],
        coerce=Verdict,
        widget=forms.RadioSelect,
    )
    evidence = EvidenceField(
        help_text="What you have seen: lines of a statement, words of the bank, a receipt."
    )

    field_order = ("verdict", "evidence", "reason")
