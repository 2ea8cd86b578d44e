from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from access.scopes import EVERY_SCOPE, Scope
from events.models import Event
from payouts.models import Payout, PayoutAttempt
from tests import factories
from tests.payouts.api.requests import LARGEST_BIGINT, PAYOUTS
from tests.payouts.application.people import payout_with

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pytest_django import DjangoAssertNumQueries, Settings
    from rest_framework.test import APIClient

    from access.models import Organization
    from payouts.models import Recipient

    ApiFor = Callable[[Collection[Scope]], APIClient]

NO_IDS = [
    "0",
    "-1",
    "x",
    "1.5",
    "1e3",
    "01",
    "%20",
    "%00",
    "1%00",
    "%D9%A1",
    "%EF%BC%91",
    "%ff",
    str(LARGEST_BIGINT),
    str(LARGEST_BIGINT + 1),
    "9" * 5_000,
]


@pytest.fixture
def payout(recipient: Recipient) -> Payout:
    return factories.make_payout(recipient, metadata={"order": "A-1"})


def url_of(payout: Payout) -> str:
    return f"{PAYOUTS}{payout.pk}/"


def test_it_shows_a_payout(api: APIClient, payout: Payout) -> None:
    response = api.get(url_of(payout))
    assert response.status_code == 200
    assert response.json()["reference"] == payout.reference
    assert response.json()["account_number_snapshot"] == "UA1234567890"


def test_it_shows_the_details_of_the_creation(api: APIClient, payout: Payout) -> None:
    changes = {"name": "Jane Roe", "account_number": "DE0000", "bank_code": ""}
    api.patch(f"/api/recipients/{payout.recipient_id}/", changes, format="json")
    answer = api.get(url_of(payout)).json()
    assert answer["recipient_name_snapshot"] == "John Doe"
    assert answer["account_number_snapshot"] == "UA1234567890"
    assert answer["bank_code_snapshot"] == "MFO123"


def test_it_masks_the_account_number(api_for: ApiFor, payout: Payout) -> None:
    answer = api_for([Scope.PAYOUTS_READ]).get(url_of(payout)).json()
    assert answer["account_number_snapshot"] == "UA******7890"


def test_it_reads_with_two_queries(
    api: APIClient, payout: Payout, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2):
        assert api.get(url_of(payout)).status_code == 200


@pytest.mark.parametrize("path_id", NO_IDS)
@pytest.mark.parametrize("method", ["get", "delete", "events"])
def test_it_finds_nothing_under_what_is_no_id(api: APIClient, path_id: str, method: str) -> None:
    url = f"{PAYOUTS}{path_id}/"
    response = api.get(f"{url}events/") if method == "events" else getattr(api, method)(url)
    assert response.status_code == 404
    assert response.json()["detail"] == "Payout not found"


@pytest.mark.parametrize("path_id", NO_IDS)
def test_it_changes_nothing_under_what_is_no_id(api: APIClient, path_id: str) -> None:
    response = api.patch(f"{PAYOUTS}{path_id}/", {"status": "CANCELED"}, format="json")
    assert (response.status_code, response.json()["detail"]) == (404, "Payout not found")


def test_it_hides_another_organizations_payout(api: APIClient, other_organization: Organization) -> None:
    stranger = factories.make_payout(factories.make_recipient(other_organization))
    url = url_of(stranger)
    answers = [
        api.get(url),
        api.get(f"{url}events/"),
        api.delete(url),
        api.patch(url, {"status": "CANCELED"}, format="json"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert {answer.json()["detail"] for answer in answers} == {"Payout not found"}
    stranger.refresh_from_db()
    assert (stranger.status, stranger.deleted_at) == ("NEW", None)


def test_it_hides_a_deleted_payout(api: APIClient, payout: Payout) -> None:
    url = url_of(payout)
    response = api.delete(url)
    assert (response.status_code, response.content) == (204, b"")
    answers = [
        api.get(url),
        api.get(f"{url}events/"),
        api.delete(url),
        api.patch(url, {"status": "CANCELED"}, format="json"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert Payout.objects.get().deleted_at is not None


def test_it_deletes_nothing_that_is_under_way(api: APIClient, payout: Payout) -> None:
    api.patch(url_of(payout), {"status": "PROCESSING"}, format="json")
    response = api.delete(url_of(payout))
    assert (response.status_code, response.json()["code"]) == (409, "payout_under_way")
    assert api.get(url_of(payout)).status_code == 200


def test_it_lets_a_person_take_a_payout_over(api: APIClient, payout: Payout) -> None:
    response = api.patch(url_of(payout), {"status": "PROCESSING", "reason": "by bank form"}, format="json")
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["stage"]) == ("PROCESSING", "accepted")
    assert PayoutAttempt.objects.get().rail == "manual"
    assert Event.objects.filter(type="PayoutTakenOver", data__reason="by bank form").count() == 1


def test_it_says_where_two_people_settle_what_a_key_may_not(
    api: APIClient, recipient: Recipient, settings: Settings
) -> None:
    settings.SETTLING_NEEDS_TWO_PEOPLE = True
    payout = payout_with(recipient, "unknown")

    response = api.patch(url_of(payout), {"status": "COMPLETED", "reason": "seen"}, format="json")

    assert (response.status_code, response.json()["code"]) == (409, "second_person_needed")
    assert "/admin/" in response.json()["detail"]


def test_it_refuses_a_move_that_does_not_exist(api: APIClient, payout: Payout) -> None:
    for status in ["PROCESSING", "COMPLETED"]:
        api.patch(url_of(payout), {"status": status, "reason": "the bank's statement"}, format="json")
    response = api.patch(url_of(payout), {"status": "NEW"}, format="json")
    assert response.status_code == 400
    assert response.json()["detail"] == "Invalid status transition from COMPLETED to NEW"
    assert response.json()["type"] == "/problems/invalid-status-transition"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "status"),
        ({"status": None}, "status"),
        ({"status": ""}, "status"),
        ({"status": "new"}, "status"),
        ({"status": "DONE"}, "status"),
        ({"status": 1}, "status"),
        ({"status": True}, "status"),
        ({"status": ["NEW"]}, "status"),
        ({"status": "CANCELED", "reason": 5}, "reason"),
        ({"status": "CANCELED", "reason": None}, "reason"),
        ({"status": "CANCELED", "reason": "x" * 501}, "reason"),
        ({"status": "CANCELED", "reason": "\u202ehidden"}, "reason"),
        ({"status": "CANCELED", "amount": "1.00"}, "amount"),
        ({"status": "CANCELED", "stage": "by_user"}, "stage"),
    ],
)
def test_it_refuses_a_bad_change_by_the_name_of_its_field(
    api: APIClient, payout: Payout, body: dict[str, object], field: str
) -> None:
    response = api.patch(url_of(payout), body, format="json")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    payout.refresh_from_db()
    assert payout.status == "NEW"


def test_it_needs_the_right_of_an_administrator(api_for: ApiFor, payout: Payout) -> None:
    api = api_for(EVERY_SCOPE - {Scope.PAYOUTS_ADMIN})
    answers = [api.delete(url_of(payout)), api.patch(url_of(payout), {"status": "CANCELED"}, format="json")]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(403, "scope_missing")] * 2


def test_it_tells_the_history_oldest_first(api: APIClient, payout: Payout) -> None:
    api.patch(
        url_of(payout), {"status": "PROCESSING"}, format="json", headers={"X-Request-ID": "client-id-1"}
    )
    answer = api.get(f"{url_of(payout)}events/").json()
    types = [event["type"] for event in answer["results"]]
    assert types == ["PayoutCreated", "PayoutTakenOver"]
    assert list(answer["results"][1]) == ["id", "type", "data", "actor", "request_id", "occurred_at"]
    assert answer["results"][1]["actor"].startswith("api-key:")
    assert answer["results"][1]["request_id"] == "client-id-1"
    assert "UA1234567890" not in str(answer)


def test_it_pages_through_the_history(api: APIClient, payout: Payout) -> None:
    api.patch(url_of(payout), {"status": "PROCESSING"}, format="json")
    url = f"{url_of(payout)}events/"
    first = api.get(url, {"page_size": "1"}).json()
    second = api.get(first["next"]).json()
    assert [event["type"] for page in (first, second) for event in page["results"]] == [
        "PayoutCreated",
        "PayoutTakenOver",
    ]
    assert (first["previous"], second["next"]) == (None, None)
    assert api.get(second["previous"]).json()["results"] == first["results"]


def test_it_refuses_the_cursor_of_another_history(api: APIClient, payout: Payout) -> None:
    api.patch(url_of(payout), {"status": "PROCESSING"}, format="json")
    link = api.get(f"{url_of(payout)}events/", {"page_size": "1"}).json()["next"]
    other = factories.make_payout(payout.recipient)
    response = api.get(link.replace(url_of(payout), url_of(other)))
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


def test_it_needs_its_own_scope_for_the_history(api_for: ApiFor, payout: Payout) -> None:
    url = f"{url_of(payout)}events/"
    assert api_for(EVERY_SCOPE - {Scope.EVENTS_READ}).get(url).status_code == 403
    assert api_for([Scope.EVENTS_READ]).get(url).status_code == 200
