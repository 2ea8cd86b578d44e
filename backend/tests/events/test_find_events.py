from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from database.copying import copy_rows, number_rows
from events.models import TYPES_OF_ROUTINE, Event
from events.selectors import EventFilters, find_events
from payouts.domain.events import PayoutEvent
from tests.factories import NOON

if TYPE_CHECKING:
    from events.selectors import EventPage

pytestmark = pytest.mark.django_db
ACME, GLOBEX = 9_001, 9_002
AN_HOUR = timedelta(hours=1)


def add_event(*, age: int = 0, **columns: Any) -> Event:
    plain = {
        "organization_id": ACME,
        "subject_type": "payout",
        "subject_id": 1,
        "type": "PayoutSending",
        "actor": "engine",
        "occurred_at": NOON - age * AN_HOUR,
    }
    event = Event(**(plain | columns))
    copy_rows(number_rows([event]))
    return event


def find(**wanted: Any) -> EventPage:
    page = {name: wanted.pop(name) for name in ("after", "size", "window") if name in wanted}
    return find_events(organization_id=ACME, filters=EventFilters(**wanted), **page)


def all_pages(**wanted: Any) -> list[Event]:
    page = find(**wanted)
    found = list(page.events)
    while page.after:
        page = find(after=page.after, **wanted)
        found.extend(page.events)
    return found


def test_it_lists_the_newest_first_and_only_the_organizations_own() -> None:
    older, newer, newest = add_event(age=2), add_event(age=1), add_event()
    same_time = add_event(age=1)
    add_event(organization_id=GLOBEX)

    assert all_pages() == all_pages(size=1) == [newest, same_time, newer, older]


@pytest.mark.parametrize(
    "filters",
    [
        {"subject_type": "recipient"},
        {"subject_type": "recipient", "subject_id": 7},
        {"actor": "rail:sandbox"},
        {"actor": "operator:jane"},
        {"actor": "shell"},
        {"type": "PayoutCompleted"},
        {"type": "PayoutReturned"},
        {"request_id": "request-1"},
        {"occurred_from": NOON - 9 * AN_HOUR, "occurred_to": NOON - 8 * AN_HOUR},
        {"type": "PayoutReturned", "actor": "operator:jane", "request_id": "request-1"},
    ],
    ids=str,
)
def test_it_finds_by_every_filter_however_far_back(filters: dict[str, Any]) -> None:
    exact = {name: value for name, value in filters.items() if not name.startswith("occurred")}
    wanted = add_event(age=9, **exact)
    for age in range(6):
        add_event(age=age)

    assert all_pages(**filters) == all_pages(window=2, **filters) == [wanted]


def test_it_tells_when_it_has_looked_through_its_window() -> None:
    wanted = add_event(age=9, actor="rail:sandbox")
    for age in range(4):
        add_event(age=age)

    page = find(actor="rail:sandbox", window=2)

    assert (page.events, page.is_cut_off) == ([], True)
    rest = find(actor="rail:sandbox", after=page.after)
    assert (rest.events, rest.after, rest.is_cut_off) == ([wanted], None, False)


@pytest.mark.parametrize(
    "filters",
    [{"actor": "operator:jane"}, {"actor": "shell"}, {"type": "PayoutReturned"}, {"request_id": "r"}],
)
def test_it_finds_at_once_what_is_rare(filters: dict[str, str]) -> None:
    wanted = add_event(age=9, **filters)
    for age in range(4):
        add_event(age=age)

    page = find(window=2, **filters)

    assert (page.events, page.is_cut_off) == ([wanted], False)


def test_it_takes_for_routine_what_payouts_have_in_any_case() -> None:
    assert {PayoutEvent(each) for each in TYPES_OF_ROUTINE} == {
        PayoutEvent.CREATED,
        PayoutEvent.SENDING,
        PayoutEvent.ACCEPTED,
        PayoutEvent.COMPLETED,
    }
