"""What an operator may enter about a recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from console.frame.dialogs import ReasonForm
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


def _account_number_field(**options: Any) -> RuledField:
    # The browser shall not offer the account numbers that were entered before.
    widget = forms.TextInput(attrs={"autocomplete": "off", "size": ACCOUNT_NUMBER_MAX_LENGTH})
    rule = AccountNumberField(max_length=ACCOUNT_NUMBER_MAX_LENGTH)
    return RuledField(rule=rule, widget=widget, **options)


def _name_field(**options: Any) -> RuledField:
    return RuledField(rule=TextField(max_length=NAME_MAX_LENGTH), **options)


def _bank_code_field(**options: Any) -> RuledField:
    return RuledField(rule=TextField(max_length=BANK_CODE_MAX_LENGTH), required=False, **options)


def _country_field(**options: Any) -> RuledField:
    return RuledField(
        rule=CountryField(max_length=_COUNTRY_LENGTH),
        required=False,
        help_text='Two capital letters (ISO 3166-1), such as "UA".',
        **options,
    )


class NewRecipientForm(_RecipientForm):
    name = _name_field()
    account_number = _account_number_field()
    bank_code = _bank_code_field()
    country = _country_field()

    class Meta:
        model = Recipient
        fields = ("type", "name", "account_number", "bank_code", "country")

    def _get_validation_exclusions(self) -> set[str]:
        # What the column holds is made from the number, with the row's id: its constraint says nothing of it.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # missing in the stubs
        return excluded | {"account_number"}

    @property
    def details(self) -> RecipientDetails:
        entered = self.cleaned_data
        return RecipientDetails(**entered | {"type": RecipientType(entered["type"])})


class RecipientChangesForm(ReasonForm):
    """The present account number is not in it: an empty `new_account_number` leaves it as it is.

    Each field remembers what it was shown with, and is changed only if the operator has changed it: what a
    colleague has changed meanwhile stays.
    """

    name = _name_field(show_hidden_initial=True)
    new_account_number = _account_number_field(
        required=False, help_text="Left empty, the present one stays as it is."
    )
    bank_code = _bank_code_field(show_hidden_initial=True)
    country = _country_field(show_hidden_initial=True)

    field_order = ("name", "new_account_number", "bank_code", "country", "reason")

    @property
    def changes(self) -> RecipientChanges:
        """Of a form that is valid."""
        entered = {name: self.cleaned_data[name] for name in self.changed_data if name != "reason"}
        return RecipientChanges(account_number=entered.pop("new_account_number", "") or None, **entered)


class AccountNumberForm(forms.Form):
    account_number = _account_number_field(help_text="The whole number. Blanks and hyphens do not matter.")
