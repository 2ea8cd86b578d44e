from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection

from database.bare_tables import bare_tables, may_be_bare
from events.models import Event
from payouts.models import Payout, PayoutAttempt
from tests.payouts.selectors.rows import add_payout

if TYPE_CHECKING:
    from payouts.models import Recipient

pytestmark = pytest.mark.django_db

MODELS = (Payout, PayoutAttempt, Event)

_PARTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferred::text FROM pg_constraint
WHERE conrelid = ANY(%(tables)s::regclass[])
UNION ALL
SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid::text
FROM pg_index WHERE indrelid = ANY(%(tables)s::regclass[])
ORDER BY 1, 2, 3
"""


# In which the server writes down the same condition another time.
_CASTS = re.compile(r"::character varying|::text(\[\])?|[()]")


def parts() -> list[tuple[str, str, str, str]]:
    """All indexes and constraints of the tables."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, {"tables": [model._meta.db_table for model in MODELS]})
        return [(table, name, _CASTS.sub("", definition), flag) for table, name, definition, flag in cursor]


def test_it_makes_everything_again_as_it_was(recipient: Recipient) -> None:
    before = parts()

    with bare_tables(MODELS):
        within = parts()
        add_payout(recipient)

    assert parts() == before
    assert {name for _, name, definition, _ in within if "INDEX" in definition} == {
        f"{model._meta.db_table}_pkey" for model in MODELS
    }
    assert not [definition for *_, definition, _ in within if definition.startswith("FOREIGN KEY")]
    assert Payout.objects.count() == 1


def test_it_refuses_what_breaks_a_constraint(recipient: Recipient) -> None:
    payout = add_payout(recipient)

    with pytest.raises(IntegrityError, match="payout_key_is_single"), bare_tables(MODELS):
        add_payout(recipient, idempotency_key=payout.idempotency_key)


def test_it_refuses_what_points_to_nothing(recipient: Recipient) -> None:
    with (
        pytest.raises(IntegrityError, match="payout_recipient_of_same_organization"),
        bare_tables(MODELS),
    ):
        add_payout(recipient, recipient_id=recipient.pk + 1)


def test_it_is_for_the_owner_of_the_tables_only(db: None) -> None:  # noqa: ARG001  asks for the database
    assert may_be_bare(MODELS)
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE somebody; SET LOCAL ROLE somebody")

    assert not may_be_bare(MODELS)
