from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payouts.application.change_status import change_status
from payouts.application.hold_payout import hold_payout
from payouts.domain.status import Status
from payouts.selectors.needs import count_what_needs_a_person
from tests.factories import NOON, make_payout, make_recipient
from tests.payouts.application.people import payout_with, person, settle

if TYPE_CHECKING:
    from pytest_django import Settings

    from access.models import Organization
    from payouts.models import Recipient

pytestmark = pytest.mark.django_db


def make_everything_that_needs_somebody(recipient: Recipient, settings: Settings) -> None:
    jane = person(recipient.organization)
    payout_with(recipient, "unknown")
    hold_payout(caller=jane, payout_id=make_payout(recipient).pk, reason="wait", now=NOON)
    by_hand = make_payout(recipient)
    for target in (Status.PROCESSING, Status.FAILED):
        change_status(caller=jane, payout_id=by_hand.pk, target=target, reason="by hand", now=NOON)
    settings.SETTLING_NEEDS_TWO_PEOPLE = True
    settle(jane, payout_with(recipient, "needs_review"))
    settings.SETTLING_NEEDS_TWO_PEOPLE = False


def counts(organization: Organization, **later: int) -> dict[str, str]:
    now = timezone.now() + timedelta(**later)
    found = count_what_needs_a_person(organization_id=organization.pk, now=now)
    return {name: str(count) for name, count in vars(found).items()}


def test_it_counts_what_needs_a_person_in_one_statement(
    organization: Organization, other_organization: Organization, settings: Settings
) -> None:
    for each in (organization, other_organization):
        make_everything_that_needs_somebody(make_recipient(each), settings)
    make_payout(make_recipient(organization))

    with CaptureQueriesContext(connection) as queries:
        found = counts(organization)

    assert len(queries) == 1
    assert found == {"unknown": "1", "needs_review": "1", "on_hold": "1", "failed": "1", "proposed": "1"}
    assert counts(organization, days=1)["failed"] == "0"  # of the day before, and looked at by then
