"""What can be done with a recipient, each with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.template.response import TemplateResponse
from django.utils import timezone

from console.frame.callers import caller_for
from console.frame.dialogs import Dialog
from console.recipients.recipient_forms import RecipientChangesForm
from infrastructure.payouts.cache import bump_list_version
from payouts.application.reveal_account_number import reveal_recipient_account_number
from payouts.application.set_aside import count_payouts_to_release, count_payouts_to_set_aside
from payouts.application.update_recipient import update_recipient
from payouts.domain.recipient import RecipientChanges
from payouts.models import Recipient

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.http import HttpRequest, HttpResponse

    from payouts.application.update_recipient import UpdatedRecipient

CHANGE = "payouts.change_recipient"
REVEAL = "payouts.reveal_account_number"
MOST_COUNTED = 1_000


class Edit(Dialog[Recipient]):
    name, title, button = "edit", "Edit", "Save the changes"
    explanation = "For payouts to come. Those that were made already go where they were made for."
    permission = CHANGE
    form_class = RecipientChangesForm

    form: RecipientChangesForm

    def make_form(self, record: Recipient | None, data: Any = None) -> forms.Form:
        shown = ("name", "bank_code", "country")
        initial = {name: getattr(record, name) for name in shown}
        self.form = RecipientChangesForm(data, initial=initial)
        return self.form

    def act(self, request: HttpRequest, record: Recipient, entered: dict[str, Any]) -> str:
        updated = _update(request, record, self.form.changes, entered["reason"])
        return f"{updated.recipient.name} is changed." if updated.changed else "Nothing was changed."


class _Switch(Dialog[Recipient]):
    """`count` tells at most how many payouts would move with it."""

    permission = CHANGE
    is_for_many = True
    to_active: ClassVar[bool]
    count: ClassVar[Callable[..., int]]
    would: ClassVar[str]
    done: ClassVar[str]

    def is_offered(self, record: Recipient) -> bool:
        return record.is_active is not self.to_active

    def explain(self, record: Recipient) -> str:
        count = type(self).count(record, at_most=MOST_COUNTED)
        more = " or more" if count == MOST_COUNTED else ""
        return f"{self.explanation} {self.would.format(counted=_payouts(count) + more)}"

    def act(self, request: HttpRequest, record: Recipient, entered: dict[str, Any]) -> str:
        changes = RecipientChanges(is_active=self.to_active)
        updated = _update(request, record, changes, entered["reason"])
        state = "active" if self.to_active else "inactive"
        if not updated.changed:
            return f"{record.name} was {state} already."
        return f"{record.name} is {state} now; {_payouts(updated.payouts_moved)} {self.done}."


class Deactivate(_Switch):
    name, title, button = "deactivate", "Deactivate", "Deactivate"
    explanation = "Nobody can make payouts to an inactive recipient, and none that waits is sent."
    is_dangerous = True
    to_active = False
    count = staticmethod(count_payouts_to_set_aside)
    would = "This holds {counted} of theirs until they are active again."
    done = "held"


class Reactivate(_Switch):
    name, title, button = "reactivate", "Reactivate", "Reactivate"
    explanation = "Payouts can be made to the recipient again."
    to_active = True
    count = staticmethod(count_payouts_to_release)
    would = "This releases {counted} that wait only for that, and sends them."
    done = "released"


class RevealAccountNumber(Dialog[Recipient]):
    """The number stands in the one answer, and nowhere else: no message, no address, no cache keeps it."""

    name, title, button = "reveal", "Show the account number", "Show it"
    explanation = "The whole number, as it is now. The event log keeps that you have seen it, and why."
    permission = REVEAL

    account_number: str

    def act(self, request: HttpRequest, record: Recipient, entered: dict[str, Any]) -> str:
        self.account_number = reveal_recipient_account_number(
            caller=caller_for(request, record.organization), recipient_id=record.pk, reason=entered["reason"]
        )
        return ""

    def is_offered(self, record: Recipient) -> bool:  # noqa: ARG002  whatever its state
        """Its button stands beside the masked number, not among what can be done."""
        return False

    def answer_done(self, request: HttpRequest, record: Recipient, done: str) -> HttpResponse:  # noqa: ARG002  it is the answer
        context = self.admin.admin_site.each_context(request) | {
            "title": f"Account number of {record.name}",
            "account_number": self.account_number,
            "back": self.address_after(record),
        }
        return TemplateResponse(request, "console/recipients/revealed.html", context)


def _payouts(count: int) -> str:
    if count <= 1:
        return "1 payout" if count else "no payout"
    return f"{count:,} payouts"


def _update(
    request: HttpRequest, recipient: Recipient, changes: RecipientChanges, reason: str
) -> UpdatedRecipient:
    updated = update_recipient(
        caller=caller_for(request, recipient.organization),
        recipient_id=recipient.pk,
        changes=changes,
        reason=reason,
        now=timezone.now(),
    )
    # Deactivating holds payouts, and activating releases them: the list of payouts shows both.
    bump_list_version(recipient.organization_id)
    return updated


RECIPIENT_DIALOGS = (Edit, RevealAccountNumber, Deactivate, Reactivate)
