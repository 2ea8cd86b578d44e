"""The filters that every list of the console shares; the list of payouts has a test of its own."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from events.models import Event
from tests.console.cast import Records, text_of

if TYPE_CHECKING:
    from django.test import Client


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("admin:payouts_payoutattempt_changelist", {"state": "a\0"}),
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
    events = text_of(superuser.get(reverse("admin:events_event_changelist"), {"type": "PayoutTakenOver"}))
    attempts = superuser.get(reverse("admin:payouts_payoutattempt_changelist"), {"state": "unknown"})

    taken_over = Event.objects.get(organization_id=acme.organization.pk, type="PayoutTakenOver")
    assert reverse("admin:events_event_change", args=[taken_over.pk]) in events
    assert reverse("admin:events_event_change", args=[acme.event.pk]) not in events
    assert acme.attempt.rail_key not in text_of(attempts)
