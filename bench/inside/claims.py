"""`python -m bench.inside.claims 20 PREFIX RECIPIENT`: claim so many full batches of payouts; what each took.

Nothing is sent: what is claimed stays under its lease.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter

import django

from cli.home import BACKEND


def main(batches: int, prefix: str, recipient_id: int) -> None:
    sys.path.insert(0, str(BACKEND))
    django.setup()
    from bench.inside.repositories import add_payouts  # noqa: PLC0415  needs the app registry
    from payouts.application.claim_payouts import claim_payouts  # noqa: PLC0415  the same
    from payouts.rails import get_rail  # noqa: PLC0415  the same

    rail = get_rail("sandbox")
    size = rail.orders_at_once
    add_payouts((batches + 1) * size, prefix, recipient_id)
    claim_payouts(rail)  # the first connects, and loads what it needs
    took_ms: list[float] = []
    for number in range(batches):
        began = perf_counter()
        batch = claim_payouts(rail)
        took_ms.append((perf_counter() - began) * 1000)
        if len(batch.orders) != size:
            raise RuntimeError(f"claim {number} took {len(batch.orders)} payouts, and not {size}")
    sys.stdout.write(f"{json.dumps(took_ms)}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
