"""The collector of garbage, for processes that handle many things at once."""

from __future__ import annotations

import gc

# So many new objects may come before the youngest are looked through: a batch makes some tens of thousands,
# hardly one of them in a circle.
NEW_OBJECTS_OF_A_BATCH = 50_000
# Requests leave circles behind, whose memory is wanted back.
NEW_OBJECTS_OF_REQUESTS = 10_000


def spare_what_stays(*, new_objects: int = NEW_OBJECTS_OF_A_BATCH) -> None:
    """Afterwards the collector passes over all that is there now, and comes less often.

    Modules, models and settings live as long as the process: some hundred thousand objects. Looking through
    them again and again was a quarter of what a worker did.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(new_objects, *gc.get_threshold()[1:])
