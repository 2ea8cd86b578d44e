"""The inputs above the list of payouts. What is written into them is read by `list_query`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django import forms
from django.conf import settings

from console.payouts.list_query import SEARCH_MAX_LENGTH, Period
from console.payouts.pills import STAGE_WORDS, STATUS_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.payouts.list_query import ListQuery

_ANY = ("", "any")
_PERIODS = {Period.TODAY: "today", Period.WEEK: "last 7 days", Period.MONTH: "last 30 days"}
_PROBLEMS = "list-problems"


def _text(**attributes: str) -> forms.CharField:
    return forms.CharField(widget=forms.TextInput(attrs=attributes))


class FilterForm(forms.Form):
    """Shows what was asked for; which of it was not understood is marked."""

    q = forms.CharField(widget=forms.TextInput(attrs={"type": "search", "maxlength": str(SEARCH_MAX_LENGTH)}))
    status = forms.MultipleChoiceField(
        choices=[(status.value, words) for status, words in STATUS_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    stage = forms.ChoiceField(choices=[_ANY, *((stage.value, words) for stage, words in STAGE_WORDS.items())])
    currency = forms.ChoiceField()
    rail = forms.ChoiceField()
    amount_from = _text(inputmode="decimal")
    amount_to = _text(inputmode="decimal")
    created = forms.ChoiceField(
        choices=[_ANY, *((period.value, words) for period, words in _PERIODS.items())]
    )
    created_from = _text(type="date")
    created_to = _text(type="date")
    recipient = _text(inputmode="numeric")
    recipient.label = "Recipient number"

    def __init__(self, query: ListQuery, *, currencies: Iterable[str]) -> None:
        given = {name: values if name == "status" else values[0] for name, values in query.given.items()}
        super().__init__(initial=given, auto_id="filter-%s", use_required_attribute=False)
        self._offer("currency", currencies)
        self._offer("rail", settings.PAYOUTS_RAILS)
        for name in query.problems.keys() & self.fields.keys():
            self.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": _PROBLEMS}

    def _offer(self, name: str, values: Iterable[str]) -> None:
        """And what was asked for, though it may not be in use."""
        chosen = {self.initial[name]} if name in self.initial else set()
        field = cast("forms.ChoiceField", self.fields[name])
        field.choices = [_ANY, *((value, value) for value in sorted({*values, *chosen}))]
