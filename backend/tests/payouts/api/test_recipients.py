from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from access.scopes import Scope
from events.models import Event
from payouts.models import Recipient
from tests import factories
from tests.payouts.api.requests import LARGEST_BIGINT, PAYOUTS, RECIPIENTS, payout_body, recipient_body

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from rest_framework.test import APIClient

    from access.models import Organization

    ApiFor = Callable[[Collection[Scope]], APIClient]

FIELDS = [
    "id",
    "type",
    "name",
    "account_number",
    "bank_code",
    "country",
    "is_active",
    "created_at",
    "updated_at",
]


def url_of(recipient: Recipient) -> str:
    return f"{RECIPIENTS}{recipient.pk}/"


def test_it_creates_a_recipient(api: APIClient) -> None:
    response = api.post(RECIPIENTS, recipient_body(), format="json")
    answer = response.json()
    recipient = Recipient.objects.get()
    assert response.status_code == 201
    assert list(answer) == [*FIELDS, "possible_duplicate_ids"]
    assert response["Location"] == f"http://testserver/api/recipients/{recipient.pk}/"
    assert {name: answer[name] for name in recipient_body()} == recipient_body()
    assert answer["is_active"] is True
    assert api.get(url_of(recipient)).json() == answer


def test_it_needs_neither_bank_code_nor_country(api: APIClient) -> None:
    response = api.post(RECIPIENTS, recipient_body(bank_code=None, country=None), format="json")
    assert response.status_code == 201
    assert (response.json()["bank_code"], response.json()["country"]) == ("", "")


@pytest.mark.parametrize(
    "name", ["Олена Ґудзь", "名前", "محمد علی‌زاده", "Zoë O\u2019Brien-Łuć", "क्‍ष", "X Æ A-12"]
)
def test_it_keeps_names_in_any_script(api: APIClient, name: str) -> None:
    response = api.post(RECIPIENTS, recipient_body(name=name), format="json")
    assert (response.status_code, response.json()["name"]) == (201, name)


def test_it_stores_names_normalised(api: APIClient) -> None:
    assert api.post(RECIPIENTS, recipient_body(name="Zoe\u0308"), format="json").json()["name"] == "Zo\u00eb"


BAD_VALUES = [
    *[
        ("name", value)
        for value in [
            *[
                "",
                " ",
                " John",
                "John ",
                "x" * 141,
                5,
                True,
                [],
                {},
                "a\nb",
                "a\tb",
                "a\u0007",
                "\u200b",
                "a\ufeff",
            ],
            *["\u202eevil", "\u2066evil", "a\u0378", "\ue000", "\ufffd", "a\u2028b", "a\u00ad", "\U000e0041"],
        ]
    ],
    *[
        ("account_number", value)
        for value in [
            "",
            " ",
            " 1",
            "1 ",
            "1  2",
            "1" * 65,
            123,
            True,
            [],
            "١٢٣",
            "\uff11",
            "1\u200b2",
            "1\n2",
            "ключ",
        ]
    ],
    *[("bank_code", value) for value in ["x" * 33, 5, [], "a\u0000"[:1] + "\u202e", " MFO"]],
    *[("country", value) for value in ["ua", "UKR", "U", "U1", 5, [], "\uff35\uff21", "UA "]],
    *[(name, "x") for name in ["id", "organization_id", "created_at", "unknown"]],
]


@pytest.mark.parametrize(("field", "value"), [*BAD_VALUES, ("type", "PERSON"), ("type", ""), ("type", 1)])
def test_it_refuses_a_bad_value_by_the_name_of_its_field(api: APIClient, field: str, value: object) -> None:
    response = api.post(RECIPIENTS, recipient_body() | {field: value}, format="json")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Recipient.objects.exists()


@pytest.mark.parametrize("field", ["type", "name", "account_number"])
def test_it_names_a_missing_field(api: APIClient, field: str) -> None:
    response = api.post(RECIPIENTS, recipient_body(**{field: None}), format="json")
    assert response.status_code == 400
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [(field, "required")]


def test_it_never_repeats_a_refused_account_number(api: APIClient) -> None:
    response = api.post(RECIPIENTS, recipient_body(account_number="UA12  34567890"), format="json")
    assert response.status_code == 400
    assert "34567890" not in response.content.decode()


def test_it_lists_the_newest_first_page_by_page(api: APIClient, organization: Organization) -> None:
    made = [factories.make_recipient(organization).pk for _ in range(3)]
    first = api.get(RECIPIENTS, {"page_size": "2"}).json()
    second = api.get(first["next"]).json()
    assert [r["id"] for page in (first, second) for r in page["results"]] == made[::-1]
    assert (first["previous"], second["next"]) == (None, None)


@pytest.mark.parametrize("parameter", ["ordering", "name", "status", "metadata[a]"])
def test_it_refuses_an_unknown_parameter(api: APIClient, parameter: str) -> None:
    response = api.get(RECIPIENTS, {parameter: "x"})
    assert response.status_code == 400
    assert [e["field"] for e in response.json()["errors"]] == [parameter]


def test_it_changes_what_is_given_and_nothing_else(api: APIClient, recipient: Recipient) -> None:
    before = api.get(url_of(recipient)).json()
    response = api.patch(url_of(recipient), {"name": "Jane Roe", "country": ""}, format="json")
    assert response.status_code == 200
    assert response.json() == before | {
        "name": "Jane Roe",
        "country": "",
        "updated_at": response.json()["updated_at"],
    }
    assert api.get(url_of(recipient)).json() == response.json()


def test_it_changes_every_field_that_may_change(api: APIClient, recipient: Recipient) -> None:
    changes = {
        "name": "Jane Roe",
        "account_number": "DE89 3704 0044 0532 0130 00",
        "bank_code": "COBADEFF",
        "country": "DE",
        "is_active": False,
    }
    answer = api.patch(url_of(recipient), changes, format="json").json()
    assert {name: answer[name] for name in changes} == changes
    event = Event.objects.get(type="RecipientChanged")
    assert "3704" not in str(event.data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *BAD_VALUES,
        *[("is_active", value) for value in ["true", "yes", 1, 0, None, "", []]],
        ("type", "BUSINESS"),
        ("name", None),
        ("account_number", None),
    ],
)
def test_it_refuses_a_bad_change_by_the_name_of_its_field(
    api: APIClient, recipient: Recipient, field: str, value: object
) -> None:
    response = api.patch(url_of(recipient), {field: value}, format="json")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert Recipient.objects.get().name == "John Doe"


@pytest.mark.parametrize("body", ["{}", "", "[]"])
def test_it_refuses_a_change_of_nothing(api: APIClient, recipient: Recipient, body: str) -> None:
    response = api.patch(url_of(recipient), body, content_type="application/json")
    assert response.status_code == 400


@pytest.mark.parametrize(
    "path_id", ["0", "x", "1.5", "%00", str(LARGEST_BIGINT), str(LARGEST_BIGINT + 1), "9" * 5_000]
)
def test_it_finds_nothing_under_what_is_no_id(api: APIClient, path_id: str) -> None:
    url = f"{RECIPIENTS}{path_id}/"
    for response in [api.get(url), api.patch(url, {"name": "Jane"}, format="json")]:
        assert (response.status_code, response.json()["detail"]) == (404, "Recipient not found")


def test_it_hides_another_organizations_recipient(api: APIClient, other_organization: Organization) -> None:
    stranger = factories.make_recipient(other_organization)
    for response in [api.get(url_of(stranger)), api.patch(url_of(stranger), {"name": "Jane"}, format="json")]:
        assert (response.status_code, response.json()["detail"]) == (404, "Recipient not found")
    assert api.get(RECIPIENTS).json()["results"] == []
    stranger.refresh_from_db()
    assert stranger.name == "John Doe"


def test_it_keeps_recipients(api: APIClient, recipient: Recipient) -> None:
    response = api.delete(url_of(recipient))
    assert response.status_code == 405
    assert response["Allow"] == "GET, PATCH, HEAD, OPTIONS"


def test_it_masks_account_numbers_everywhere(api_for: ApiFor, recipient: Recipient) -> None:
    api = api_for([Scope.RECIPIENTS_READ, Scope.RECIPIENTS_WRITE])
    answers = [
        api.get(url_of(recipient)).json(),
        api.get(RECIPIENTS).json()["results"][0],
        api.patch(url_of(recipient), {"name": "Jane"}, format="json").json(),
        api.post(RECIPIENTS, recipient_body(), format="json").json(),
    ]
    assert {answer["account_number"] for answer in answers} == {"UA******7890"}


def test_it_hints_at_recipients_with_the_same_account(
    api: APIClient, organization: Organization, other_organization: Organization
) -> None:
    factories.make_recipient(other_organization, account_number="UA1234567890")
    first = factories.make_recipient(organization, account_number="UA1234567890")
    factories.make_recipient(organization, account_number="UA1234567891")

    body = recipient_body(account_number="UA12 3456 7890")
    second = api.post(RECIPIENTS, body, format="json").json()

    assert second["possible_duplicate_ids"] == [first.pk]
    assert api.get(url_of(first)).json()["possible_duplicate_ids"] == [second["id"]]
    assert "possible_duplicate_ids" not in api.get(RECIPIENTS).json()["results"][0]


def test_it_hints_anew_after_a_change_of_the_account(api: APIClient, organization: Organization) -> None:
    john, jane = (
        factories.make_recipient(organization, account_number=number) for number in ("UA1234567890", "UA2")
    )
    answer = api.patch(url_of(jane), {"account_number": "UA1234567890"}, format="json").json()
    assert answer["possible_duplicate_ids"] == [john.pk]
    answer = api.patch(url_of(jane), {"account_number": "UA2"}, format="json").json()
    assert answer["possible_duplicate_ids"] == []


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"account_number": "DE89370400440532013001", "country": "DE"}, "account_number", "invalid_iban"),
        ({"account_number": "DE89370400440532013001", "country": None}, "account_number", "invalid_iban"),
        ({"bank_code": "COBAZZFF"}, "bank_code", "invalid_bic"),
    ],
)
def test_it_checks_numbers_that_follow_a_standard(
    api: APIClient, changes: dict[str, str | None], field: str, code: str
) -> None:
    response = api.post(RECIPIENTS, recipient_body(**changes), format="json")

    (problem,) = response.json()["errors"]
    assert (response.status_code, problem["field"], problem["code"]) == (400, field, code)
    assert "DE8937" not in response.content.decode()
    assert not Recipient.objects.exists()


def test_it_checks_a_change_together_with_what_stays(api: APIClient, organization: Organization) -> None:
    recipient = factories.make_recipient(
        organization, account_number="DE89370400440532013001", country="US", bank_code=""
    )
    assert api.patch(url_of(recipient), {"country": "DE"}, format="json").status_code == 400
    assert api.patch(url_of(recipient), {"name": "Jane"}, format="json").status_code == 200
    right = {"country": "DE", "account_number": "DE89370400440532013000"}
    assert api.patch(url_of(recipient), right, format="json").status_code == 200


def test_it_records_bank_details_before_and_after_masked(api: APIClient, organization: Organization) -> None:
    recipient = factories.make_recipient(organization, account_number="UA1234567890", bank_code="MFO123")
    api.patch(
        url_of(recipient),
        {"account_number": "UA9999999999", "bank_code": "MFO999", "name": "Jo"},
        format="json",
    )

    event = Event.objects.get(type="RecipientChanged")
    assert sorted(event.data["fields"]) == ["account_number", "bank_code", "name"]
    assert event.data["bank_details"] == {
        "account_number": {"before": "UA******7890", "after": "UA******9999"},
        "bank_code": {"before": "MFO123", "after": "MFO999"},
    }


def test_it_shows_a_row_that_cannot_be_decrypted_as_asterisks(
    api: APIClient, organization: Organization
) -> None:
    john, thief = (factories.make_recipient(organization) for _ in range(2))
    stolen = Recipient.objects.values_list("account_number", flat=True).get(pk=john.pk)
    Recipient.objects.filter(pk=thief.pk).update(account_number=stolen)

    shown = {each["id"]: each["account_number"] for each in api.get(RECIPIENTS).json()["results"]}
    assert shown == {john.pk: "UA1234567890", thief.pk: "********"}
    refused = api.patch(url_of(thief), {"country": "PL"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "account_number_unreadable")
    refused = api.post(PAYOUTS, payout_body(thief), format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "account_number_unreadable")
    answer = api.patch(url_of(thief), {"account_number": "UA1234567891"}, format="json").json()
    assert answer["account_number"] == "UA1234567891"
