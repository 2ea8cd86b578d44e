"""What an operator may enter about a recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from console.frame.fields import RuledField
from payouts.api.fields import AccountNumberField, CountryField, TextField
from payouts.domain.recipient import (
    ACCOUNT_NUMBER_MAX_LENGTH,
    BANK_CODE_MAX_LENGTH,
    NAME_MAX_LENGTH,
    RecipientChanges,
    RecipientDetails,
    RecipientType,
)
from payouts.models import Recipient

if TYPE_CHECKING:
    _RecipientForm = forms.ModelForm[Recipient]
else:
    _RecipientForm = forms.ModelForm

_COUNTRY_LENGTH = 2


def _account_number_field(*, required: bool) -> RuledField:
    # The browser shall not offer the account numbers that were entered before.
    widget = forms.TextInput(attrs={"autocomplete": "off", "size": ACCOUNT_NUMBER_MAX_LENGTH})
    rule = AccountNumberField(max_length=ACCOUNT_NUMBER_MAX_LENGTH)
    return RuledField(rule=rule, required=required, widget=widget)


class _RecipientFields(_RecipientForm):
    name = RuledField(rule=TextField(max_length=NAME_MAX_LENGTH))
    bank_code = RuledField(rule=TextField(max_length=BANK_CODE_MAX_LENGTH), required=False)
    country = RuledField(rule=CountryField(max_length=_COUNTRY_LENGTH), required=False)

    def _get_validation_exclusions(self) -> set[str]:
        # What the column holds is made from the number, with the row's id: its constraint says nothing of it.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # missing in the stubs
        return excluded | {"account_number"}


class NewRecipientForm(_RecipientFields):
    account_number = _account_number_field(required=True)

    class Meta:
        model = Recipient
        fields = ("organization", "type", "name", "account_number", "bank_code", "country")

    @property
    def details(self) -> RecipientDetails:
        entered = {name: value for name, value in self.cleaned_data.items() if name != "organization"}
        return RecipientDetails(**entered | {"type": RecipientType(entered["type"])})


class RecipientForm(_RecipientFields):
    """The present account number is not in it: an empty `new_account_number` leaves it as it is."""

    new_account_number = _account_number_field(required=False)

    class Meta:
        model = Recipient
        fields = ("name", "bank_code", "country", "is_active")

    @property
    def changes(self) -> RecipientChanges:
        entered = dict(self.cleaned_data)
        new_account_number = entered.pop("new_account_number") or None
        return RecipientChanges(account_number=new_account_number, **entered)
