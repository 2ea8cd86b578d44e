from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from heartbeats.signs_of_life import Role, SignOfLife
from payouts.domain.standing import OpenPayouts, Standing, Waiting, find_concerns
from payouts.domain.status import Stage
from tests.factories import NOON

SECOND = timedelta(seconds=1)
BRIEF, LONG = Waiting(2, 60 * SECOND), Waiting(2, 61 * SECOND)

WELL = Standing(
    heartbeats=tuple(SignOfLife(role, "one", NOON, 5 * SECOND) for role in Role),
    markers=BRIEF,
    open_payouts=(
        OpenPayouts("manual", Stage.ACCEPTED, Waiting(1, 9 * SECOND)),
        OpenPayouts("manual", Stage.READY, Waiting(2, 5 * SECOND)),
        OpenPayouts("sandbox", Stage.READY, Waiting(3, 7 * SECOND)),
        OpenPayouts("sandbox", Stage.UNKNOWN, Waiting(4, 8 * SECOND)),
    ),
    due={"sandbox": BRIEF, "sepa": Waiting()},
    expired_leases=BRIEF,
    held=Waiting(),
    not_asked_about=Waiting(),
)


def codes(standing: Standing) -> list[str]:
    return [concern.code for concern in find_concerns(standing)]


def test_it_is_not_concerned_about_what_waits_shortly_or_for_people() -> None:
    assert codes(WELL) == []


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (replace(WELL, heartbeats=WELL.heartbeats[1:]), "no_live_worker"),
        (replace(WELL, heartbeats=WELL.heartbeats[::2]), "no_live_relay"),
        (replace(WELL, heartbeats=WELL.heartbeats[:2]), "no_live_beat"),
        (replace(WELL, markers=LONG), "relay_is_behind"),
        (replace(WELL, due={"sandbox": Waiting(), "sepa": LONG}), "due_not_sent"),
        (replace(WELL, expired_leases=LONG), "leases_not_given_up"),
        (replace(WELL, held=Waiting(1, SECOND)), "held"),
        (replace(WELL, not_asked_about=Waiting(1, SECOND)), "not_asked_about"),
        (
            replace(WELL, open_payouts=(OpenPayouts("sandbox", Stage.NEEDS_REVIEW, Waiting(1, SECOND)),)),
            "needs_review",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_concerned_about_what_does_not_get_on_by_itself(standing: Standing, code: str) -> None:
    assert codes(standing) == [code]


def test_it_names_the_rail_and_how_many_wait() -> None:
    (concern,) = find_concerns(replace(WELL, due={"sandbox": BRIEF, "sepa": LONG}))
    assert concern.detail == "Payouts are due on sepa and not sent: 2."


def test_it_adds_up_rails_and_keeps_the_oldest_age() -> None:
    assert WELL.by_stage == {
        Stage.ACCEPTED: Waiting(1, 9 * SECOND),
        Stage.READY: Waiting(5, 7 * SECOND),
        Stage.UNKNOWN: Waiting(4, 8 * SECOND),
    }
    assert WELL.unknown == Waiting(4, 8 * SECOND)
    assert WELL.needs_review == Waiting()


def test_it_counts_a_payout_for_people_once() -> None:
    assert WELL.paid_by_people == Waiting(3, 9 * SECOND)
    disputed = OpenPayouts("manual", Stage.NEEDS_REVIEW, Waiting(1, SECOND))
    both = replace(WELL, open_payouts=(*WELL.open_payouts, disputed))
    assert (both.paid_by_people.count, both.needs_review.count) == (3, 1)
