"""The event log: what is found in it, by what, and what is said of a search that makes no sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.roles import Role
from core.request_context import request_id
from events.models import Event
from events.recorder import NewEvent, record_events
from payouts.application.delete_payout import delete_payout
from tests.console.cast import Records, make_operator, sign_in, text_of
from tests.factories import A_MINUTE, NOON, make_caller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from access.models import Organization

AUDIT = "admin:events_event_changelist"


def record(organization: Organization, type_: str = "SomethingHappened", **changes: Any) -> Event:
    wanted: dict[str, Any] = {
        "subject_type": "organization",
        "subject_id": organization.pk,
        "actor": "engine",
    }
    with transaction.atomic():
        record_events([NewEvent(organization.pk, type_, **wanted | changes)])
    return Event.objects.latest("id")


def search(client: Client, **query: Any) -> str:
    answer = client.get(reverse(AUDIT), query)
    assert answer.status_code == HTTPStatus.OK
    return text_of(answer).partition("<main")[2]


def link_to(event: Event) -> str:
    return reverse("admin:events_event_change", args=[event.pk])


def found(page: str) -> list[int]:
    """The ids of the events on the page, as they stand there."""
    return [int(part.partition("/")[0]) for part in page.split(reverse(AUDIT))[1:] if part[0].isdecimal()]


@pytest.fixture
def one_request() -> Iterator[str]:
    token = request_id.set("11112222-request")
    yield request_id.get()
    request_id.reset(token)


# --- What is found ---


def test_it_shows_the_newest_events_of_the_organization(
    viewer: Client, acme: Records, globex: Records
) -> None:
    page = search(viewer)

    ids = found(page)
    assert ids == sorted(ids, reverse=True)
    assert ids == list(
        Event.objects.filter(organization_id=acme.organization.pk)
        .order_by("-id")
        .values_list("pk", flat=True)
    )
    assert link_to(globex.event) not in page


@pytest.fixture
def viewer(acme: Records) -> Client:
    return sign_in(make_operator("vera", acme.organization, role=Role.VIEWER))


def test_it_finds_what_happened_to_a_payout_even_to_a_deleted_one(viewer: Client, acme: Records) -> None:
    payout = acme.payout
    delete_payout(caller=make_caller(acme.organization), payout_id=payout.pk, now=NOON)
    events = Event.objects.filter(subject_type="payout", subject_id=payout.pk).order_by("-id")
    its_events = list(events.values_list("pk", flat=True))

    for text in (payout.reference, payout.reference.lower(), payout.end_to_end_id):
        assert found(search(viewer, subject=text)) == its_events
    assert found(search(viewer, subject=payout.pk, subject_type="payout")) == its_events


FOUND: tuple[tuple[dict[str, str], set[str]], ...] = (
    ({"type": "KeyLost"}, {"lost"}),
    ({"actor": "operator:mary"}, {"mary"}),
    ({"actor": "operator:mar*"}, {"mary", "marc"}),
    ({"actor": "operator:*", "type": "KeyFound"}, {"marc"}),
    ({"subject_type": "api_key"}, {"lost"}),
    ({"subject_type": "api_key", "subject": "7"}, {"lost"}),
    ({"subject_type": "api_key", "subject": "8"}, set()),
    ({"actor": "operator:%"}, set()),
    ({"actor": "operator:mar_*"}, set()),
)


def test_it_finds_events_by_type_actor_and_subject(viewer: Client, acme: Records) -> None:
    events = {
        "lost": record(acme.organization, "KeyLost", subject_type="api_key", subject_id=7, actor="shell"),
        "mary": record(acme.organization, "KeyUsed", actor="operator:mary"),
        "marc": record(acme.organization, "KeyFound", actor="operator:marc"),
    }

    for query, shown in FOUND:
        page = search(viewer, **query)
        assert ({name for name, event in events.items() if link_to(event) in page}, query) == (shown, query)


def test_it_finds_all_of_one_request(viewer: Client, acme: Records, one_request: str) -> None:
    first, second = record(acme.organization), record(acme.organization)

    page = search(viewer, request_id=one_request)

    assert found(page) == [second.pk, first.pk]
    event_page = text_of(viewer.get(link_to(first)))
    assert f"{reverse(AUDIT)}?request_id={one_request}" in event_page


def test_it_finds_events_by_time(viewer: Client, acme: Records) -> None:
    event = record(acme.organization)
    minute = event.occurred_at.astimezone(UTC).replace(second=0, microsecond=0)
    bounds = {
        ("occurred_from", minute): True,
        ("occurred_from", minute + A_MINUTE): False,
        ("occurred_to", minute): True,
        ("occurred_to", minute - A_MINUTE): False,
    }

    for (bound, moment), is_shown in bounds.items():
        for other in ({}, {"type": "SomethingHappened"}, {"actor": "engine"}):
            page = search(viewer, **{bound: f"{moment:%Y-%m-%dT%H:%M}"}, **other)
            assert (link_to(event) in page) == is_shown
            assert f'value="{moment:%Y-%m-%dT%H:%M}"' in page


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"subject": "5"}, "Choose what it is the id of, too."),
    ({"subject": "5.5", "subject_type": "payout"}, "Must be an id in plain digits"),
    ({"subject": "9" * 30, "subject_type": "payout"}, "Must be an id in plain digits"),
    ({"subject": "x" * 33, "subject_type": "payout"}, "no more than 32 characters"),
    ({"subject": "0" * 26}, "There is no payout of that reference."),
    ({"subject": "0" * 26, "subject_type": "recipient"}, "Only payouts have a reference."),
    ({"subject_type": "planet"}, "Must be one of"),
    ({"actor": "a\0b"}, "U+0000"),
    ({"type": "a\u202eb"}, "U+202E"),
    ({"request_id": "x" * 65}, "no more than 64 characters"),
    ({"occurred_from": "zzz"}, "Must be a date-time"),
    ({"occurred_from": "2026-02-30"}, "Must be a date-time"),
    ({"occurred_from": "0000-01-01T00:00"}, "Must be a date-time"),
    ({"occurred_to": "2026-01-01T25:00"}, "Must be a date-time"),
    ({"occurred_from": "2026-01-02", "occurred_to": "2026-01-01"}, "nothing could be found"),
    ({"after": "9" * 30}, "after: Must be an id"),
    ({"after": "\0"}, "after: Must be an id"),
    ({"planet": "Mars"}, "planet: There is no such field."),
    ({"actor": ["engine", "shell"]}, "Is given more than once."),
)


def test_it_says_what_is_wrong_and_shows_nothing(viewer: Client, acme: Records) -> None:
    for query, problem in WRONG:
        page = search(viewer, **query)
        assert problem in page
        assert "Nothing was looked for" in page
        assert link_to(acme.event) not in page


@pytest.mark.usefixtures("acme")
def test_it_says_what_is_wrong_without_believing_it(viewer: Client) -> None:
    assert "<script>" not in search(viewer, **{"<script>": "1", "actor": "<script>"})


def test_it_finds_nothing_after_an_event_of_others(viewer: Client, acme: Records, globex: Records) -> None:
    newest = record(acme.organization)

    assert found(search(viewer, after=globex.event.pk))[0] == newest.pk
    assert "There is no payout of that reference." in search(viewer, subject=globex.payout.reference)
    assert acme.event.pk in found(search(viewer))


# --- Page by page, at a bounded price ---


def test_it_goes_on_where_a_page_ends(viewer: Client, acme: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.audit.event_list.ROWS_ON_A_PAGE", 2)
    every = list(
        Event.objects.filter(organization_id=acme.organization.pk)
        .order_by("-id")
        .values_list("pk", flat=True)
    )

    first = search(viewer)
    second = search(viewer, after=every[1])

    assert (found(first), found(second)) == (every[:2], every[2:4])
    assert f"?after={every[1]}" in first
    assert "Newest" not in first
    assert "Newest" in second


def test_it_looks_through_so_many_events_and_says_so(
    viewer: Client, acme: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.audit.event_list.MOST_LOOKED_THROUGH", 2)
    old = record(acme.organization, actor="api-key:old")
    newer, newest = record(acme.organization), record(acme.organization)

    page = search(viewer, actor="api-key:old")
    of_several = search(viewer, actor="api-key:*")
    further = search(viewer, actor="api-key:old", after=newer.pk)

    assert found(page) == found(of_several) == []
    assert "No event in this part of the log." in page
    assert f"?actor=api-key%3Aold&amp;after={newer.pk}" in page
    assert "Look further back" in page
    assert found(further) == [old.pk]
    assert found(search(viewer))[0] == newest.pk


def test_it_asks_little_for_each_page(viewer: Client, acme: Records) -> None:
    for query in ({}, {"actor": "api-key:*"}, {"subject": acme.payout.reference}):
        with CaptureQueriesContext(connection) as queries:
            search(viewer, **query)
        assert len(queries) <= 15


# --- One event ---


def test_it_shows_an_event_with_all_its_data(viewer: Client, acme: Records, one_request: str) -> None:
    event = record(
        acme.organization,
        subject_type="recipient",
        subject_id=acme.recipient.pk,
        actor="operator:<mary>",
        data={"reason": "as <b>agreed</b>\u202e", "bank_details": {"country": {"before": "UA"}}},
    )

    page = text_of(viewer.get(link_to(event))).partition("<main")[2]

    assert "SomethingHappened" in page
    assert "operator:&lt;mary&gt;" in page
    assert "as &lt;b&gt;agreed&lt;/b&gt;" in page
    assert "\u202e" not in page
    assert "&quot;before&quot;: &quot;UA&quot;" in page
    assert one_request in page
    assert reverse("admin:payouts_recipient_change", args=[acme.recipient.pk]) in page
    assert f"?subject_type=recipient&amp;subject={acme.recipient.pk}" in page


@pytest.mark.parametrize(
    ("subject_type", "is_linked"), [("payout", True), ("recipient", False), ("operator", False)]
)
def test_it_links_to_what_the_operator_may_see(
    acme: Records,
    subject_type: str,
    is_linked: bool,  # noqa: FBT001  a column of the table
) -> None:
    auditor = make_operator("andy", acme.organization, permissions="view_event")
    auditor.user_permissions.add(*make_operator("p", permissions="view_payout").user_permissions.all())
    event = record(acme.organization, subject_type=subject_type, subject_id=acme.payout.pk)

    page = text_of(sign_in(auditor).get(link_to(event)))

    models = {"payout": "payouts_payout", "recipient": "payouts_recipient", "operator": "access_operator"}
    url = reverse(f"admin:{models[subject_type]}_change", args=[acme.payout.pk])
    assert (f'href="{url}"' in page) == is_linked


def test_it_shows_events_of_types_that_are_unknown(viewer: Client, acme: Records) -> None:
    event = record(acme.organization, subject_type="planet", subject_id=4)

    assert "planet 4" in search(viewer)
    assert "planet 4" in text_of(viewer.get(link_to(event)))


# --- Who may not ---


def test_it_shows_no_event_to_those_who_may_not(acme: Records) -> None:
    clerk = sign_in(make_operator("carl", acme.organization, permissions="view_payout"))

    assert clerk.get(reverse(AUDIT)).status_code == HTTPStatus.FORBIDDEN
    assert clerk.get(link_to(acme.event)).status_code == HTTPStatus.FORBIDDEN


def test_it_shows_nothing_to_who_works_for_nobody(outsider: Client, acme: Records) -> None:
    assert found(search(outsider)) == []
    assert found(search(outsider, subject=acme.payout.reference)) == []


def test_it_knows_no_event_of_others(viewer: Client, globex: Records) -> None:
    assert viewer.get(link_to(globex.event)).status_code == HTTPStatus.NOT_FOUND


def test_it_takes_a_whole_moment_too(viewer: Client, acme: Records) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)

    assert found(search(viewer, occurred_from=f"{later:%Y-%m-%dT%H:%M:%SZ}")) == []
    assert acme.event.pk in found(search(viewer, occurred_to=f"{later:%Y-%m-%dT%H:%M:%S+00:00}"))
