from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import factories

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from payouts.models import Recipient


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/api/payouts/"),
        ("get", "/api/payouts/{payout}/"),
        ("head", "/api/payouts/{payout}/"),
        ("patch", "/api/payouts/{payout}/"),
        ("delete", "/api/payouts/{payout}/"),
        ("post", "/api/recipients/"),
        ("get", "/api/recipients/{recipient}/"),
        ("patch", "/api/recipients/{recipient}/"),
        ("post", "/api/rails/sandbox/callbacks/"),
        ("get", "/health/"),
        ("get", "/health/live/"),
        ("get", "/health/ready/"),
        ("get", "/api/schema/"),
        ("get", "/api/docs/"),
    ],
)
def test_it_refuses_a_query_that_nobody_reads(
    api: APIClient, recipient: Recipient, method: str, path: str
) -> None:
    payout = factories.make_payout(recipient)
    address = path.format(payout=payout.pk, recipient=recipient.pk)

    response = getattr(api, method)(f"{address}?currency=USD&version=%00")

    assert response.status_code == 400
    if method != "head":
        named = {(error["field"], error["code"]) for error in response.json()["errors"]}
        assert named == {("currency", "unknown_field"), ("version", "unknown_field")}
    payout.refresh_from_db()
    assert payout.deleted_at is None


def test_it_refuses_the_method_first(api: APIClient) -> None:
    assert api.put("/api/payouts/1/?x=1").status_code == 405


def test_it_repeats_no_method_that_a_client_made_up(api: APIClient) -> None:
    response = api.generic("UA1234567890", "/api/payouts/1/")

    assert response.status_code == 405
    assert b"UA1234567890" not in response.content


def test_it_says_nothing_of_parameters_to_strangers(api: APIClient) -> None:
    api.credentials()
    assert api.get("/api/payouts/1/?x=1").status_code == 401


def test_it_has_no_template_for_the_options_of_a_page(api: APIClient) -> None:
    assert api.options("/api/docs/").status_code == 405
