from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from core.money import Money
from payouts.models import Payout
from tests import factories
from tests.payouts.api.lists import copy_payout, ids, path_of, walk
from tests.payouts.api.requests import PAYOUTS

if TYPE_CHECKING:
    from pytest_django import Settings
    from rest_framework.test import APIClient

    from access.models import Organization
    from payouts.models import Recipient


def test_it_pages_twenty_at_a_time(api: APIClient, recipient: Recipient) -> None:
    copy_payout(factories.make_payout(recipient), 20)
    pages = walk(api, PAYOUTS, "next")
    assert [len(page) for page in pages] == [20, 1]


def test_it_pages_exactly_through_ten_thousand_of_one_moment(api: APIClient, recipient: Recipient) -> None:
    copy_payout(factories.make_payout(recipient), 9_999)
    expected = list(Payout.objects.order_by("-id").values_list("id", flat=True))
    assert Payout.objects.values("created_at").distinct().count() == 1
    pages = walk(api, f"{PAYOUTS}?page_size=100", "next")
    assert [payout_id for page in pages for payout_id in page] == expected
    assert len(pages) == 100


def test_it_pages_back_over_the_same_pages(api: APIClient, recipient: Recipient) -> None:
    copy_payout(factories.make_payout(recipient), 6)
    forward = walk(api, f"{PAYOUTS}?page_size=3", "next")
    second = api.get(path_of(api.get(f"{PAYOUTS}?page_size=3").json()["next"])).json()
    last = api.get(path_of(second["next"])).json()
    assert walk(api, path_of(last["previous"]), "previous") == forward[1::-1]
    assert api.get(path_of(last["previous"])).json()["next"] == second["next"]


def test_it_does_not_shift_when_payouts_come_in(api: APIClient, recipient: Recipient) -> None:
    payouts = [factories.make_payout(recipient) for _ in range(4)]
    first = api.get(f"{PAYOUTS}?page_size=2").json()
    late = factories.make_payout(recipient)
    second = api.get(path_of(first["next"])).json()
    assert ids(second) == [payouts[1].pk, payouts[0].pk]
    back = api.get(path_of(second["previous"])).json()
    assert ids(back) == [payouts[3].pk, payouts[2].pk]
    assert ids(api.get(path_of(back["previous"])).json()) == [late.pk]


def test_it_leads_back_from_a_page_that_has_become_empty(api: APIClient, recipient: Recipient) -> None:
    oldest, newest = factories.make_payout(recipient), factories.make_payout(recipient)
    first = api.get(f"{PAYOUTS}?page_size=1").json()
    api.delete(f"{PAYOUTS}{oldest.pk}/")
    empty = api.get(path_of(first["next"])).json()
    assert (ids(empty), empty["next"]) == ([], None)
    assert ids(api.get(path_of(empty["previous"])).json()) == [newest.pk]


def test_it_leads_on_from_an_empty_page_before_the_first(api: APIClient, recipient: Recipient) -> None:
    oldest, newest = factories.make_payout(recipient), factories.make_payout(recipient)
    first = api.get(f"{PAYOUTS}?page_size=1").json()
    second = api.get(path_of(first["next"])).json()
    api.delete(f"{PAYOUTS}{newest.pk}/")
    empty = api.get(path_of(second["previous"])).json()
    assert (ids(empty), empty["previous"]) == ([], None)
    assert ids(api.get(path_of(empty["next"])).json()) == [oldest.pk]


def test_it_keeps_the_filters_in_its_links(api: APIClient, recipient: Recipient) -> None:
    for currency in ["USD", "EUR", "USD", "EUR", "USD"]:
        factories.make_payout(recipient, money=Money(100, currency))
    pages = walk(api, f"{PAYOUTS}?page_size=2&currency=USD&status=NEW&status=FAILED", "next")
    assert [len(page) for page in pages] == [2, 1]


def test_it_builds_links_with_the_host_of_the_request(
    api: APIClient, recipient: Recipient, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    copy_payout(factories.make_payout(recipient), 1)
    for host in settings.ALLOWED_HOSTS:
        answer = api.get(f"{PAYOUTS}?page_size=1", headers={"Host": host}).json()
        assert answer["next"].startswith(f"http://{host}/api/payouts/?page_size=1&cursor=")


def test_it_builds_links_with_the_configured_address(
    api: APIClient, recipient: Recipient, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://payouts.example"
    copy_payout(factories.make_payout(recipient), 1)
    answer = api.get(f"{PAYOUTS}?page_size=1").json()
    assert answer["next"].startswith("https://payouts.example/api/payouts/?")


def test_it_refuses_a_foreign_host(api: APIClient) -> None:
    response = api.get(PAYOUTS, headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert "evil" not in response.content.decode()


def cursor_in(answer: Any) -> str:
    return str(urlsplit(answer["next"]).query.split("cursor=")[1])


@pytest.fixture
def cursor(api: APIClient, recipient: Recipient) -> str:
    copy_payout(factories.make_payout(recipient), 2)
    return cursor_in(api.get(f"{PAYOUTS}?page_size=1").json())


def test_it_goes_on_with_another_page_size(api: APIClient, cursor: str) -> None:
    assert len(api.get(PAYOUTS, {"cursor": cursor, "page_size": "2"}).json()["results"]) == 2


def test_it_goes_on_with_a_cursor_while_the_secret_key_is_changed(
    api: APIClient, cursor: str, settings: Settings
) -> None:
    older, settings.SECRET_KEY = settings.SECRET_KEY, "another-for-tests-only"
    assert api.get(PAYOUTS, {"cursor": cursor}).json()["code"] == "invalid_cursor"

    settings.SECRET_KEY_FALLBACKS = [older]
    assert api.get(PAYOUTS, {"cursor": cursor}).status_code == 200


@pytest.mark.parametrize(
    "spoilt", ["", "x", "n1", "n1.x", "\x00", "n1\x00.x", "ключ", "a" * 10_000, "bjE6eA=="]
)
def test_it_refuses_a_made_up_cursor(api: APIClient, spoilt: str) -> None:
    response = api.get(PAYOUTS, {"cursor": spoilt})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "cursor"


def test_it_refuses_a_cursor_that_was_changed(api: APIClient, cursor: str) -> None:
    position, _, signature = cursor.partition(".")
    for changed in [
        f"{position}0.{signature}",
        f"p{position[1:]}.{signature}",
        f"{position}.{signature[:-1]}",
    ]:
        assert api.get(PAYOUTS, {"cursor": changed}).json()["code"] == "invalid_cursor"


def test_it_refuses_the_cursor_of_other_filters(api: APIClient, cursor: str) -> None:
    assert api.get(PAYOUTS, {"cursor": cursor, "currency": "USD"}).json()["code"] == "invalid_cursor"


def test_it_refuses_the_cursor_of_another_list(api: APIClient, cursor: str) -> None:
    assert api.get("/api/recipients/", {"cursor": cursor}).json()["code"] == "invalid_cursor"


def test_it_refuses_the_cursor_of_another_organization(
    api: APIClient, cursor: str, other_organization: Organization
) -> None:
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.make_key(other_organization)}")
    assert api.get(PAYOUTS, {"cursor": cursor}).json()["code"] == "invalid_cursor"
