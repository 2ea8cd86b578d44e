from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from core.money import Money
from tests.console.cast import Records, text_of
from tests.factories import make_payout, make_recipient

if TYPE_CHECKING:
    from django.test import Client

PAYOUTS = "admin:payouts_payout_changelist"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, {"dollars", "euros", "by hand"}),
        ({"status": "NEW"}, {"dollars", "euros"}),
        ({"stage": "accepted"}, {"by hand"}),
        ({"currency": "USD"}, {"dollars", "by hand"}),
        ({"rail": "sandbox"}, {"dollars", "euros"}),
        ({"status": "NEW", "currency": "USD"}, {"dollars"}),
    ],
)
def test_it_narrows_the_list_of_payouts(
    superuser: Client, acme: Records, query: dict[str, str], shown: set[str]
) -> None:
    payouts = {
        "dollars": acme.payout,
        "euros": make_payout(acme.recipient, money=Money(500, "EUR")),
        "by hand": acme.attempt.payout,
    }

    page = text_of(superuser.get(reverse(PAYOUTS), query))

    assert {name for name, payout in payouts.items() if payout.reference in page} == shown


def test_it_offers_the_currencies_in_use(superuser: Client, acme: Records) -> None:
    make_payout(acme.recipient, money=Money(500, "JPY"))

    page = text_of(superuser.get(reverse(PAYOUTS)))

    assert "?currency=JPY" in page
    assert "?currency=USD" in page
    assert "?currency=EUR" not in page


def test_it_offers_no_currency_of_others(member: Client, globex: Records) -> None:
    make_payout(globex.recipient, money=Money(500, "JPY"))

    assert "currency=JPY" not in text_of(member.get(reverse(PAYOUTS)))


def test_it_narrows_lists_to_an_organization(superuser: Client, acme: Records, globex: Records) -> None:
    page = text_of(superuser.get(reverse(PAYOUTS), {"organization": acme.organization.pk}))

    assert acme.payout.reference in page
    assert globex.payout.reference not in page


@pytest.mark.parametrize("organization_id", ["globex", "0", "abc", "\0"])
def test_it_knows_no_other_organization(member: Client, globex: Records, organization_id: str) -> None:
    wanted = str(globex.organization.pk) if organization_id == "globex" else organization_id

    response = member.get(reverse(PAYOUTS), {"organization": wanted})

    assert response["Location"] == "/admin/payouts/payout/?e=1"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (PAYOUTS, {"status": "a\0"}),
        (PAYOUTS, {"currency": "\0"}),
        ("admin:access_apikey_changelist", {"revoked": "perhaps"}),
        ("admin:payouts_recipient_changelist", {"active": "\0"}),
    ],
)
@pytest.mark.usefixtures("acme")
def test_it_refuses_a_filter_without_sense(superuser: Client, path: str, query: dict[str, str]) -> None:
    response = superuser.get(reverse(path), query)

    assert response.status_code == HTTPStatus.FOUND
    assert response["Location"].endswith("?e=1")


@pytest.mark.parametrize(("answer", "is_shown"), [("yes", False), ("no", True)])
def test_it_finds_keys_by_whether_they_are_revoked(
    superuser: Client,
    acme: Records,
    answer: str,
    is_shown: bool,  # noqa: FBT001  a column of the table
) -> None:
    page = text_of(superuser.get(reverse("admin:access_apikey_changelist"), {"revoked": answer}))

    assert (acme.api_key.public_id in page) == is_shown


def test_it_narrows_events_by_type_and_attempts_by_state(superuser: Client, acme: Records) -> None:
    events = superuser.get(reverse("admin:events_event_changelist"), {"type": "PayoutTakenOver"})
    attempts = superuser.get(reverse("admin:payouts_payoutattempt_changelist"), {"state": "unknown"})

    assert "1 event" in text_of(events)
    assert acme.attempt.rail_key not in text_of(attempts)


def test_it_searches_payouts_by_reference_key_and_name(superuser: Client, acme: Records) -> None:
    ada = make_payout(make_recipient(acme.organization, name="Ada Lovelace"))

    for term in (ada.reference, ada.idempotency_key, "lovelace", "Lovelace ada"):
        page = text_of(superuser.get(reverse(PAYOUTS), {"q": term}))
        assert ada.reference in page
        assert acme.payout.reference not in page


@pytest.mark.parametrize("term", ["UA1234567890", "7890", "%", "x" * 5_000])
def test_it_finds_no_payout_by_anything_else(superuser: Client, acme: Records, term: str) -> None:
    response = superuser.get(reverse(PAYOUTS), {"q": term}, follow=True)

    assert response.status_code == HTTPStatus.OK
    assert f"/{acme.payout.pk}/change/" not in text_of(response)


@pytest.mark.usefixtures("acme")
def test_it_says_what_is_no_search_term(superuser: Client) -> None:
    assert "Null characters are not allowed." in text_of(superuser.get(reverse(PAYOUTS), {"q": "\0"}))


@pytest.mark.usefixtures("acme")
def test_it_counts_no_further_than_anybody_reads(superuser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.frame.pagination.MOST_ROWS", 1)

    assert "1 payout\n" in text_of(superuser.get(reverse(PAYOUTS)))
