from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection

from payouts.models import Payout, PayoutAttempt
from tests.factories import make_payout
from tests.payouts.repositories.attempt_rows import make_sent

if TYPE_CHECKING:
    from payouts.models import Recipient

pytestmark = pytest.mark.django_db

_FUNCTIONS = """
SELECT proname FROM pg_proc JOIN pg_trigger ON pg_trigger.tgfoid = pg_proc.oid
WHERE proname ~ '^pgtrigger_(payout_status|attempt_state)_moves_'
"""


def make_every_call_fail() -> None:
    """Until the end of the test: whoever is asked about a move refuses it."""
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS)
        functions = [name for (name,) in cursor.fetchall()]
        assert len(functions) == 2
        for name in functions:
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
                " AS $$ BEGIN RAISE EXCEPTION 'called'; END $$"
            )


def test_it_calls_no_function_for_a_lawful_move(recipient: Recipient) -> None:
    payout, attempt = make_payout(recipient), make_sent(recipient)
    make_every_call_fail()

    Payout.objects.filter(pk=payout.pk).update(status="PROCESSING", stage="sending", next_run_at=None)
    Payout.objects.filter(pk=payout.pk).update(stage="unknown")
    PayoutAttempt.objects.filter(pk=attempt.pk).update(state="succeeded")

    payout.refresh_from_db()
    attempt.refresh_from_db()
    assert (payout.status, payout.stage, attempt.state) == ("PROCESSING", "unknown", "succeeded")
