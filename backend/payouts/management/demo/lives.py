"""How each fate comes about, turn after turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.actor import operator_actor
from payouts.application.set_aside import RECIPIENT_INACTIVE
from payouts.domain.events import PayoutEvent
from payouts.domain.status import Status
from payouts.management.demo import turns
from payouts.management.demo.fates import Fate
from payouts.management.demo.recipients import JUST_DEACTIVATED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payouts.management.demo.story import Story

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_MOST_ATTEMPTS = 5


def live(story: Story, fate: Fate) -> None:
    """Afterwards the story has come to where this fate leads it."""
    payout = story.payout
    # It waits to be sent, and never is.
    payout.next_run_at = story.dormant_until
    story.tell(PayoutEvent.CREATED, actor=payout.created_by)
    _LIVES[fate](story)


def _ready(story: Story) -> None:
    """Nothing has happened yet."""


def _paid_at_once(story: Story) -> None:
    story.send()
    story.wait_about(3)
    turns.complete(story)


def _accepted(story: Story) -> None:
    story.send()
    turns.accept(story)


def _paid_later(story: Story) -> None:
    _accepted(story)
    story.wait_about(25 * _MINUTE)
    turns.complete(story, inquiries=story.rng.randint(0, 4))


def _retry_wait(story: Story) -> None:
    story.send()
    turns.refuse_for_now(story)


def _paid_after_refusal(story: Story) -> None:
    _retry_wait(story)
    story.wait_about(20)
    _paid_at_once(story)


def _paid_after_the_bank_was_away(story: Story) -> None:
    story.send()
    for _ in range(story.rng.randint(1, 3)):
        turns.fail_to_reach(story)
        story.wait_about(25)
        turns.send_again(story)
    story.wait_about(3)
    turns.complete(story)


def _unknown(story: Story) -> None:
    story.send()
    turns.lose(story)


def _paid_after_doubt(story: Story) -> None:
    _unknown(story)
    story.wait_about(30)
    turns.complete(story, inquiries=story.rng.randint(1, 4))


def _needs_review(story: Story) -> None:
    _unknown(story)
    turns.call_a_person(story)


def _settled_as_paid(story: Story) -> None:
    _needs_review(story)
    turns.settle(story, Status.COMPLETED, reason="On the bank's statement of the next morning, line 14.")


def _settled_as_not_paid(story: Story) -> None:
    _needs_review(story)
    turns.settle(story, Status.FAILED, reason="The bank's support has looked: no such transfer.")


def _on_hold(story: Story) -> None:
    story.wait(story.rng.uniform(0.2, 1))
    turns.hold_by_person(story)


def _held_for_recipient(story: Story) -> None:
    story.wait((story.until - JUST_DEACTIVATED - story.moment).total_seconds())
    turns.hold(story, actor=operator_actor("olena.koval"), reason=RECIPIENT_INACTIVE)


def _paid_after_hold(story: Story) -> None:
    _on_hold(story)
    story.wait_about(5 * _HOUR)
    turns.release(story)
    _paid_at_once(story)


def _paid_by_hand(story: Story) -> None:
    turns.take_over(story)
    turns.settle(story, Status.COMPLETED, reason="Transferred by hand, see the house account.")


def _refused(story: Story) -> None:
    story.send()
    story.wait_about(3)
    turns.refuse(story)


def _never_reached(story: Story) -> None:
    for _ in range(_MOST_ATTEMPTS - 1):
        _retry_wait(story)
        story.wait_about(20)
    _unknown(story)
    story.wait_about(20)
    turns.give_up(story)


def _returned(story: Story) -> None:
    _paid_later(story)
    story.wait(story.rng.uniform(0.6, 4) * _DAY)
    turns.come_back(story)


def _canceled(story: Story) -> None:
    _on_hold(story)
    story.wait_about(3 * _HOUR)
    turns.cancel(story)


def _declined_by_person(story: Story) -> None:
    _on_hold(story)
    story.wait_about(3 * _HOUR)
    turns.decline(story)


def _deleted(story: Story) -> None:
    _on_hold(story)
    story.wait_about(10 * _MINUTE)
    turns.delete(story)


_LIVES: Mapping[Fate, Callable[[Story], None]] = {
    Fate.PAID_AT_ONCE: _paid_at_once,
    Fate.PAID_LATER: _paid_later,
    Fate.PAID_AFTER_REFUSAL: _paid_after_refusal,
    Fate.PAID_AFTER_THE_BANK_WAS_AWAY: _paid_after_the_bank_was_away,
    Fate.PAID_AFTER_DOUBT: _paid_after_doubt,
    Fate.PAID_AFTER_HOLD: _paid_after_hold,
    Fate.PAID_BY_HAND: _paid_by_hand,
    Fate.SETTLED_AS_PAID: _settled_as_paid,
    Fate.SETTLED_AS_NOT_PAID: _settled_as_not_paid,
    Fate.REFUSED: _refused,
    Fate.NEVER_REACHED: _never_reached,
    Fate.DECLINED_BY_PERSON: _declined_by_person,
    Fate.RETURNED: _returned,
    Fate.CANCELED: _canceled,
    Fate.DELETED: _deleted,
    Fate.READY: _ready,
    Fate.SENDING: lambda story: story.send(),
    Fate.ACCEPTED: _accepted,
    Fate.RETRY_WAIT: _retry_wait,
    Fate.UNKNOWN: _unknown,
    Fate.NEEDS_REVIEW: _needs_review,
    Fate.ON_HOLD: _on_hold,
    Fate.HELD_FOR_RECIPIENT: _held_for_recipient,
    Fate.PAYING_BY_HAND: turns.take_over,
}
