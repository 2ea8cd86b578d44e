from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from events.models import Event
from payouts.models import Payout
from tests.payouts.api.requests import LARGEST_BIGINT, PAYOUTS, payout_body
from tests.payouts.api.test_fields import SLOW

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from payouts.models import Recipient


@pytest.mark.parametrize(
    ("in_body", "in_header", "field", "code"),
    [
        (None, None, "idempotency_key", "required"),
        ("key-in-body", "key-in-header", "idempotency_key", "differs"),
        (None, "short", "Idempotency-Key", "invalid_idempotency_key"),
        (None, '"short"', "Idempotency-Key", "invalid_idempotency_key"),
        (None, "with a blank", "Idempotency-Key", "invalid_idempotency_key"),
        ("valid-in-body", "", "Idempotency-Key", "invalid_idempotency_key"),
        (None, "x" * 65, "Idempotency-Key", "invalid_idempotency_key"),
        (None, "first-key,second-key", "Idempotency-Key", "ambiguous"),
        (None, '"first-key","second-key"', "Idempotency-Key", "ambiguous"),
        (None, '"half-quoted', "Idempotency-Key", "ambiguous"),
        (None, '"with-a-parameter";a=1', "Idempotency-Key", "ambiguous"),
        (None, '"with \\"escapes"', "Idempotency-Key", "ambiguous"),
        (None, "ключ-ключ", "Idempotency-Key", "invalid_idempotency_key"),
    ],
)
def test_it_refuses_a_missing_or_doubtful_key(
    api: APIClient, recipient: Recipient, in_body: str | None, in_header: str | None, field: str, code: str
) -> None:
    headers = {} if in_header is None else {"Idempotency-Key": in_header}
    body = payout_body(recipient, idempotency_key=in_body)
    response = api.post(PAYOUTS, body, format="json", headers=headers)
    assert response.status_code == 400
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[
            ("recipient_id", value)
            for value in ["1", "x", "", 1.0, 1.5, True, 0, -1, LARGEST_BIGINT + 1, 10**400, [1], {}, "١٢٣"]
        ],
        *[
            ("amount", value)
            for value in [
                *[100, 100.5, 0.1, True, [], {}, ["1"]],
                *["", " ", "abc", "NaN", "Infinity", "1e2", "1E+2", "+5", "-5", "-0", "0", "0.00", "1_000", "1,00"],
                *["1 000", " 10.00", "10.00 ", "01.00", ".5", "5.", "١٢٣", "\uff11\uff10", "1.005", "1.000"],
                *["100000000000000000000", "1" * 10_000, "1e999999999", "10\n", "0x10"],
            ]
        ],
        *[("currency", value) for value in ["", "usd", "US", "USDT", "ZZZ", "XAU", "XXX", 840, True, []]],
        *[
            ("idempotency_key", value)
            for value in ["", "short", "x" * 65, 12345678, True, [], "key with blank", "key\u200bhidden", "ключ-ключ"]
        ],
        *[
            ("metadata", value)
            for value in [
                *["text", [], 1, True, {"a": 1}, {"a": None}, {"a": {"b": "c"}}, {"a": ["b"]}, {"": "empty key"}],
                *[{"k" * 41: "v"}, {"k": "v" * 501}, {str(n): "v" for n in range(51)}, {"a\u0007": "bell"}],
                *[{"a": "\u202eevil"}, {"a": "un\u0378assigned"}, {"a": " blank"}, {"a": "line\nbreak"}],
                *[{"\u00e9": "x", "e\u0301": "y"}],
            ]
        ],
    ],
)  # fmt: skip
def test_it_refuses_a_bad_value_by_the_name_of_its_field(
    api: APIClient, recipient: Recipient, field: str, value: object
) -> None:
    response = api.post(PAYOUTS, payout_body(recipient) | {field: value}, format="json")
    problem = response.json()
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert {error["field"].partition(".")[0] for error in problem["errors"]} == {field}
    assert not Payout.objects.exists()
    assert not Event.objects.filter(type="PayoutCreated").exists()


@pytest.mark.parametrize("metadata", [{"order": SLOW}, {SLOW: "A-17"}], ids=["value", "key"])
def test_it_refuses_metadata_by_its_length_before_it_normalises(
    api: APIClient, recipient: Recipient, metadata: dict[str, str]
) -> None:
    response = api.post(PAYOUTS, payout_body(recipient, metadata=metadata), format="json")
    assert response.status_code == 400
    assert [error["code"] for error in response.json()["errors"]] == ["max_length"]


@pytest.mark.parametrize(
    "field",
    [
        *[
            "status",
            "id",
            "organization_id",
            "created_at",
            "reference",
            "amount_minor",
            "x",
            "",
            "metadata[a]",
        ],
        *["non_field_errors", "__proto__", "Amount", "amount ", "\u202eamount"],
    ],
)
def test_it_refuses_unknown_fields_by_name(api: APIClient, recipient: Recipient, field: str) -> None:
    response = api.post(PAYOUTS, payout_body(recipient) | {field: "NEW"}, format="json")
    assert response.status_code == 400
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [(field, "unknown_field")]


def test_it_does_not_repeat_thousands_of_unknown_names(api: APIClient, recipient: Recipient) -> None:
    unknown = {f"{n}{'x' * 1_000}": 1 for n in range(60)}
    response = api.post(PAYOUTS, payout_body(recipient) | unknown, format="json")
    assert response.status_code == 400
    assert len(response.json()["errors"]) == 50
    assert {len(error["field"]) for error in response.json()["errors"]} == {200}


@pytest.mark.parametrize("field", ["recipient_id", "amount", "currency"])
@pytest.mark.parametrize("missing", ["left out", "null"])
def test_it_names_a_missing_field(api: APIClient, recipient: Recipient, field: str, missing: str) -> None:
    body: dict[str, Any] = payout_body(recipient)
    body[field] = None
    if missing == "left out":
        del body[field]
    response = api.post(PAYOUTS, body, format="json")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "null", "true", "[{}]", ""])
def test_it_refuses_a_body_that_is_no_object(api: APIClient, body: str) -> None:
    response = api.post(PAYOUTS, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["errors"]


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("1", "JPY", 1), ("1.001", "KWD", 1001), ("0.01", "UAH", 1), ("1", "USD", 100), ("1.5", "USD", 150)],
)
def test_it_knows_the_decimals_of_the_currency(
    api: APIClient, recipient: Recipient, amount: str, currency: str, minor: int
) -> None:
    body = payout_body(recipient, amount=amount, currency=currency)
    assert api.post(PAYOUTS, body, format="json").status_code == 201
    assert Payout.objects.get().amount_minor == minor


@pytest.mark.parametrize(("amount", "currency"), [("1.0", "JPY"), ("1.0011", "KWD"), ("0.001", "USD")])
def test_it_refuses_more_decimals_than_the_currency_has(
    api: APIClient, recipient: Recipient, amount: str, currency: str
) -> None:
    response = api.post(PAYOUTS, payout_body(recipient, amount=amount, currency=currency), format="json")
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "invalid_amount"


@pytest.mark.parametrize(
    "text", ["Олена", "名前", "\u06a9\u062a\u0627\u0628\u200c\u0647\u0627", "क्‍ष", "😀", "a b"]
)
def test_it_keeps_metadata_in_any_script(api: APIClient, recipient: Recipient, text: str) -> None:
    response = api.post(PAYOUTS, payout_body(recipient, metadata={text: text}), format="json")
    assert response.status_code == 201
    assert response.json()["metadata"] == {text: text}


def test_it_stores_text_normalised(api: APIClient, recipient: Recipient) -> None:
    response = api.post(PAYOUTS, payout_body(recipient, metadata={"e\u0301": "e\u0301"}), format="json")
    assert response.json()["metadata"] == {"\u00e9": "\u00e9"}


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"],
)
def test_it_takes_json_only(api: APIClient, content_type: str) -> None:
    response = api.post(PAYOUTS, "{}", content_type=content_type)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


def test_it_refuses_another_charset(api: APIClient) -> None:
    response = api.post(PAYOUTS, "{}", content_type="application/json; charset=latin-1")
    assert response.status_code == 415


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
def test_it_refuses_a_compressed_body(api: APIClient, recipient: Recipient, encoding: str) -> None:
    headers = {"Content-Encoding": encoding}
    response = api.post(PAYOUTS, payout_body(recipient), format="json", headers=headers)
    assert response.status_code == 415
    assert not Payout.objects.exists()


def test_it_refuses_a_huge_body(api: APIClient) -> None:
    response = api.post(PAYOUTS, "[" + " " * 70_000 + "]", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (413, "request_too_large")
