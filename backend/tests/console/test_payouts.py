"""What can be done with payouts, one by one and many at once, and who may."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from access.roles import Role
from console.payouts.payout_dialogs import PAYOUT_DIALOGS
from events.models import Event
from payouts.application.hold_payout import hold_payout
from payouts.models import Payout, PayoutAttempt
from tests.console.cast import Records, event_types, make_operator, read_list, sign_in, text_of
from tests.factories import NOON, make_payout
from tests.payouts.application.people import payout_with, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

LIST = "admin:payouts_payout_changelist"
REASON = "Asked by the accountant"


def address(verb: str, payout: Payout) -> str:
    return reverse(f"admin:payouts_payout_{verb}", args=[payout.pk])


def do(client: Client, verb: str, payout: Payout, reason: str = REASON, **entered: str) -> Answer:
    return client.post(address(verb, payout), {"reason": reason, **entered}, follow=True)


def do_with_many(client: Client, verb: str, *payouts: Payout, reason: str = REASON, **choice: str) -> Answer:
    ids = [str(payout.pk) for payout in payouts]
    return client.post(
        reverse(LIST),
        {"action": verb, "_selected_action": ids, "reason": reason, "confirmed": "yes", **choice},
    )


def reload(payout: Payout) -> Payout:
    return Payout.objects.get(pk=payout.pk)


def state_of(payout: Payout) -> tuple[str, str]:
    payout = reload(payout)
    return payout.status, payout.stage


def last_event(payout: Payout) -> Event:
    return Event.objects.filter(subject_type="payout", subject_id=payout.pk).latest("id")


@pytest.fixture
def held(acme: Records) -> Payout:
    payout = make_payout(acme.recipient)
    return hold_payout(caller=person(acme.organization), payout_id=payout.pk, reason="wait", now=NOON)


@pytest.fixture
def accepted(acme: Records) -> Payout:
    return payout_with(acme.recipient, "accepted")


@pytest.fixture
def untried(acme: Records) -> Payout:
    """Of which no byte has left, and which is to be tried again."""
    return payout_with(acme.recipient, "not_sent")


@pytest.fixture
def paid(acme: Records) -> Payout:
    payout = payout_with(acme.recipient, "accepted")
    PayoutAttempt.objects.filter(payout=payout).update(state="succeeded")
    Payout.objects.filter(pk=payout.pk).update(status="COMPLETED", stage="confirmed", completed_at=NOON)
    return reload(payout)


def test_it_holds_a_payout(member: Client, acme: Records) -> None:
    page = text_of(do(member, "hold", acme.payout))

    assert f"{acme.payout.reference} is on hold." in page
    assert state_of(acme.payout) == ("NEW", "on_hold")
    assert (last_event(acme.payout).type, last_event(acme.payout).actor) == ("PayoutHeld", "operator:mary")
    assert last_event(acme.payout).data["reason"] == REASON


def test_it_releases_a_held_payout(member: Client, held: Payout) -> None:
    do(member, "release", held)

    assert state_of(held) == ("NEW", "ready")
    assert last_event(held).data["reason"] == REASON


def test_it_has_the_bank_asked(member: Client, accepted: Payout) -> None:
    PayoutAttempt.objects.filter(payout=accepted).update(next_inquiry_at=NOON)

    page = text_of(do(member, "ask", accepted))

    assert f"The bank is being asked about {accepted.reference}." in page
    assert PayoutAttempt.objects.get(payout=accepted).inquiry_requested_by == "operator:mary"
    assert last_event(accepted).type == "PayoutInquiryRequested"


@pytest.mark.parametrize(
    ("verb", "state", "event"),
    [
        ("take-over", ("PROCESSING", "accepted"), "PayoutTakenOver"),
        ("cancel", ("CANCELED", "by_user"), "PayoutCanceled"),
    ],
)
def test_it_moves_a_new_payout(
    member: Client, acme: Records, verb: str, state: tuple[str, str], event: str
) -> None:
    do(member, verb, acme.payout)

    assert state_of(acme.payout) == state
    assert (last_event(acme.payout).type, last_event(acme.payout).actor) == (event, "operator:mary")
    assert last_event(acme.payout).data["reason"] == REASON


def test_it_gives_up_what_was_not_sent(member: Client, untried: Payout) -> None:
    do(member, "give-up", untried)

    assert state_of(untried) == ("FAILED", "declined")
    assert (reload(untried).failure or {})["source"] == "operator"


def test_it_records_that_money_came_back(member: Client, paid: Payout) -> None:
    do(member, "record-return", paid)

    assert state_of(paid) == ("RETURNED", "returned")
    assert PayoutAttempt.objects.get(payout=paid).evidence == {
        "settled_by": "operator:mary",
        "reason": REASON,
    }


def test_it_deletes_a_new_payout(member: Client, acme: Records) -> None:
    page = text_of(do(member, "remove", acme.payout))

    assert f"{acme.payout.reference} is deleted." in page
    assert reload(acme.payout).deleted_at is not None
    assert last_event(acme.payout).type == "PayoutDeleted"
    assert last_event(acme.payout).data["reason"] == REASON


def test_it_goes_to_the_list_once_a_payout_is_deleted(member: Client, acme: Records) -> None:
    response = do(member, "remove", acme.payout)

    assert response.redirect_chain[-1][0] == reverse(LIST)


def test_it_tells_the_dialog_where_to_go_on(member: Client, acme: Records) -> None:
    url, headers = address("hold", acme.payout), {"HX-Request": "true"}

    refused = member.post(url, {"reason": ""}, headers=headers)
    done = member.post(url, {"reason": REASON}, headers=headers)

    assert 'id="dialog-form"' in text_of(refused)
    assert done["HX-Redirect"] == reverse("admin:payouts_payout_change", args=[acme.payout.pk])


@pytest.mark.parametrize(
    ("verb", "refusal"),
    [
        ("hold", "Only a NEW payout that is ready to be sent can be held."),
        ("release", "Only a NEW payout that is on hold can be released."),
        ("remove", "Only a NEW payout without any attempt can be deleted."),
        ("take-over", "Invalid status transition from PROCESSING to PROCESSING"),
        ("cancel", "Invalid status transition from PROCESSING to CANCELED"),
        ("record-return", "Invalid status transition from PROCESSING to RETURNED"),
        ("give-up", "An attempt is out with the rail."),
    ],
)
def test_it_tells_why_it_cannot_be_done(member: Client, accepted: Payout, verb: str, refusal: str) -> None:
    page = text_of(do(member, verb, accepted))

    assert refusal in page
    assert 'role="alert"' in page
    assert state_of(accepted) == ("PROCESSING", "accepted")


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("", "This field is required."),
        ("   ", "This field is required."),
        ("x" * 501, "at most 500 characters"),
        ("gnp\u202e.exe", "Contains the character U+202E, which is not allowed."),
    ],
)
def test_it_does_nothing_without_a_good_reason(
    member: Client, acme: Records, reason: str, problem: str
) -> None:
    page = text_of(do(member, "cancel", acme.payout, reason=reason))

    assert problem in page
    assert state_of(acme.payout) == ("NEW", "ready")


OFFERED = {
    "NEW": {"hold", "take-over", "cancel", "remove"},
    "held": {"release", "take-over", "cancel", "remove"},
    "accepted": {"ask"},
    "unknown": {"settle", "ask"},
    "needs_review": {"settle", "ask"},
    "not_sent": {"give-up"},
    "paid": {"record-return"},
    "by hand": {"settle"},
}


def test_it_offers_what_the_state_allows(
    member: Client, acme: Records, held: Payout, accepted: Payout, untried: Payout, paid: Payout
) -> None:
    payouts = {
        "NEW": acme.payout,
        "held": held,
        "accepted": accepted,
        "unknown": payout_with(acme.recipient, "unknown"),
        "needs_review": payout_with(acme.recipient, "needs_review"),
        "not_sent": untried,
        "paid": paid,
        "by hand": acme.attempt.payout,
    }

    assert {name: offered(member, payout) for name, payout in payouts.items()} == OFFERED


def offered(client: Client, payout: Payout) -> set[str]:
    page = text_of(client.get(reverse("admin:payouts_payout_change", args=[payout.pk])))
    head = page.partition('class="page-head"')[2].partition('id="notices"')[0]
    return {dialog.name for dialog in PAYOUT_DIALOGS if address(dialog.name, payout) in head}


def test_it_asks_no_second_time_while_the_bank_is_being_asked(member: Client, accepted: Payout) -> None:
    PayoutAttempt.objects.filter(payout=accepted).update(
        inquiry_requested_by="operator:jane", next_inquiry_at=NOON
    )

    assert offered(member, accepted) == set()


def test_it_lets_a_viewer_do_nothing(acme: Records) -> None:
    viewer = sign_in(make_operator("vera", acme.organization, role=Role.VIEWER))
    before = event_types(acme.organization)

    for dialog in PAYOUT_DIALOGS:
        url = address(dialog.name, acme.payout)
        assert viewer.get(url).status_code == HTTPStatus.FORBIDDEN, dialog
        assert viewer.post(url, {"reason": REASON}).status_code == HTTPStatus.FORBIDDEN, dialog
    assert offered(viewer, acme.payout) == set()
    assert event_types(acme.organization) == before


def test_it_lets_an_approver_do_nothing_but_see_numbers(acme: Records) -> None:
    approver = sign_in(make_operator("alma", acme.organization, role=Role.APPROVER))

    answers = {dialog.name: approver.get(address(dialog.name, acme.payout)) for dialog in PAYOUT_DIALOGS}

    allowed = {name for name, answer in answers.items() if answer.status_code == HTTPStatus.OK}
    assert allowed == {"reveal"}


def test_it_does_nothing_with_what_is_of_another_organization(member: Client, globex: Records) -> None:
    for dialog in PAYOUT_DIALOGS:
        assert do(member, dialog.name, globex.payout).status_code == HTTPStatus.NOT_FOUND, dialog
    assert "Hold: 0 of 0 done" in text_of(do_with_many(member, "hold", globex.payout))

    assert state_of(globex.payout) == ("NEW", "ready")


def test_it_does_with_many_what_it_can_and_tells_of_each(
    member: Client, acme: Records, accepted: Payout
) -> None:
    other = make_payout(acme.recipient)

    page = text_of(do_with_many(member, "hold", accepted, acme.payout, other))

    assert "Hold: 2 of 3 done" in page
    assert f"{acme.payout.reference} is on hold." in page
    assert "Only a NEW payout that is ready to be sent can be held." in page
    assert [state_of(payout)[1] for payout in (accepted, acme.payout, other)] == [
        "accepted",
        "on_hold",
        "on_hold",
    ]


@pytest.mark.parametrize(
    ("verb", "stage"), [("take-over", "accepted"), ("cancel", "by_user"), ("remove", "ready")]
)
def test_it_does_with_many_what_it_does_with_one(
    member: Client, acme: Records, verb: str, stage: str
) -> None:
    do_with_many(member, verb, acme.payout)

    assert state_of(acme.payout)[1] == stage
    assert (reload(acme.payout).deleted_at is not None) == (verb == "remove")


@pytest.mark.parametrize("verb", ["settle", "give-up", "record-return", "reveal"])
def test_it_does_with_one_alone_what_is_judged_one_by_one(member: Client, acme: Records, verb: str) -> None:
    """Django takes an action that is not offered for none: it shows the list."""
    response = do_with_many(member, verb, acme.attempt.payout, verdict="paid", evidence="statement")

    assert response.status_code == HTTPStatus.FOUND
    assert state_of(acme.attempt.payout) == ("PROCESSING", "accepted")


def test_it_asks_for_the_reason_before_it_does_anything_with_many(member: Client, acme: Records) -> None:
    asked = text_of(
        member.post(reverse(LIST), {"action": "hold", "_selected_action": [acme.payout.pk], "reason": REASON})
    )
    unreasoned = text_of(do_with_many(member, "hold", acme.payout, reason=""))

    assert 'name="confirmed"' in asked
    assert "This field is required." in unreasoned
    assert state_of(acme.payout) == ("NEW", "ready")


def test_it_does_nothing_with_more_than_it_takes_at_once(
    member: Client, acme: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.frame.bulk.MOST_AT_ONCE", 1)
    other = make_payout(acme.recipient)

    page = text_of(do_with_many(member, "remove", acme.payout, other))

    assert "Select at most 1 at once; nothing was done." in page
    assert reload(acme.payout).deleted_at is None


@pytest.mark.parametrize("selected", ["abc", "-1", "9" * 30, "\0"])
def test_it_refuses_a_selection_of_what_are_no_ids(member: Client, acme: Records, selected: str) -> None:
    choice = {"action": "remove", "confirmed": "yes", "reason": REASON}

    response = member.post(reverse(LIST), {**choice, "_selected_action": [selected, acme.payout.pk]})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert reload(acme.payout).deleted_at is None


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("doing", [do, do_with_many])
def test_it_makes_cached_lists_old(
    member: Client, acme: Records, globex: Records, doing: Callable[..., Answer]
) -> None:
    for records in (acme, globex):
        assert read_list(records, "before") == "before"

    doing(member, "hold", acme.payout)

    assert read_list(acme, "after") == "after"
    assert read_list(globex, "after") == "before"
