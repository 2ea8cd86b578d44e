from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from events.models import Event
from payouts.models import Payout
from tests.console.cast import Records, make_operator, read_list, sign_in, text_of
from tests.factories import make_payout

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

LIST = "admin:payouts_payout_changelist"


def act(client: Client, action: str, *payouts: Payout, reason: str = "", **choice: str) -> Answer:
    ids = [str(payout.pk) for payout in payouts]
    return client.post(
        reverse(LIST), {"action": action, "_selected_action": ids, "reason": reason, **choice}, follow=True
    )


def reload(payout: Payout) -> Payout:
    return Payout.objects.get(pk=payout.pk)


def last_event(payout: Payout) -> Event:
    return Event.objects.filter(subject_type="payout", subject_id=payout.pk).latest("id")


def test_it_tells_what_happened_to_a_payout(reader: Client, acme: Records) -> None:
    taken_over = acme.attempt.payout

    page = text_of(reader.get(reverse("admin:payouts_payout_change", args=[taken_over.pk])))

    assert "PayoutCreated by api-key:test" in page
    assert "PayoutTakenOver by api-key:test test" in page
    assert acme.attempt.rail_key in page


def test_it_shows_amounts_with_the_decimals_of_the_currency(reader: Client, acme: Records) -> None:
    page = text_of(reader.get(reverse("admin:payouts_payout_change", args=[acme.payout.pk])))

    assert "100.50" in page
    assert "10050" not in page


def test_it_escapes_what_clients_wrote(reader: Client, acme: Records) -> None:
    payout = make_payout(acme.recipient, metadata={"note": "<script>alert(1)</script>"})

    page = text_of(reader.get(reverse("admin:payouts_payout_change", args=[payout.pk])))

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_it_deletes_a_new_payout_through_the_use_case(member: Client, acme: Records) -> None:
    page = text_of(act(member, "delete_payouts", acme.payout))

    assert "1 deleted." in page
    assert acme.payout.reference not in page
    assert reload(acme.payout).deleted_at is not None
    assert last_event(acme.payout).type == "PayoutDeleted"
    assert last_event(acme.payout).actor == "operator:mary"


def test_it_hides_a_deleted_payout(member: Client, acme: Records) -> None:
    act(member, "delete_payouts", acme.payout)

    response = member.get(reverse("admin:payouts_payout_change", args=[acme.payout.pk]))

    assert response.status_code == HTTPStatus.FOUND


def test_it_tells_which_payouts_it_could_not_delete(member: Client, acme: Records) -> None:
    under_way = acme.attempt.payout

    page = text_of(act(member, "delete_payouts", under_way, acme.payout))

    assert f"{under_way.reference}: Only a NEW payout without any attempt can be deleted." in page
    assert "1 deleted." in page
    assert reload(under_way).deleted_at is None


def test_it_deletes_nothing_of_another_organization(member: Client, globex: Records) -> None:
    act(member, "delete_payouts", globex.payout)

    assert reload(globex.payout).deleted_at is None


@pytest.mark.parametrize(
    ("action", "status", "event"),
    [("take_over", "PROCESSING", "PayoutTakenOver"), ("mark_failed", "FAILED", "PayoutFailed")],
)
def test_it_moves_a_new_payout_by_hand(
    member: Client, acme: Records, action: str, status: str, event: str
) -> None:
    page = text_of(act(member, action, acme.payout, reason="Paid in cash"))

    assert f"1 moved to {status}." in page
    assert reload(acme.payout).status == status
    assert last_event(acme.payout).type == event
    assert last_event(acme.payout).actor == "operator:mary"
    assert last_event(acme.payout).data["reason"] == "Paid in cash"


def test_it_completes_a_payout_that_was_taken_over(member: Client, acme: Records) -> None:
    act(member, "mark_completed", acme.attempt.payout, reason="Receipt 17")

    acme.attempt.refresh_from_db()
    assert reload(acme.attempt.payout).status == "COMPLETED"
    assert acme.attempt.evidence == {"settled_by": "operator:mary", "reason": "Receipt 17"}


def test_it_tells_why_a_payout_cannot_move(member: Client, acme: Records) -> None:
    page = text_of(act(member, "mark_completed", acme.payout, reason="Receipt 17"))

    assert "Invalid status transition from NEW to COMPLETED" in page
    assert reload(acme.payout).status == "NEW"


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("", "This field is required."),
        ("   ", "This field is required."),
        ("x" * 501, "at most 500 characters"),
        ("gnp\u202e.exe", "Contains the character U+202E, which is not allowed."),
    ],
)
def test_it_moves_nothing_without_a_good_reason(
    member: Client, acme: Records, reason: str, problem: str
) -> None:
    page = text_of(act(member, "mark_failed", acme.payout, reason=reason))

    assert "Nothing was done." in page
    assert problem in page
    assert reload(acme.payout).status == "NEW"


def test_it_asks_for_the_permission_of_each_action(acme: Records) -> None:
    editor = sign_in(make_operator("ed", acme.organization, permissions="change_"))

    act(editor, "delete_payouts", acme.payout)
    act(editor, "mark_failed", acme.payout, reason="Wrong person")

    assert reload(acme.payout).deleted_at is None
    assert reload(acme.payout).status == "FAILED"


@pytest.mark.parametrize("selected", ["abc", "-1", "9" * 30, "\0"])
def test_it_refuses_a_selection_of_what_are_no_ids(member: Client, acme: Records, selected: str) -> None:
    response = member.post(
        reverse(LIST), {"action": "delete_payouts", "_selected_action": [selected, acme.payout.pk]}
    )

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert reload(acme.payout).deleted_at is None


def test_it_does_not_act_on_more_than_a_page(
    member: Client, acme: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.frame.console_admin.MOST_AT_ONCE", 1)

    page = text_of(act(member, "delete_payouts", acme.payout, select_across="1"))

    assert "Select at most 1 at once; nothing was done." in page
    assert reload(acme.payout).deleted_at is None


@pytest.mark.usefixtures("own_cache")
def test_it_makes_cached_lists_old(member: Client, acme: Records, globex: Records) -> None:
    for records in (acme, globex):
        assert read_list(records, "before") == "before"

    act(member, "delete_payouts", acme.payout)

    assert read_list(acme, "after") == "after"
    assert read_list(globex, "after") == "before"
