"""What can be done with a payout by hand, each with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.urls import reverse
from django.utils import timezone

from console.frame.callers import caller_for
from console.frame.dialogs import Dialog
from infrastructure.payouts.cache import bump_list_version
from payouts.application.change_status import change_status
from payouts.application.delete_payout import delete_payout
from payouts.domain.status import Status
from payouts.models import Payout

if TYPE_CHECKING:
    from django.http import HttpRequest


class PayoutDialog(Dialog[Payout]):
    permission = "payouts.change_payout"
    is_for_many = True

    def act(self, request: HttpRequest, record: Payout, entered: dict[str, Any]) -> str:
        done = self.carry_out(request, record, entered)
        bump_list_version(record.organization_id)
        return done

    def carry_out(self, request: HttpRequest, payout: Payout, entered: dict[str, Any]) -> str:
        raise NotImplementedError


class _Move(PayoutDialog):
    target: ClassVar[Status]

    def carry_out(self, request: HttpRequest, payout: Payout, entered: dict[str, Any]) -> str:
        moved = change_status(
            caller=caller_for(request, payout.organization),
            payout_id=payout.pk,
            target=self.target,
            reason=entered["reason"],
            now=timezone.now(),
        )
        return f"{payout.reference} is {moved.status} now."


class TakeOver(_Move):
    name, title, button = "take-over", "Take over", "Take over"
    explanation = "A person pays it, outside of this service. No worker touches it any more."
    target = Status.PROCESSING

    def is_offered(self, record: Payout) -> bool:
        return record.status == Status.NEW.value


class MarkCompleted(_Move):
    name, title, button = "mark-completed", "Mark as completed", "Mark as completed"
    target = Status.COMPLETED

    def is_offered(self, record: Payout) -> bool:
        return record.status == Status.PROCESSING.value


class MarkFailed(_Move):
    name, title, button = "mark-failed", "Mark as failed", "Mark as failed"
    target = Status.FAILED
    is_dangerous = True

    def is_offered(self, record: Payout) -> bool:
        return record.status in {Status.NEW.value, Status.PROCESSING.value}


class Delete(PayoutDialog):
    name, title, button = "remove", "Delete", "Delete the payout"
    explanation = "For a mistake of which nothing was sent. It is in no list afterwards; its key stays taken."
    is_dangerous = True

    def is_offered(self, record: Payout) -> bool:
        return record.status == Status.NEW.value and not record.attempts_made

    def carry_out(self, request: HttpRequest, payout: Payout, entered: dict[str, Any]) -> str:  # noqa: ARG002  the reason is kept from the next release on
        delete_payout(
            caller=caller_for(request, payout.organization), payout_id=payout.pk, now=timezone.now()
        )
        return f"{payout.reference} is deleted."

    def address_after(self, record: Payout) -> str:  # noqa: ARG002  the framework's signature
        return reverse("admin:payouts_payout_changelist")


PAYOUT_DIALOGS = (TakeOver, MarkCompleted, MarkFailed, Delete)
