"""What can be done with a payout by hand, each with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.messages import success
from django.urls import reverse
from django.utils import timezone

from console.frame.callers import caller_for
from console.frame.dialogs import Dialog, go_to
from console.payouts.last_attempt import can_be_asked_about, is_in_hand, last_attempt_of
from infrastructure.payouts.cache import bump_list_version
from payouts.application.ask_rail import ask_rail
from payouts.application.change_status import change_status
from payouts.application.delete_payout import delete_payout
from payouts.application.hold_payout import hold_payout
from payouts.application.release_payout import release_payout
from payouts.domain.status import Stage, Status
from payouts.models import Payout

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class PayoutDialog(Dialog[Payout]):
    """Afterwards lists that were kept before are not shown any more, also when only a part was done."""

    permission = "payouts.change_payout"

    def act(self, request: HttpRequest, record: Payout, entered: dict[str, Any]) -> str:
        asked = {
            "caller": caller_for(request, record.organization),
            "payout_id": record.pk,
            "now": timezone.now(),
        }
        done = self.carry_out(record, asked | entered)
        bump_list_version(record.organization_id)
        return done

    def carry_out(self, payout: Payout, asked: dict[str, Any]) -> str:
        """Call the use case with what it is asked with: caller, payout, time, and what the form gave."""
        raise NotImplementedError


class Hold(PayoutDialog):
    name, title, button = "hold", "Hold", "Put on hold"
    explanation = "Nothing is sent until somebody releases it. What a worker sends already is not stopped."
    is_for_many = True

    def is_offered(self, record: Payout) -> bool:
        return record.stage == Stage.READY.value

    def carry_out(self, payout: Payout, asked: dict[str, Any]) -> str:
        hold_payout(**asked)
        return f"{payout.reference} is on hold."


class Release(PayoutDialog):
    name, title, button = "release", "Release", "Release"
    explanation = "It is sent within seconds."
    is_for_many = True

    def is_offered(self, record: Payout) -> bool:
        return record.stage == Stage.ON_HOLD.value

    def carry_out(self, payout: Payout, asked: dict[str, Any]) -> str:
        release_payout(**asked)
        return f"{payout.reference} is released."


class AskBank(PayoutDialog):
    name, title, button = "ask", "Ask the bank now", "Ask the bank"
    explanation = "The bank is asked within seconds what became of it. Its answer stands in the timeline."
    is_for_many = True

    def is_offered(self, record: Payout) -> bool:
        return can_be_asked_about(last_attempt_of(record))

    def carry_out(self, payout: Payout, asked: dict[str, Any]) -> str:
        ask_rail(**asked)
        return f"The bank is being asked about {payout.reference}."


class _Move(PayoutDialog):
    target: ClassVar[Status]

    def carry_out(self, payout: Payout, asked: dict[str, Any]) -> str:
        moved = change_status(**asked, target=self.target)
        return f"{payout.reference} is {moved.status} now."


class TakeOver(_Move):
    name, title, button = "take-over", "Take over by hand", "Take over"
    explanation = (
        "A person pays it, outside of this service, and settles it here afterwards. No worker touches it any"
        " more, and it cannot be given back."
    )
    is_for_many = True
    target = Status.PROCESSING

    def is_offered(self, record: Payout) -> bool:
        return record.status == Status.NEW.value


class Cancel(_Move):
    name, title, button = "cancel", "Cancel", "Cancel the payout"
    explanation = "It is never sent, and stays in the lists as canceled. To pay after all takes a new payout."
    is_for_many = True
    target = Status.CANCELED

    def is_offered(self, record: Payout) -> bool:
        return record.status == Status.NEW.value


class GiveUp(_Move):
    """Of what was tried, and of which nothing is out: the engine would try it again."""

    name, title, button = "give-up", "Give up", "Let it fail"
    explanation = "No attempt of it has been executed, and none is made any more. It ends as failed."
    is_dangerous = True
    target = Status.FAILED

    def is_offered(self, record: Payout) -> bool:
        return record.status == Status.PROCESSING.value and not is_in_hand(last_attempt_of(record))


class RecordReturn(_Move):
    name, title, button = "record-return", "Record a return", "The money came back"
    explanation = (
        "For money that is back on your account, of which the bank tells nothing by itself. It is final, and"
        " nothing is sent again."
    )
    is_dangerous = True
    target = Status.RETURNED

    def is_offered(self, record: Payout) -> bool:
        return record.status == Status.COMPLETED.value


class Delete(PayoutDialog):
    name, title, button = "remove", "Delete", "Delete the payout"
    explanation = "For a mistake of which nothing was sent. It is in no list afterwards; its key stays taken."
    is_for_many = True

    def is_offered(self, record: Payout) -> bool:
        return record.status == Status.NEW.value and not record.attempts_made

    def carry_out(self, payout: Payout, asked: dict[str, Any]) -> str:
        delete_payout(**asked)
        return f"{payout.reference} is deleted."

    def answer_done(self, request: HttpRequest, record: Payout, done: str) -> HttpResponse:  # noqa: ARG002  it is gone
        success(request, done)
        return go_to(request, reverse("admin:payouts_payout_changelist"))
