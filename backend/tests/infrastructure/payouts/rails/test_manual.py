from __future__ import annotations

import pytest

from core.money import AMOUNT_MINOR_LIMIT
from infrastructure.payouts.rails.manual import ManualRail
from payouts.domain.rail import ForgedCallback, NotSent, Unknown
from tests.factories import NOON
from tests.infrastructure.payouts.rails.bank_answers import KEY, OTHER_KEY, order


def test_it_is_no_rail_for_workers() -> None:
    assert not ManualRail().capabilities.is_automatic


def test_it_sends_nothing() -> None:
    outcomes = ManualRail().submit([order(), order(OTHER_KEY)], valid_until=NOON)
    assert outcomes == dict.fromkeys((KEY, OTHER_KEY), NotSent("This rail is paid by hand."))


def test_it_knows_nothing() -> None:
    outcomes = ManualRail().inquire([KEY, OTHER_KEY])
    assert outcomes == dict.fromkeys((KEY, OTHER_KEY), Unknown("Only the person who paid knows."))


def test_it_hears_of_nobody() -> None:
    with pytest.raises(ForgedCallback):
        ManualRail().ingest(b'{"data": {"key": "01JQ-1", "status": "executed"}}', {})


def test_it_carries_what_fits_into_the_column_of_amounts() -> None:
    assert ManualRail().validate(order(amount_minor=AMOUNT_MINOR_LIMIT)) == ()
    (problem,) = ManualRail().validate(order(amount_minor=AMOUNT_MINOR_LIMIT + 1))
    assert problem.code == "limit_exceeded"
