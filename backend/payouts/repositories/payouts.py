"""The writers' door to payouts."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import CharField, DateTimeField, Field, ForeignKey, IntegerField, TextField, UUIDField
from django.db.models.functions import Now

from database.compiled import CompiledPair, CompiledQuery
from events.recorder import insert_with_event
from payouts.domain.status import OPEN_STATUSES, Stage, Status
from payouts.models import Payout
from payouts.refusals import PayoutNotFound
from payouts.repositories.recipients import RECIPIENT_BY_ID

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import Q, QuerySet

    from events.recorder import NewEvent
    from payouts.models import Recipient


# The engine handles many at once, and reads no more of each than it uses.
_STANDING = ("organization_id", "reference", "rail", "traceparent", "status", "stage", "attempts_made")
_ORDER = (
    "end_to_end_id",
    "uetr",
    "amount_minor",
    "currency",
    "recipient_name_snapshot",
    "account_number_snapshot",
    "bank_code_snapshot",
    "country_snapshot",
)


def find_payout_by_key(*, organization_id: int, idempotency_key: str) -> Payout | None:
    """The payout that has the key, deleted or not."""
    return _BY_KEY.first(organization_id=organization_id, idempotency_key=idempotency_key)


def find_payout_by_key_and_recipient(
    *, organization_id: int, idempotency_key: str, recipient_id: int
) -> tuple[Payout | None, Recipient | None]:
    """The payout that has the key, deleted or not, and the recipient: whatever there is of the two."""
    return _BY_KEY_AND_RECIPIENT.first(
        organization_id=organization_id, idempotency_key=idempotency_key, recipient_id=recipient_id
    )


_BY_KEY = CompiledQuery(
    lambda organization_id, idempotency_key: Payout.objects.filter(
        organization_id=organization_id, idempotency_key=idempotency_key
    ),
    "organization_id",
    "idempotency_key",
)
_BY_KEY_AND_RECIPIENT = CompiledPair(_BY_KEY, RECIPIENT_BY_ID)


def add_payout_unless_key_is_taken(payout: Payout, event: NewEvent) -> bool:
    """Insert the payout and give it its id; False, and nothing written, when its key has a payout already.

    The event that tells of it is recorded in the same statement.

    Waits for another transaction that is inserting the same key. Never raises for the key: an
    IntegrityError would abort the caller's transaction.
    """
    payout_id = insert_with_event(_insert_statement(), _inserted_values(payout), event)
    if payout_id is None:
        return False
    payout.pk, payout._state.adding = payout_id, False
    return True


def _inserted_values(payout: Payout) -> list[Any]:
    values = list(_attributes()(payout))
    for position, field in _fields_with_a_say():
        value = field.pre_save(payout, add=True)
        values[position] = value if isinstance(value, datetime) else field.get_db_prep_save(value, connection)
    return values


@cache
def _inserted_fields() -> list[Field[Any, Any]]:
    return [field for field in Payout._meta.concrete_fields if not field.primary_key]


@cache
def _attributes() -> attrgetter[tuple[Any, ...]]:
    return attrgetter(*(field.attname for field in _inserted_fields()))


@cache
def _fields_with_a_say() -> list[tuple[int, Field[Any, Any]]]:
    """Those that decide what is written, or how; the driver knows how to write the others' values."""
    return [
        (position, field)
        for position, field in enumerate(_inserted_fields())
        if getattr(field, "auto_now", False)
        or getattr(field, "auto_now_add", False)
        or not isinstance(field, _WRITTEN_AS_THEY_ARE)
    ]


_WRITTEN_AS_THEY_ARE = (CharField, TextField, IntegerField, DateTimeField, UUIDField, ForeignKey)


@cache
def _insert_statement() -> str:
    columns = [str(field.column) for field in _inserted_fields()]
    return (
        f"INSERT INTO {Payout._meta.db_table} ({', '.join(columns)})"  # noqa: S608 # nosec B608 # our own model's names
        f" VALUES ({', '.join(['%s'] * len(columns))})"
        " ON CONFLICT (organization_id, idempotency_key) DO NOTHING RETURNING id"
    )


def lock_payout(*, organization_id: int, payout_id: int) -> Payout:
    """The payout, locked until the transaction ends. Its lock guards its attempts too.

    Raises PayoutNotFound, for a deleted one as well.
    """
    try:
        return Payout.objects.select_for_update(no_key=True).get(
            organization_id=organization_id, pk=payout_id, deleted_at=None
        )
    except Payout.DoesNotExist:
        raise PayoutNotFound from None


def lock_payouts(payout_ids: Collection[int]) -> dict[int, Payout]:
    """Lock in the order of ids, as everybody does who locks several, so that nobody waits in a circle."""
    return {payout.pk: payout for payout in _locked_in_order(payout_ids)}


def lock_payouts_to_decide_on(payout_ids: Collection[int]) -> dict[int, Payout]:
    """The same, without what was asked for: only how far each has come, and what it is called."""
    return {payout.pk: payout for payout in _locked_in_order(payout_ids).only(*_STANDING)}


def _locked_in_order(payout_ids: Collection[int]) -> QuerySet[Payout]:
    return Payout.objects.select_for_update(no_key=True).filter(pk__in=payout_ids).order_by("id")


def lock_due_payouts(*, rail: str, limit: int, now: datetime) -> list[Payout]:
    """Up to `limit` payouts that are due on the rail, longest due first, as far as they become orders.

    Of their recipients only whether they may be paid is read.
    What another worker holds is passed over: nobody waits, and nobody gets the same payout.
    """
    return list(
        Payout.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .select_related("recipient")
        .only(*_STANDING, *_ORDER, "recipient__is_active")
        .filter(rail=rail, next_run_at__lte=now)
        .order_by("next_run_at")[:limit]
    )


def is_any_payout_due(*, rail: str, now: datetime) -> bool:
    return Payout.objects.filter(rail=rail, next_run_at__lte=now).exists()


def lock_payouts_of_recipient(recipient: Recipient, condition: Q) -> list[Payout]:
    """The recipient's open payouts that meet the condition, locked in the order of ids."""
    payouts = _open_payouts_of(recipient, condition)
    return list(payouts.select_for_update(no_key=True).order_by("id"))


def count_payouts_of_recipient(recipient: Recipient, condition: Q, *, at_most: int) -> int:
    """How many of the recipient's open payouts meet the condition; counting ends at `at_most`."""
    return _open_payouts_of(recipient, condition)[:at_most].count()


def _open_payouts_of(recipient: Recipient, condition: Q) -> QuerySet[Payout]:
    """By one of two indexes, whichever is shorter: that of the recipient's payouts, or that of open ones."""
    return Payout.objects.filter(
        condition,
        organization_id=recipient.organization_id,
        recipient=recipient,
        status__in=[status.value for status in OPEN_STATUSES],
        deleted_at=None,
    )


def save_payout(payout: Payout, *, fields: Collection[str]) -> None:
    payout.save(update_fields=[*fields, "updated_at"])


def mark_sending(payouts: Collection[Payout]) -> None:
    """Afterwards the payouts are PROCESSING/sending, and due no more; their attempts are those they had."""
    Payout.objects.filter(pk__in=[payout.pk for payout in payouts]).update(
        status=Status.PROCESSING.value,
        stage=Stage.SENDING.value,
        status_details="",
        next_run_at=None,
        updated_at=Now(),
    )


def put_off(payouts: Collection[Payout], *, until: datetime) -> None:
    """Afterwards nobody claims the locked payouts before that time."""
    Payout.objects.filter(pk__in=[payout.pk for payout in payouts]).update(next_run_at=until)


def move_stage(
    payouts: Collection[Payout], stage: Stage, *, details: str = "", next_run_at: datetime | None = None
) -> None:
    """Move the payouts to another stage of their status, in one statement."""
    Payout.objects.filter(pk__in=[payout.pk for payout in payouts]).update(
        stage=stage.value, status_details=details, next_run_at=next_run_at, updated_at=Now()
    )
