"""Form fields with the API's rules for text: what one door refuses, the other refuses too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from rest_framework.exceptions import ValidationError

if TYPE_CHECKING:
    from rest_framework.serializers import CharField


class RuledField(forms.CharField):
    """Text that meets `rule` or is empty. Blanks around it are taken off first.

    It is as long as the rule allows, as it was typed: the browser counts so too.
    """

    def __init__(self, *, rule: CharField, **options: Any) -> None:
        super().__init__(max_length=rule.max_length, **options)
        self._rule = rule

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        try:
            return str(self._rule.run_validation(text)) if text else ""
        except ValidationError as error:
            raise forms.ValidationError([str(detail) for detail in error.detail]) from error
