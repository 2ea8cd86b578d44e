from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache

from infrastructure.payouts.figures import MOST_ANEW, OLD_AFTER, figures_of
from payouts.domain.figures import CurrencyFigures, Figures, Volume, duration_at
from payouts.domain.status import Stage, Status
from payouts.selectors import count_what_needs_a_person, report_figures
from payouts.selectors import needs as needs_module
from payouts.selectors.figures import LONGEST, PeriodTooLongError
from tests.factories import NOON, make_recipient
from tests.payouts.selectors.rows import add_payout

if TYPE_CHECKING:
    from datetime import datetime

    from access.models import Organization
    from payouts.models import Recipient

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


def report(
    recipient: Recipient, *, since: datetime = NOON - A_DAY, until: datetime = NOON + A_DAY
) -> Figures:
    return report_figures(organization_id=recipient.organization_id, since=since, until=until)


def test_it_counts_by_currency_what_became_of_payouts(recipient: Recipient) -> None:
    for status in (Status.COMPLETED, Status.COMPLETED, *Status):
        add_payout(recipient, status)
    add_payout(recipient, Status.COMPLETED, currency="JPY", amount_minor=900)

    euros, yen = report(recipient).currencies

    assert (euros.currency, yen.currency) == ("EUR", "JPY")
    assert euros.paid == Volume(3, 30_150)
    assert euros.in_flight == Volume(2, 20_100)
    assert (euros.failed, euros.returned, euros.canceled) == (Volume(1, 10_050),) * 3
    assert yen.paid == Volume(1, 900)
    assert (yen.in_flight, yen.failed) == (Volume(), Volume())


def test_it_takes_the_part_of_ended_payouts_that_stayed_paid_for_success(recipient: Recipient) -> None:
    for status in (*[Status.COMPLETED] * 7, Status.FAILED, Status.FAILED, Status.RETURNED):
        add_payout(recipient, status)
    for status in (Status.CANCELED, Status.NEW, Status.PROCESSING):
        add_payout(recipient, status)

    assert report(recipient).success_rate == 0.7


def test_it_has_neither_rate_nor_times_where_nothing_has_ended(recipient: Recipient) -> None:
    assert report(recipient).success_rate is None
    add_payout(recipient, Status.NEW)

    figures = report(recipient)
    assert (figures.success_rate, figures.median, figures.p95) == (None, None, None)
    assert figures.currencies[0].success_rate is None


def test_it_tells_how_long_payouts_took(recipient: Recipient) -> None:
    for seconds in range(1, 101):
        add_payout(recipient, took=timedelta(seconds=seconds))
    add_payout(recipient, Status.NEW)

    figures = report(recipient)

    assert figures.median is not None
    assert figures.p95 is not None
    assert 50 <= figures.median.total_seconds() <= 50 * 1.1
    assert 95 <= figures.p95.total_seconds() <= 95 * 1.1
    assert figures.currencies[0].median == figures.median


def test_it_counts_the_time_of_what_came_back_later(recipient: Recipient) -> None:
    add_payout(recipient, Status.RETURNED, took=timedelta(seconds=10))

    assert report(recipient).median is not None


def test_it_has_a_longest_time() -> None:
    figures = CurrencyFigures("EUR", {}, {175: 1})
    assert duration_at(0.5, [figures]) == duration_at(0.5, [CurrencyFigures("EUR", {}, {174: 1})])


def test_it_counts_by_the_day_of_the_request_in_utc(recipient: Recipient) -> None:
    midnight = timedelta(hours=12)
    add_payout(recipient, age=midnight)
    add_payout(recipient, age=midnight + timedelta(microseconds=1))

    days = report(recipient).days

    assert [day.day for day in days] == [date(2026, 3, 1), date(2026, 3, 2)]
    assert [day.currencies[0].paid.count for day in days] == [1, 1]


def test_it_counts_from_the_beginning_to_before_the_end(recipient: Recipient) -> None:
    for age in (A_DAY + timedelta(microseconds=1), A_DAY, timedelta(0)):
        add_payout(recipient, age=age)

    assert report(recipient, since=NOON - A_DAY, until=NOON).currencies[0].count == 1


def test_it_counts_neither_deleted_payouts_nor_those_of_others(
    recipient: Recipient, other_organization: Organization
) -> None:
    add_payout(make_recipient(other_organization))
    add_payout(recipient, Status.NEW, deleted_at=NOON)

    assert report(recipient).currencies == []


def test_it_refuses_a_period_without_bounds(recipient: Recipient) -> None:
    with pytest.raises(PeriodTooLongError):
        report(recipient, since=NOON - LONGEST, until=NOON + A_DAY)


def test_it_counts_what_needs_a_person(recipient: Recipient, other_organization: Organization) -> None:
    for stage in (Stage.UNKNOWN, Stage.UNKNOWN, Stage.NEEDS_REVIEW):
        add_payout(recipient, Status.PROCESSING, stage=stage.value, age=40 * A_DAY)
    add_payout(recipient, Status.NEW, stage=Stage.ON_HOLD.value)
    add_payout(recipient, Status.FAILED)
    add_payout(recipient, Status.FAILED, age=A_DAY)
    add_payout(make_recipient(other_organization), Status.FAILED)

    needs = count_what_needs_a_person(organization_id=recipient.organization_id, now=NOON)

    counted = (needs.unknown, needs.needs_review, needs.on_hold, needs.failed)
    assert [str(each) for each in counted] == ["2", "1", "1", "1"]


def test_it_counts_no_further_than_anybody_cares(
    recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs_module, "MOST_COUNTED", 2)
    for _ in range(3):
        add_payout(recipient, Status.PROCESSING, stage=Stage.UNKNOWN.value)

    needs = count_what_needs_a_person(organization_id=recipient.organization_id, now=NOON)

    assert str(needs.unknown) == "2+"


class TestDaysThatAreKnown:
    @pytest.fixture(autouse=True)
    def _empty_cache(self) -> None:
        cache.clear()

    def ask(self, recipient: Recipient, *, now: datetime = NOON, days: int = 9) -> int:
        figures = figures_of(organization_id=recipient.organization_id, since=now - days * A_DAY, now=now)
        assert figures == Figures.of(figures.days)
        return sum(each.count for each in figures.currencies)

    def test_it_gives_what_counting_gives(self, recipient: Recipient) -> None:
        for days in range(9):
            add_payout(recipient, age=days * A_DAY, amount_minor=100 + days)
            add_payout(recipient, Status.FAILED, age=days * A_DAY, currency="JPY")
        since = (NOON - 9 * A_DAY).replace(hour=0)
        counted = report(recipient, since=since, until=NOON + timedelta(hours=1))
        now = NOON + timedelta(hours=1)

        for _ in range(2):  # counted, and known
            assert figures_of(organization_id=recipient.organization_id, since=since, now=now) == counted

    def test_it_always_counts_today_and_yesterday(self, recipient: Recipient) -> None:
        assert self.ask(recipient) == 0
        add_payout(recipient, age=timedelta(hours=35))
        add_payout(recipient, age=timedelta(hours=1))

        assert self.ask(recipient) == 2

    def test_it_counts_few_old_days_anew_each_time(self, recipient: Recipient) -> None:
        assert self.ask(recipient) == 0
        for days in (3, 4, 5, 6, 7):
            add_payout(recipient, age=days * A_DAY)
        assert self.ask(recipient) == 0

        later = NOON + OLD_AFTER + timedelta(seconds=1)
        seen = [self.ask(recipient, now=later) for _ in range(9)]

        assert seen[-1] == 5
        assert all(newer - older <= MOST_ANEW for older, newer in zip([0, *seen], seen, strict=False))

    def test_it_counts_everything_while_redis_is_away(
        self, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.ask(recipient) == 0
        add_payout(recipient, age=5 * A_DAY)
        monkeypatch.setattr("infrastructure.payouts.figures.call_redis", lambda _operation: None)

        assert self.ask(recipient) == 1

    def test_it_keeps_organizations_apart(
        self, recipient: Recipient, other_organization: Organization
    ) -> None:
        add_payout(recipient, age=5 * A_DAY)

        assert self.ask(recipient) == 1
        assert self.ask(make_recipient(other_organization)) == 0
