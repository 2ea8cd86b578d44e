"""The list of payouts: what is found in it, and what it says when nothing is."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.money import Money
from payouts.models import Payout
from payouts.selectors import find_payouts
from tests.console.cast import Records, make_operator, sign_in, text_of
from tests.factories import make_payout, make_recipient

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

LIST = "/admin/payouts/payout/"


def ask(client: Client, *pairs: tuple[str, str], **query: str) -> Answer:
    return client.get(f"{LIST}?{urlencode([*pairs, *query.items()])}")


def page_of(payout: Payout) -> str:
    return reverse("admin:payouts_payout_change", args=[payout.pk])


def is_shown(payout: Payout, answer: Answer) -> bool:
    return page_of(payout) in text_of(answer)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ([], {"dollars", "euros", "by hand", "earlier"}),
        ([("status", "NEW")], {"dollars", "euros", "earlier"}),
        ([("status", "NEW"), ("status", "PROCESSING")], {"dollars", "euros", "by hand", "earlier"}),
        ([("stage", "accepted")], {"by hand"}),
        ([("currency", "EUR")], {"euros"}),
        ([("rail", "manual")], {"by hand"}),
        ([("status", "NEW"), ("currency", "USD")], {"dollars", "earlier"}),
        ([("amount_from", "5.01"), ("amount_to", "100.50")], {"dollars", "by hand", "earlier"}),
        ([("amount_to", "5")], {"euros"}),
        ([("created", "today")], {"dollars", "euros", "by hand"}),
        ([("created", "7d"), ("status", "NEW")], {"dollars", "euros", "earlier"}),
        ([("created_to", f"{timezone.now() - timedelta(days=2):%Y-%m-%d}")], {"earlier"}),
        (
            [("created_from", f"{timezone.now() - timedelta(days=2):%Y-%m-%d}")],
            {"dollars", "euros", "by hand"},
        ),
        ([("status", ""), ("q", " ")], {"dollars", "euros", "by hand", "earlier"}),
    ],
)
def test_it_shows_what_is_asked_for(
    reader: Client, acme: Records, query: list[tuple[str, str]], shown: set[str]
) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=3)):
        earlier = make_payout(acme.recipient)
    payouts = {
        "dollars": acme.payout,
        "euros": make_payout(acme.recipient, money=Money(500, "EUR")),
        "by hand": acme.attempt.payout,
        "earlier": earlier,
    }

    answer = ask(reader, *query)

    assert {name for name, payout in payouts.items() if is_shown(payout, answer)} == shown


def test_it_shows_payouts_to_one_recipient(reader: Client, acme: Records) -> None:
    ada = make_payout(make_recipient(acme.organization, name="Ada Lovelace"))

    answer = ask(reader, recipient=str(ada.recipient_id))

    assert is_shown(ada, answer)
    assert not is_shown(acme.payout, answer)
    assert reverse("admin:payouts_recipient_change", args=[ada.recipient_id]) in text_of(answer)


def test_it_shows_each_column_in_words(reader: Client, acme: Records) -> None:
    page = text_of(ask(reader, recipient=str(acme.recipient.pk), status="NEW"))

    assert ">100.50 USD<" in page
    assert '<span class="pill pill-quiet">New</span>' in page
    assert "waits for its turn" in page
    assert "Payee of Acme" in page
    created_at = Payout.objects.get(pk=acme.payout.pk).created_at
    assert f'<time datetime="{created_at.isoformat()}" title="{created_at:%Y-%m-%d %H:%M:%S} UTC">' in page


@pytest.mark.parametrize("by", ["reference", "end_to_end_id", "idempotency_key", "pk"])
def test_it_leads_to_the_payout_that_is_named(reader: Client, acme: Records, by: str) -> None:
    answer = ask(reader, q=f" {getattr(acme.payout, by)} ")

    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"] == page_of(acme.payout)


def test_it_leads_to_no_payout_of_another_organization(reader: Client, globex: Records) -> None:
    answer = ask(reader, q=globex.payout.reference)

    assert answer.status_code == HTTPStatus.OK
    assert not is_shown(globex.payout, answer)


@pytest.mark.parametrize("text", ["lovelace", "ADA", "lov ad", "Lovelace Ada"])
def test_it_finds_payouts_by_how_the_words_of_a_name_begin(reader: Client, acme: Records, text: str) -> None:
    ada = make_payout(make_recipient(acme.organization, name="Ada Lovelace"))

    answer = ask(reader, q=text)

    assert is_shown(ada, answer)
    assert not is_shown(acme.payout, answer)


@pytest.mark.parametrize("text", ["UA1234567890", "7890", "%", "ayee"])
def test_it_finds_payouts_by_nothing_else(reader: Client, acme: Records, text: str) -> None:
    answer = ask(reader, q=text)

    assert not is_shown(acme.payout, answer)
    assert "No payout is named" in text_of(answer)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"status": "PAID"}, "Is none of those that are offered."),
        ({"stage": "\0"}, "Is none of those that are offered."),
        ({"currency": "usd"}, "Must be an ISO 4217 code"),
        ({"rail": "a\0"}, "Contains the character U+0000"),
        ({"recipient": "9" * 30}, "Must be an id in plain digits."),
        ({"recipient": "\u0661"}, "Must be an id in plain digits."),
        ({"amount_from": "NaN"}, "Must be a plain decimal number"),
        ({"amount_to": "9" * 5_000}, "Must be a plain decimal number"),
        ({"amount_from": "2", "amount_to": "1"}, "nothing could be found"),
        ({"created_from": "2026-02-30"}, "Must be a date-time with an offset"),
        ({"created_to": "0000-01-01"}, "Must be a date-time with an offset"),
        ({"created": "yesterday"}, "Is none of those that are offered."),
        ({"q": "a\0b"}, "Contains the character U+0000"),
        ({"q": "x" * 5_000}, "no more than 200 characters"),
        ({"after": "12"}, "Is no place in this list."),
        ({"after": f"1-{'9' * 19}"}, "Is no place in this list."),
        ({"account_number": "UA12"}, "There is no such field."),
    ],
)
def test_it_says_what_it_does_not_understand_and_shows_nothing(
    reader: Client, acme: Records, query: dict[str, str], sentence: str
) -> None:
    answer = ask(reader, **query)

    assert answer.status_code == (HTTPStatus.BAD_REQUEST if "account_number" in query else HTTPStatus.OK)
    assert sentence in text_of(answer)
    assert not is_shown(acme.payout, answer)


def test_it_says_what_is_given_twice(reader: Client, acme: Records) -> None:
    answer = ask(reader, ("currency", "USD"), ("currency", "EUR"))

    assert "Is given more than once." in text_of(answer)
    assert not is_shown(acme.payout, answer)


def test_it_escapes_what_was_asked_for_and_what_clients_wrote(reader: Client, acme: Records) -> None:
    make_payout(make_recipient(acme.organization, name="<script>alert(1)</script>"))

    pages = text_of(ask(reader)) + text_of(ask(reader, **{"<script>alert(1)": "<script>alert(1)"}))

    assert "&lt;script&gt;alert(1)" in pages
    assert "<script>alert(1)" not in pages


def test_it_keeps_in_its_inputs_what_was_asked_for(reader: Client, acme: Records) -> None:
    make_payout(acme.recipient, money=Money(500, "JPY"))

    page = text_of(ask(reader, ("status", "NEW"), ("status", "FAILED"), currency="KWD", amount_to="7.5"))

    assert page.count(" checked") == 2
    assert '<option value="KWD" selected>' in page
    assert 'value="7.5"' in page
    assert [f'<option value="{code}">' in page for code in ("JPY", "USD", "EUR")] == [True, True, False]


def test_it_offers_no_currency_of_others(reader: Client, globex: Records) -> None:
    make_payout(globex.recipient, money=Money(500, "JPY"))

    assert '"JPY"' not in text_of(ask(reader))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.payouts.payout_list.ROWS_ON_A_PAGE", 2)


def follow(client: Client, answer: Answer, way: str) -> Answer:
    """The page behind the link "Newer" or "Older"."""
    before, _, _ = text_of(answer).partition(f">{way}</a>")
    assert before.endswith('"')
    return client.get(LIST + before.rpartition('href="')[2].removesuffix('"').replace("&amp;", "&"))


@pytest.mark.usefixtures("small_pages")
def test_it_goes_through_all_pages_and_back_with_the_same_filters(reader: Client, acme: Records) -> None:
    payouts = [acme.payout, *(make_payout(acme.recipient) for _ in range(4))][::-1]

    first = ask(reader, status="NEW")
    second = follow(reader, first, "Older")
    third = follow(reader, second, "Older")

    for answer, rows in ((first, payouts[:2]), (second, payouts[2:4]), (third, payouts[4:])):
        assert [payout for payout in payouts if is_shown(payout, answer)] == rows
        assert not is_shown(acme.attempt.payout, answer)
    assert ">Newer</a>" not in text_of(first)
    assert ">Older</a>" not in text_of(third)
    assert is_shown(payouts[2], follow(reader, third, "Newer"))
    assert is_shown(payouts[0], follow(reader, second, "Newer"))


@pytest.mark.usefixtures("small_pages")
def test_it_says_that_nothing_is_older(reader: Client, acme: Records) -> None:
    position = f"{int(acme.attempt.payout.created_at.timestamp()) - 60}000000-1"

    assert "There is nothing older." in text_of(ask(reader, after=position))


def test_it_says_when_it_has_not_looked_through_everything(
    reader: Client, acme: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(find_payouts.__kwdefaults__ or {}, "window", 1)
    make_payout(acme.recipient)

    answer = ask(reader, status="RETURNED")

    assert "There are older ones." in text_of(answer)
    assert "ends here for now" in text_of(answer)
    follow(reader, answer, "Older")


@pytest.mark.parametrize(
    ("query", "words"),
    [({"status": "RETURNED"}, "No payout is like that."), ({"q": "nobody"}, "No payout is named “nobody”")],
)
@pytest.mark.usefixtures("acme")
def test_it_says_why_it_is_empty(reader: Client, query: dict[str, str], words: str) -> None:
    assert words in text_of(ask(reader, **query))


def test_it_says_that_there_are_no_payouts_yet(outsider: Client) -> None:
    assert "There are no payouts yet." in text_of(ask(outsider))


def test_it_shows_one_organization_at_a_time(superuser: Client, acme: Records, globex: Records) -> None:
    for chosen, other in ((acme, globex), (globex, acme)):
        superuser.post(reverse("admin:choose_organization"), {"organization": chosen.organization.pk})
        answer = ask(superuser)
        assert is_shown(chosen.payout, answer)
        assert not is_shown(other.payout, answer)


def test_it_offers_actions_to_those_who_may(reader: Client, member: Client) -> None:
    assert "action-select" not in text_of(ask(reader))
    assert "action-select" in text_of(ask(member))


def test_it_is_not_for_those_who_may_not_see_payouts(acme: Records) -> None:
    keeper = sign_in(make_operator("kim", acme.organization, permissions="view_recipient"))

    assert ask(keeper).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("query", [{}, {"status": "NEW"}, {"q": "payee", "status": "NEW", "created": "7d"}])
def test_it_asks_few_questions_however_many_rows_there_are(
    reader: Client, acme: Records, query: dict[str, str]
) -> None:
    few = count_queries(reader, query)
    for _ in range(5):
        make_payout(make_recipient(acme.organization, name="Payee"))

    assert count_queries(reader, query) == few <= 15


def count_queries(client: Client, query: dict[str, str]) -> int:
    with CaptureQueriesContext(connection) as queries:
        ask(client, **query)
    return len(queries)


def test_it_marks_the_view_that_is_open(reader: Client, acme: Records) -> None:
    views = {
        "All": "",
        "Needs review": "stage=needs_review",
        "Unknown": "stage=unknown",
        "On hold": "stage=on_hold",
        "Failed today": "created=today&status=FAILED",
        "In flight": "status=NEW&status=PROCESSING",
        "Large (10,000 and more)": "amount_from=10000",
    }
    assert timezone.now() > acme.payout.created_at
    for name, address in views.items():
        page = text_of(reader.get(f"{LIST}?{address}"))
        marked = page.partition('aria-label="Views"')[2].partition('aria-current="page">')[2]
        assert marked.partition("<")[0] == name


def choose(client: Client, *ids: object, **entered: str) -> Answer:
    return client.post(f"{LIST}?status=NEW", {"action": "hold", "_selected_action": [*ids], **entered})


def test_it_does_the_same_with_each_that_is_chosen_and_tells_what_became_of_it(
    member: Client, acme: Records, globex: Records
) -> None:
    chosen = (acme.payout.pk, acme.attempt.payout_id, globex.payout.pk)

    form = text_of(choose(member, *chosen))
    results = text_of(choose(member, *chosen, confirmed="yes", reason="Wait for the invoice"))

    assert form.count('name="_selected_action"') == 2
    assert "1 of 2 done" in results
    assert "Only a NEW payout that is ready to be sent can be held." in results
    stages = Payout.objects.order_by("pk").values_list("stage", flat=True)
    assert [*stages] == ["on_hold", "accepted", "ready", "accepted"]


@pytest.mark.parametrize("chosen", ["abc", "-1", "9" * 30, "\0"])
def test_it_refuses_a_choice_of_what_are_no_ids(member: Client, chosen: str) -> None:
    assert choose(member, chosen).status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("everything", ["1", ""])
def test_it_does_nothing_for_those_who_may_not(reader: Client, acme: Records, everything: str) -> None:
    entered = {"confirmed": "yes", "reason": "x", "select_across": everything}

    assert choose(reader, acme.payout.pk, **entered).status_code == HTTPStatus.FOUND
    assert Payout.objects.get(pk=acme.payout.pk).stage == "ready"
