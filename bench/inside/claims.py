"""`python -m bench.inside.claims 20`: claim so many batches of due payouts; how long each took.

Nothing is sent: what is claimed stays under its lease.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter

import django

from cli.home import BACKEND


def main(batches: int) -> None:
    sys.path.insert(0, str(BACKEND))
    django.setup()
    from payouts.application.claim_payouts import claim_payouts  # noqa: PLC0415  needs the app registry
    from payouts.rails import get_rail  # noqa: PLC0415  the same

    rail = get_rail("sandbox")
    claim_payouts(rail)  # the first connects, and loads what it needs
    took_ms: list[float] = []
    claimed: list[int] = []
    for _ in range(batches):
        began = perf_counter()
        batch = claim_payouts(rail)
        took_ms.append((perf_counter() - began) * 1000)
        claimed.append(len(batch.orders))
    sys.stdout.write(f"{json.dumps({'ms': took_ms, 'claimed': claimed})}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
