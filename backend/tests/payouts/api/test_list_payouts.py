from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from access.scopes import EVERY_SCOPE, Scope
from core.money import Money
from payouts.models import Payout
from tests import factories
from tests.payouts.api.requests import LARGEST_BIGINT, PAYOUTS, payout_body

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pytest_django import DjangoAssertNumQueries
    from pytest_django.fixtures import SettingsWrapper
    from rest_framework.test import APIClient

    from access.models import Organization
    from payouts.models import Recipient

    ApiFor = Callable[[Collection[Scope]], APIClient]


def ids(answer: Any) -> list[int]:
    return [payout["id"] for payout in answer["results"]]


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def walk(api: APIClient, url: str, link: str) -> list[list[int]]:
    """The ids of every page from this one on, following `next` or `previous` to the end."""
    pages = []
    while True:
        answer = api.get(url).json()
        pages.append(ids(answer))
        if answer[link] is None:
            return pages
        url = path_of(answer[link])


def copy_payout(payout: Payout, times: int) -> None:
    """Many payouts of one moment, as an import makes them."""
    columns = [field.column for field in Payout._meta.concrete_fields if field.column != "id"]
    made = {
        "idempotency_key": "'copied-key-' || n",
        "reference": "lpad(n::text, 26, '0')",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO payouts_payout ({', '.join(columns)}) "  # noqa: S608  names of our own columns
            f"SELECT {', '.join(made.get(column, column) for column in columns)} "
            "FROM payouts_payout, generate_series(1, %s) AS n WHERE id = %s",
            [times, payout.pk],
        )


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


def test_it_pages_twenty_at_a_time(api: APIClient, recipient: Recipient) -> None:
    copy_payout(factories.make_payout(recipient), 20)
    pages = walk(api, PAYOUTS, "next")
    assert [len(page) for page in pages] == [20, 1]


def test_it_pages_exactly_through_thousands_of_one_moment(api: APIClient, recipient: Recipient) -> None:
    copy_payout(factories.make_payout(recipient), 2_999)
    expected = list(Payout.objects.order_by("-id").values_list("id", flat=True))
    assert Payout.objects.values("created_at").distinct().count() == 1
    pages = walk(api, f"{PAYOUTS}?page_size=100", "next")
    assert [payout_id for page in pages for payout_id in page] == expected
    assert len(pages) == 30


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
    api: APIClient, recipient: Recipient, settings: SettingsWrapper
) -> None:
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    copy_payout(factories.make_payout(recipient), 1)
    for host in settings.ALLOWED_HOSTS:
        answer = api.get(f"{PAYOUTS}?page_size=1", headers={"Host": host}).json()
        assert answer["next"].startswith(f"http://{host}/api/payouts/?page_size=1&cursor=")


def test_it_builds_links_with_the_configured_address(
    api: APIClient, recipient: Recipient, settings: SettingsWrapper
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


@pytest.mark.parametrize("spoilt", ["", "x", "n1", "n1.x", "\x00", "n1\x00.x", "ключ", "a" * 10_000, "bjE6eA=="])
def test_it_refuses_a_made_up_cursor(api: APIClient, spoilt: str) -> None:
    response = api.get(PAYOUTS, {"cursor": spoilt})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "cursor"


def test_it_refuses_a_cursor_that_was_changed(api: APIClient, cursor: str) -> None:
    position, _, signature = cursor.partition(".")
    for changed in [f"{position}0.{signature}", f"p{position[1:]}.{signature}", f"{position}.{signature[:-1]}"]:
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


def test_it_finds_by_each_filter(api: APIClient, recipient: Recipient) -> None:
    other = factories.make_recipient(recipient.organization, name="Jane Roe")
    wanted = factories.make_payout(
        recipient, money=Money(12_345, "EUR"), idempotency_key="the-wanted-key", metadata={"order": "A 1", "x": "y"}
    )
    rest = factories.make_payout(other, money=Money(500, "USD"))
    api.patch(f"{PAYOUTS}{rest.pk}/", {"status": "CANCELED"}, format="json")
    for filters in [
        {"status": "NEW"},
        {"status": ["NEW", "PROCESSING"]},
        {"stage": "ready"},
        {"recipient_id": str(recipient.pk)},
        {"currency": "EUR"},
        {"idempotency_key": "the-wanted-key"},
        {"reference": wanted.reference},
        {"amount_from": "123.45"},
        {"amount_from": "5.001"},
        {"amount_from": "100", "amount_to": "124", "currency": "EUR"},
        {"metadata[order]": "A 1"},
        {"metadata[order]": "A 1", "metadata[x]": "y"},
    ]:
        assert ids(api.get(PAYOUTS, filters).json()) == [wanted.pk], filters


def test_it_finds_nothing_beside_each_filter(api: APIClient, recipient: Recipient) -> None:
    payout = factories.make_payout(recipient, money=Money(10_050, "USD"), metadata={"order": "A 1"})
    for filters in [
        {"status": "FAILED"},
        {"stage": "on_hold"},
        {"recipient_id": str(LARGEST_BIGINT)},
        {"currency": "EUR"},
        {"idempotency_key": "no-such-key"},
        {"reference": payout.reference[::-1]},
        {"amount_from": "100.501"},
        {"amount_to": "100.499"},
        {"amount_from": "999999999999999.999999"},
        {"amount_to": "0"},
        {"metadata[order]": "A"},
        {"metadata[Order]": "A 1"},
        {"created_from": (timezone.now() + timedelta(hours=1)).isoformat()},
        {"created_to": (timezone.now() - timedelta(hours=1)).isoformat()},
        {"created_to": "0001-01-01"},
        {"created_from": "9999-12-31T23:59:59Z"},
    ]:
        assert ids(api.get(PAYOUTS, filters).json()) == [], filters


def test_it_takes_both_ends_of_a_time_as_wanted(api: APIClient, recipient: Recipient) -> None:
    payout = factories.make_payout(recipient)
    moment, day = payout.created_at.isoformat(), payout.created_at.date().isoformat()
    for bounds in [(moment, moment), (day, day), (moment.replace("+00:00", "Z"), day)]:
        answer = api.get(PAYOUTS, {"created_from": bounds[0], "created_to": bounds[1]}).json()
        assert ids(answer) == [payout.pk], bounds


def test_it_compares_amounts_in_units_of_each_currency(api: APIClient, recipient: Recipient) -> None:
    yen, cents = Money(100, "JPY"), Money(10_000, "USD")
    expected = [factories.make_payout(recipient, money=money).pk for money in (yen, cents)]
    factories.make_payout(recipient, money=Money(9_999, "USD"))
    assert ids(api.get(PAYOUTS, {"amount_from": "100", "amount_to": "100"}).json()) == expected[::-1]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *[("status", value) for value in ["", "new", "DONE", "NEW,FAILED", "\x00"]],
        *[("stage", value) for value in ["", "READY", "x"]],
        *[("recipient_id", value) for value in ["", "x", "0", "-1", "1.5", "1e3", "01", "١", " 1", "9" * 5_000]],
        ("recipient_id", str(LARGEST_BIGINT + 1)),
        *[("currency", value) for value in ["", "usd", "ZZZ", "X\x00Y"]],
        *[("idempotency_key", value) for value in ["", "short", "k" * 65, "key\x00key\x00"]],
        *[("reference", value) for value in ["", "x" * 27, "a\x00"]],
        *[
            (parameter, value)
            for parameter in ["created_from", "created_to"]
            for value in [
                *["", "zzz", "2025-02-30", "0000-01-01", "2025-01-01T12:00:00", "2025-01-01 12:00:00Z", "now", "2025"],
                *["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2025-01-01T25:00:00Z", "٢٠٢٥-01-01"],
                *["20250101", "2025-W01-1", "2025-01-01T00:00:00+24:00", "\x00"],
            ]
        ],
        *[
            (parameter, value)
            for parameter in ["amount_from", "amount_to"]
            for value in ["", "NaN", "Infinity", "-1", "+1", "1e3", "1e999999999", "x", "1,5", "1_0", "١", "9" * 5_000]
        ],
        *[("page_size", value) for value in ["", "0", "-1", "101", "1000000", "1.5", "x", "1e1", " 5", "٥", "05"]],
        *[("metadata[a]", value) for value in ["\x00", "v" * 501, "\u202e"]],
        *[(name, "x") for name in ["metadata", "metadata[]", f"metadata[{'k' * 41}]", "metadata[\x00]"]],
        *[(name, "1") for name in ["ordering", "page", "offset", "organization_id", "Status", "status[]", "metadata[a", ""]],
    ],
)  # fmt: skip
def test_it_refuses_a_bad_parameter_by_its_name(api: APIClient, parameter: str, value: str) -> None:
    response = api.get(PAYOUTS, {parameter: value})
    assert response.status_code == 400
    named = {error["field"] for error in response.json()["errors"]}
    if parameter.startswith("metadata[a]"):
        assert named == {"metadata.a"}
    else:
        assert {field.partition(".")[0] for field in named} == {parameter}


def test_it_refuses_a_parameter_that_is_given_twice(api: APIClient) -> None:
    response = api.get(f"{PAYOUTS}?currency=USD&currency=EUR")
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [("currency", "repeated")]


def test_it_refuses_thousands_of_parameters(api: APIClient) -> None:
    response = api.get(f"{PAYOUTS}?" + "&".join(f"x{n}=1" for n in range(5_000)))
    assert response.status_code == 400


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
    api: APIClient, recipient: Recipient, settings: SettingsWrapper
) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1"}}
    payout = factories.make_payout(recipient)
    assert ids(api.get(PAYOUTS).json()) == [payout.pk]
