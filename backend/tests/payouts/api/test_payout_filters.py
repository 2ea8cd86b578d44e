from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from core.money import Money
from tests import factories
from tests.payouts.api.lists import ids
from tests.payouts.api.requests import LARGEST_BIGINT, PAYOUTS

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from payouts.models import Recipient


def test_it_finds_by_each_filter(api: APIClient, recipient: Recipient) -> None:
    other = factories.make_recipient(recipient.organization, name="Jane Roe")
    wanted = factories.make_payout(
        recipient,
        money=Money(12_345, "EUR"),
        idempotency_key="the-wanted-key",
        metadata={"order": "A 1", "x": "y"},
    )
    rest = factories.make_payout(other, money=Money(500, "USD"))
    api.patch(f"{PAYOUTS}{rest.pk}/", {"status": "CANCELED"}, format="json")
    searches: list[dict[str, str | list[str]]] = [
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
    ]
    for filters in searches:
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
        *[("recipient_id", value) for value in ["", "x", "0", "-1", "1.5", "1e3", "01", "\u0661", " 1", "9" * 5_000]],
        ("recipient_id", str(LARGEST_BIGINT + 1)),
        *[("currency", value) for value in ["", "usd", "ZZZ", "X\x00Y"]],
        *[("idempotency_key", value) for value in ["", "short", "k" * 65, "key\x00key\x00"]],
        *[("reference", value) for value in ["", "x" * 26, "0" * 25, "0" * 27, "a\x00"]],
        *[
            (parameter, value)
            for parameter in ["created_from", "created_to"]
            for value in [
                *["", "zzz", "2025-02-30", "0000-01-01", "2025-01-01T12:00:00", "2025-01-01 12:00:00Z", "now", "2025"],
                *["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2025-01-01T25:00:00Z", "\u0662\u0660\u0662\u0665-01-01"],
                *["20250101", "2025-W01-1", "2025-01-01T00:00:00+24:00", "\x00"],
            ]
        ],
        *[
            (parameter, value)
            for parameter in ["amount_from", "amount_to"]
            for value in ["", "NaN", "Infinity", "-1", "+1", "1e3", "1e999999999", "x", "1,5", "1_0", "\u0661", "9" * 5_000]
        ],
        *[("page_size", value) for value in ["", "0", "-1", "101", "1000000", "1.5", "x", "1e1", " 5", "\u0665", "05"]],
        *[("metadata[a]", value) for value in ["\x00", "v" * 501, "\u202e"]],
        *[(name, "x") for name in ["metadata", "metadata[]", f"metadata[{'k' * 41}]", "metadata[\x00]", "metadata[a][b]"]],
        *[(name, "1") for name in ["ordering", "page", "offset", "organization_id", "Status", "status[]", "metadata[a", ""]],
    ],
)  # fmt: skip
def test_it_refuses_a_bad_parameter_by_its_name(api: APIClient, parameter: str, value: str) -> None:
    response = api.get(PAYOUTS, {parameter: value})
    assert response.status_code == 400
    named = {error["field"] for error in response.json()["errors"]}
    assert named == {parameter}


def test_it_refuses_a_parameter_that_is_given_twice(api: APIClient) -> None:
    response = api.get(f"{PAYOUTS}?currency=USD&currency=EUR")
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [("currency", "repeated")]


@pytest.mark.parametrize(
    "query",
    [
        "created_from=2025-02-01&created_to=2025-01-31",
        "amount_from=2&amount_to=1.99",
    ],
)
def test_it_refuses_a_range_that_ends_before_it_begins(api: APIClient, query: str) -> None:
    response = api.get(f"{PAYOUTS}?{query}")
    end = query.rpartition("&")[2].partition("=")[0]
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [(end, "empty_range")]


def test_it_refuses_a_key_of_metadata_that_is_given_twice_in_other_letters(api: APIClient) -> None:
    response = api.get(PAYOUTS, {"metadata[e\u0301]": "1", "metadata[\u00e9]": "2"})
    assert [e["code"] for e in response.json()["errors"]] == ["repeated"]


def test_it_refuses_thousands_of_parameters(api: APIClient) -> None:
    response = api.get(f"{PAYOUTS}?" + "&".join(f"x{n}=1" for n in range(5_000)))
    assert response.status_code == 400
