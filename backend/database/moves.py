"""A trigger that lets a column make lawful moves only, and costs the lawful ones nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger

if TYPE_CHECKING:
    from django.db import models


class OnlyMoves(pgtrigger.FSM):
    """Refuses every change of `field` that is none of `transitions`, as FSM does.

    FSM's function is called for each updated row, and opens a subtransaction there to find out whether it is
    to be ignored: a tenth of what settling a payout costs PostgreSQL. Ours is called for what it refuses.
    """

    def get_condition(self, model: models.Model) -> pgtrigger.Condition:
        column = model._meta.get_field(self.field).column  # type: ignore[union-attr]
        moves = ",".join(self.separator.join(move) for move in self.transitions)
        return pgtrigger.Condition(
            f'OLD."{column}" IS DISTINCT FROM NEW."{column}"'
            f" AND OLD.\"{column}\" || '{self.separator}' || NEW.\"{column}\" <> ALL ('{{{moves}}}'::text[])"
        )
