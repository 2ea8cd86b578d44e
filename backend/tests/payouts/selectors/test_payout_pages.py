from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from payouts.application.update_recipient import update_recipient
from payouts.domain.recipient import RecipientChanges
from payouts.domain.recipient_names import words_in
from payouts.domain.status import Stage, Status
from payouts.selectors import PayoutFilters, find_payouts, search_recipients
from payouts.selectors.payout_search import MOST_RECIPIENTS
from tests.factories import NOON, make_caller, make_recipient
from tests.payouts.selectors.rows import add_payout

if TYPE_CHECKING:
    from access.models import Organization
    from payouts.models import Payout, Recipient
    from payouts.selectors import PayoutPage

pytestmark = pytest.mark.django_db
AN_HOUR = timedelta(hours=1)


def find(organization: Organization, text: str = "", **wanted: Any) -> PayoutPage:
    page = {name: wanted.pop(name) for name in ("after", "size", "window") if name in wanted}
    return find_payouts(organization_id=organization.pk, filters=PayoutFilters(**wanted), text=text, **page)


def all_pages(organization: Organization, text: str = "", **wanted: Any) -> list[Payout]:
    page = find(organization, text, **wanted)
    found = list(page.payouts)
    while page.after:
        page = find(organization, text, after=page.after, **wanted)
        found.extend(page.payouts)
    return found


def test_it_lists_the_newest_first_whatever_the_order_of_ids(recipient: Recipient) -> None:
    older, newer, newest = (add_payout(recipient, age=age * AN_HOUR) for age in (2, 1, 0))
    same_time = add_payout(recipient, age=AN_HOUR)

    assert all_pages(recipient.organization) == [newest, same_time, newer, older]
    assert all_pages(recipient.organization, size=1) == [newest, same_time, newer, older]


def test_it_goes_on_where_a_page_has_ended_though_newer_ones_come_in(recipient: Recipient) -> None:
    older, newer = add_payout(recipient, age=2 * AN_HOUR), add_payout(recipient, age=AN_HOUR)
    page = find(recipient.organization, size=1)
    add_payout(recipient)

    following = find(recipient.organization, size=1, after=page.after)

    assert (page.payouts, following.payouts) == ([newer], [older])
    assert following.after is None


@pytest.mark.parametrize(
    "filters",
    [
        {"statuses": (Status.FAILED,)},
        {"stage": Stage.DECLINED},
        {"currency": "JPY"},
        {"rail": "manual"},
        {"amount_from": Decimal(500), "amount_to": Decimal(500)},
        {"created_to": NOON - 9 * AN_HOUR},
        {"metadata": {"order": "A-1"}},
        {"reference": "01KJ0000000000000000000000"},
        {"idempotency_key": "the-key-looked-for"},
    ],
    ids=lambda filters: next(iter(filters)),
)
def test_it_finds_by_every_filter_however_far_back(recipient: Recipient, filters: dict[str, Any]) -> None:
    wanted = add_payout(
        recipient,
        Status.FAILED,
        age=9 * AN_HOUR,
        currency="JPY",
        amount_minor=500,
        rail="manual",
        metadata={"order": "A-1"},
        reference="01KJ0000000000000000000000",
        idempotency_key="the-key-looked-for",
    )
    for age in range(7):
        add_payout(recipient, age=age * AN_HOUR)

    assert all_pages(recipient.organization, **filters) == [wanted]
    assert all_pages(recipient.organization, window=2, **filters) == [wanted]


def test_it_tells_when_it_has_looked_through_its_window(recipient: Recipient) -> None:
    wanted = add_payout(recipient, Status.FAILED, age=9 * AN_HOUR)
    for age in range(4):
        add_payout(recipient, age=age * AN_HOUR)

    page = find(recipient.organization, statuses=(Status.FAILED,), window=2)

    assert (page.payouts, page.is_cut_off) == ([], True)
    assert page.after is not None
    rest = find(recipient.organization, statuses=(Status.FAILED,), after=page.after)
    assert (rest.payouts, rest.after, rest.is_cut_off) == ([wanted], None, False)


@pytest.mark.parametrize("stage", [Stage.UNKNOWN, Stage.NEEDS_REVIEW])
def test_it_finds_at_once_what_a_person_has_to_see(recipient: Recipient, stage: Stage) -> None:
    forgotten = add_payout(recipient, Status.PROCESSING, stage=stage.value, age=9 * AN_HOUR)
    for age in range(4):
        add_payout(recipient, age=age * AN_HOUR)

    page = find(recipient.organization, stage=stage, window=2)

    assert (page.payouts, page.is_cut_off) == ([forgotten], False)


def test_it_finds_those_of_a_recipient_by_whatever_else(recipient: Recipient) -> None:
    other = make_recipient(recipient.organization, name="Jane Roe")
    add_payout(other, Status.FAILED)
    older, failed = add_payout(recipient, age=AN_HOUR), add_payout(recipient, Status.FAILED)

    assert all_pages(recipient.organization, recipient_id=recipient.pk, size=1) == [failed, older]
    failed_ones = all_pages(recipient.organization, recipient_id=recipient.pk, statuses=(Status.FAILED,))
    assert failed_ones == [failed]


def test_it_shows_nothing_deleted_and_nothing_of_others(
    recipient: Recipient, other_organization: Organization
) -> None:
    deleted = add_payout(recipient, Status.NEW, deleted_at=NOON)
    stranger = add_payout(make_recipient(other_organization, name="Strange Doe"))

    assert all_pages(recipient.organization) == []
    for payout in (deleted, stranger):
        for text in (str(payout.pk), payout.reference, payout.idempotency_key, "Doe"):
            assert all_pages(recipient.organization, text) == []


@pytest.mark.parametrize(
    "form", ["{0.pk}", "{0.reference}", "PO{0.reference}", "{0.reference}-2", "{0.idempotency_key}"]
)
def test_it_finds_what_names_a_payout(recipient: Recipient, form: str) -> None:
    wanted = add_payout(recipient)
    add_payout(recipient)

    assert all_pages(recipient.organization, f"  {form.format(wanted)} ") == [wanted]
    assert all_pages(recipient.organization, form.format(wanted), currency="JPY") == []


@pytest.mark.parametrize(
    "text",
    [
        "o'neill",
        "josé",
        "JOSE",
        "neill jos",
        "ne",
        "marti-oneill jo",
        "марія",
        "МАР",
        "O'Neill José-María Мар",
    ],
)
def test_it_finds_by_the_beginnings_of_words_of_a_name(recipient: Recipient, text: str) -> None:
    if text.startswith("marti"):
        named = make_recipient(recipient.organization, name="Martin Marti O'Neill-Jones Oneill")
    else:
        named = make_recipient(recipient.organization, name="José-María O'Neill Марія")
    wanted = [add_payout(named, age=AN_HOUR), add_payout(named)]
    add_payout(recipient)

    assert all_pages(recipient.organization, text) == wanted[::-1]
    assert all_pages(recipient.organization, text, size=1) == wanted[::-1]


@pytest.mark.parametrize("text", ["osé", "jose smith", "'", "\\", "& | ! :*", "\0", "9" * 30, "x" * 9_000])
def test_it_finds_nothing_for_what_nobody_is_called(recipient: Recipient, text: str) -> None:
    named = make_recipient(recipient.organization, name="José O'Neill")
    add_payout(named)

    assert all_pages(recipient.organization, text) == []


def test_it_combines_a_name_with_filters(recipient: Recipient) -> None:
    failed = add_payout(recipient, Status.FAILED)
    add_payout(recipient)
    add_payout(make_recipient(recipient.organization, name="Jane Roe"), Status.FAILED)

    assert all_pages(recipient.organization, "john", statuses=(Status.FAILED,)) == [failed]


def test_it_finds_the_renamed_by_their_new_name(recipient: Recipient) -> None:
    payout = add_payout(recipient)
    update_recipient(
        caller=make_caller(recipient.organization),
        recipient_id=recipient.pk,
        changes=RecipientChanges(name="Johanna Smith"),
        now=NOON,
    )

    assert all_pages(recipient.organization, "smith") == [payout]
    assert all_pages(recipient.organization, "doe") == []


def test_it_tells_when_more_are_called_so_than_it_looks_at(organization: Organization) -> None:
    for _ in range(MOST_RECIPIENTS + 1):
        make_recipient(organization, name="John Doe")

    assert find(organization, "doe").has_more_recipients
    assert not find(organization, "doe", statuses=(Status.NEW,)).payouts
    assert search_recipients(organization_id=organization.pk, text="doe").count() == MOST_RECIPIENTS + 1
    assert not search_recipients(organization_id=organization.pk, text=" ").exists()


def test_it_takes_names_apart() -> None:
    assert words_in("José O'Neill-Smith & Søn_ApS 2") == ["jose", "o", "neill", "smith", "søn", "aps", "2"]
    assert words_in("Straße STRASSE") == ["strasse"]
