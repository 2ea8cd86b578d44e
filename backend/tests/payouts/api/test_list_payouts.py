from __future__ import annotations

from typing import TYPE_CHECKING

from access.scopes import EVERY_SCOPE, Scope
from tests import factories
from tests.payouts.api.lists import copy_payout, ids
from tests.payouts.api.requests import PAYOUTS, payout_body

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pytest_django import DjangoAssertNumQueries, Settings
    from rest_framework.test import APIClient

    from access.models import Organization
    from payouts.models import Recipient

    ApiFor = Callable[[Collection[Scope]], APIClient]


def test_it_lists_nothing_at_first(api: APIClient) -> None:
    assert api.get(PAYOUTS).json() == {"next": None, "previous": None, "results": []}


def test_it_lists_the_newest_first(api: APIClient, recipient: Recipient) -> None:
    payouts = [factories.make_payout(recipient) for _ in range(3)]
    answer = api.get(PAYOUTS).json()
    assert ids(answer) == [payout.pk for payout in reversed(payouts)]
    assert answer["results"][0] == api.get(f"{PAYOUTS}{payouts[2].pk}/").json()


def test_it_lists_neither_deleted_nor_other_organizations_payouts(
    api: APIClient, recipient: Recipient, other_organization: Organization
) -> None:
    kept, deleted = factories.make_payout(recipient), factories.make_payout(recipient)
    factories.make_payout(factories.make_recipient(other_organization))
    api.delete(f"{PAYOUTS}{deleted.pk}/")
    assert ids(api.get(PAYOUTS).json()) == [kept.pk]


def test_it_masks_account_numbers_also_in_cached_pages(
    api: APIClient, api_for: ApiFor, recipient: Recipient
) -> None:
    factories.make_payout(recipient)
    masked = api_for(EVERY_SCOPE - {Scope.BANK_DETAILS_READ})
    shown = [client.get(PAYOUTS).json()["results"][0] for client in (api, masked, api, masked)]
    numbers = [payout["account_number_snapshot"] for payout in shown]
    assert numbers == ["UA1234567890", "UA******7890"] * 2


def test_it_shows_a_clients_own_writes_at_once(api: APIClient, recipient: Recipient) -> None:
    assert ids(api.get(PAYOUTS).json()) == []
    payout_id = api.post(PAYOUTS, payout_body(recipient), format="json").json()["id"]
    assert ids(api.get(PAYOUTS).json()) == [payout_id]
    api.patch(f"/api/recipients/{recipient.pk}/", {"is_active": False}, format="json")
    assert api.get(PAYOUTS).json()["results"][0]["stage"] == "on_hold"
    api.patch(f"{PAYOUTS}{payout_id}/", {"status": "CANCELED"}, format="json")
    assert api.get(PAYOUTS).json()["results"][0]["status"] == "CANCELED"


def test_it_forgets_a_deleted_payout_at_once(api: APIClient, recipient: Recipient) -> None:
    payout = factories.make_payout(recipient)
    assert ids(api.get(PAYOUTS).json()) == [payout.pk]
    api.delete(f"{PAYOUTS}{payout.pk}/")
    assert ids(api.get(PAYOUTS).json()) == []


def test_it_asks_only_for_the_key_when_the_page_is_cached(
    api: APIClient, recipient: Recipient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    factories.make_payout(recipient)
    first = api.get(PAYOUTS).json()
    with django_assert_num_queries(1):
        assert api.get(PAYOUTS).json() == first


def test_it_builds_a_page_with_two_queries(
    api: APIClient, recipient: Recipient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    copy_payout(factories.make_payout(recipient), 99)
    with django_assert_num_queries(2):
        assert len(api.get(f"{PAYOUTS}?page_size=100").json()["results"]) == 100


def test_it_lists_from_the_database_when_redis_is_down(
    api: APIClient, recipient: Recipient, settings: Settings
) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1"}}
    payout = factories.make_payout(recipient)
    assert ids(api.get(PAYOUTS).json()) == [payout.pk]
