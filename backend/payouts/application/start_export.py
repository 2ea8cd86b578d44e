from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.scopes import Scope
from database.transactions import in_transaction
from events.recorder import NewEvent, record_events
from payouts.domain.events import ORGANIZATION, ListEvent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from access.caller import Caller

log = structlog.get_logger(__name__)


@in_transaction("start_export", durable=True)
def start_export(*, caller: Caller, asked: Mapping[str, Sequence[str]]) -> None:
    """Afterwards it is on record who takes which payouts out of the service; only then may they be read.

    `asked` is what the list was narrowed by, as its address has it. Durable: a file that has left cannot be
    rolled back. Raises ScopeMissing.
    """
    caller.ensure_may(Scope.PAYOUTS_READ)
    record_events(
        [
            NewEvent(
                organization_id=caller.organization_id,
                type=ListEvent.EXPORTED.value,
                subject_type=ORGANIZATION,
                subject_id=caller.organization_id,
                actor=caller.actor,
                data={"filters": {name: list(values) for name, values in asked.items()}},
            )
        ]
    )
    log.info("payouts_export_started", organization_id=caller.organization_id, actor=caller.actor)
