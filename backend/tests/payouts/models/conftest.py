from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories import make_payout

if TYPE_CHECKING:
    from payouts.models import Payout, Recipient


@pytest.fixture
def payout(recipient: Recipient) -> Payout:
    return make_payout(recipient)
