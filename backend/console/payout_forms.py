from __future__ import annotations

from django import forms
from django.contrib.admin.helpers import ActionForm

from console.fields import RuledField
from payouts.api.fields import TextField
from payouts.domain.words import REASON_MAX_LENGTH


class PayoutActionForm(ActionForm):
    """Takes any reason: were it refused here, Django would only say that no action was selected."""

    reason = forms.CharField(required=False, label="Reason, when moved by hand: ")


class ReasonForm(forms.Form):
    reason = RuledField(rule=TextField(max_length=REASON_MAX_LENGTH))
