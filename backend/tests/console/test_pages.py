"""Every page: that it comes, for whom it comes, and at what price."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.roles import Role
from tests.console.cast import (
    ORGANIZATION_MODELS,
    OWN_PAGES,
    PEOPLE_MODELS,
    RECORD_PAGES,
    Records,
    make_operator,
    make_records,
    sign_in,
    text_of,
)

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

ACCOUNT_NUMBER = "UA1234567890"
MASKED = "UA******7890"


def list_url(model: str) -> str:
    return reverse(f"admin:{model}_changelist")


def page_url(model: str, object_id: object) -> str:
    return reverse(f"admin:{model}_change", args=[object_id])


def test_it_asks_an_anonymous_visitor_to_sign_in(client: Client, acme: Records) -> None:
    response = client.get(page_url("payouts_payout", acme.payout.pk))

    assert response.status_code == HTTPStatus.FOUND
    assert response["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("path", ["admin:index", "admin:password_change"])
def test_it_greets_a_member(member: Client, path: str) -> None:
    response = member.get(reverse(path))

    assert response.status_code == HTTPStatus.OK
    assert "Payouts" in text_of(response)


@pytest.mark.parametrize("model", [*ORGANIZATION_MODELS, *PEOPLE_MODELS])
@pytest.mark.usefixtures("acme")
def test_it_shows_a_superuser_every_list(superuser: Client, model: str) -> None:
    assert superuser.get(list_url(model)).status_code == HTTPStatus.OK


@pytest.mark.parametrize("model", ORGANIZATION_MODELS)
def test_it_shows_a_reader_the_records_of_their_organization(
    reader: Client, acme: Records, globex: Records, model: str
) -> None:
    page = text_of(reader.get(list_url(model)))

    assert page_url(model, acme.id_of(model)) in page
    assert page_url(model, globex.id_of(model)) not in page
    assert "Globex" not in page


@pytest.mark.parametrize("model", ORGANIZATION_MODELS)
def test_it_opens_a_record_for_a_reader_of_its_organization(
    reader: Client, acme: Records, model: str
) -> None:
    response = reader.get(page_url(model, acme.id_of(model)))

    assert response.status_code == HTTPStatus.OK
    assert 'name="_save"' not in text_of(response)


@pytest.mark.parametrize(
    ("model", "page"),
    [
        *((model, "change") for model in ORGANIZATION_MODELS if model not in RECORD_PAGES),
        *((model, "history") for model in ORGANIZATION_MODELS),
    ],
)
def test_it_hides_a_record_of_another_organization(
    member: Client, globex: Records, model: str, page: str
) -> None:
    response = member.get(reverse(f"admin:{model}_{page}", args=[globex.id_of(model)]), follow=True)

    if page == "change" and model in OWN_PAGES:
        assert response.status_code == HTTPStatus.NOT_FOUND
    else:
        assert response.redirect_chain[-1][0] == reverse("admin:index")
        assert "Perhaps it was deleted?" in text_of(response)
    assert "Globex" not in text_of(response)


@pytest.mark.parametrize("model", RECORD_PAGES)
def test_it_answers_404_for_a_record_of_another_organization(
    member: Client, globex: Records, model: str
) -> None:
    response = member.get(page_url(model, globex.id_of(model)))

    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "There is no such payout" in text_of(response)
    assert "Globex" not in text_of(response)


@pytest.mark.parametrize("model", ORGANIZATION_MODELS)
def test_it_shows_an_outsider_empty_lists(outsider: Client, acme: Records, model: str) -> None:
    page = text_of(outsider.get(list_url(model)))

    assert page_url(model, acme.id_of(model)) not in page
    assert "Acme" not in page


@pytest.mark.parametrize("model", ["payouts_payout", "payouts_recipient"])
def test_it_masks_account_numbers(superuser: Client, acme: Records, model: str) -> None:
    in_list = text_of(superuser.get(list_url(model), {"q": "Payee"}))
    in_page = text_of(superuser.get(page_url(model, acme.id_of(model))))

    assert (MASKED in in_list) == (model != "payouts_payout")  # a long list of people does without
    assert MASKED in in_page
    assert ACCOUNT_NUMBER not in in_list + in_page


@pytest.mark.parametrize("model", ["payouts_payoutattempt", "events_event", "events_pendingevent"])
def test_it_shows_no_account_number_elsewhere(superuser: Client, acme: Records, model: str) -> None:
    pages = text_of(superuser.get(list_url(model))) + text_of(
        superuser.get(page_url(model, acme.id_of(model)))
    )

    assert ACCOUNT_NUMBER not in pages


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("payouts_recipient", "account_number__startswith"),
        ("payouts_recipient", "account_number"),
        ("payouts_payout", "account_number_snapshot__startswith"),
        ("payouts_payout", "recipient__account_number"),
        ("payouts_payoutattempt", "payout__account_number_snapshot"),
        ("access_apikey", "secret_hash__startswith"),
        ("payouts_payout", "id"),
    ],
)
@pytest.mark.usefixtures("acme")
def test_it_lets_nobody_guess_what_is_masked(superuser: Client, model: str, lookup: str) -> None:
    response = superuser.get(list_url(model), {lookup: "UA12"})

    assert response.status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("field", ["account_number", "name"])
def test_it_opens_a_record_by_its_id_only(superuser: Client, acme: Records, field: str) -> None:
    value = getattr(acme.recipient, field)

    response = superuser.get(page_url("payouts_recipient", value), {"_to_field": field})

    assert response.status_code == HTTPStatus.NOT_FOUND


@pytest.mark.usefixtures("acme", "globex")
def test_it_completes_names_within_the_organization_only(member: Client) -> None:
    response = complete(member, model_name="payout", field_name="recipient", term="Payee")

    assert [each["text"].partition(" (")[0] for each in response.json()["results"]] == ["Payee of Acme"]


def test_it_completes_names_of_colleagues_only(member: Client, globex: Records) -> None:
    make_operator("mallory", globex.organization)
    query = {"app_label": "access", "model_name": "membership", "field_name": "operator", "term": "m"}
    viewer = sign_in(make_operator("vic", globex.organization, role=Role.VIEWER))

    assert [each["text"] for each in complete(member, **query).json()["results"]] == ["mary"]
    assert complete(viewer, **query).status_code == HTTPStatus.FORBIDDEN


def complete(client: Client, **query: str) -> Answer:
    """Django answers this for every relation, whether or not a page uses it."""
    return client.get(reverse("admin:autocomplete"), {"app_label": "payouts"} | query)


NO_IDS = ["abc", "0", "-1", "1.5", "9" * 30, "_00"]


@pytest.mark.parametrize("model", RECORD_PAGES)
def test_it_answers_404_for_what_is_no_id(superuser: Client, model: str) -> None:
    answers = [superuser.get(page_url(model, object_id)) for object_id in NO_IDS]

    assert {answer.status_code for answer in answers} == {HTTPStatus.NOT_FOUND}


@pytest.mark.parametrize("object_id", NO_IDS)
@pytest.mark.parametrize("model", sorted({*ORGANIZATION_MODELS} - {*RECORD_PAGES}))
def test_it_finds_nothing_under_what_is_no_id(superuser: Client, model: str, object_id: str) -> None:
    response = superuser.get(page_url(model, object_id))

    if model in OWN_PAGES:
        assert response.status_code == HTTPStatus.NOT_FOUND
    else:
        assert response.status_code == HTTPStatus.FOUND
        assert response["Location"] == reverse("admin:index")


@pytest.mark.parametrize("model", [*ORGANIZATION_MODELS, *PEOPLE_MODELS])
def test_it_asks_as_many_queries_for_many_rows_as_for_few(superuser: Client, model: str) -> None:
    make_company("First")
    few = count_queries(superuser, model)

    for name in ("Second", "Third", "Fourth"):
        make_company(name)

    assert count_queries(superuser, model) == few


def make_company(name: str) -> None:
    make_operator(name.lower(), make_records(name).organization, permissions="view_payout")


def count_queries(client: Client, model: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(list_url(model)).status_code == HTTPStatus.OK
    return len(queries)
