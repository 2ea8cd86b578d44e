"""The account number that a payout goes to, shown once to whoever asked: in no message and no cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template.response import TemplateResponse

from console.frame.callers import caller_for
from console.frame.dialogs import Dialog, is_asked_by_htmx
from payouts.application.reveal_account_number import reveal_payout_account_number
from payouts.models import Payout

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class Reveal(Dialog[Payout]):
    name, title, button = "reveal", "Show the account number", "Show it"
    explanation = (
        "The whole number that this payout goes to. The event log keeps that you have seen it, and why."
    )
    permission = "payouts.reveal_account_number"

    account_number: str

    def is_offered(self, record: Payout) -> bool:  # noqa: ARG002  nor does any state of it matter
        """Its button stands beside the masked number, not among what can be done."""
        return False

    def act(self, request: HttpRequest, record: Payout, entered: dict[str, Any]) -> str:
        self.account_number = reveal_payout_account_number(
            caller=caller_for(request, record.organization), payout_id=record.pk, reason=entered["reason"]
        )
        return ""

    def answer_done(self, request: HttpRequest, record: Payout, done: str) -> HttpResponse:  # noqa: ARG002  the number is the answer
        context = self.admin.admin_site.each_context(request) | {
            "title": f"Account number of {record.reference}",
            "account_number": self.account_number,
            "record": record,
            "back": self.address_after(record),
            "is_in_dialog": is_asked_by_htmx(request),
        }
        return TemplateResponse(request, "console/payouts/revealed.html", context)
