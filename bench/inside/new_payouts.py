"""`python -m bench.inside.new_payouts 20000 PREFIX RECIPIENT`: NEW payouts, a thousand in a transaction."""

from __future__ import annotations

import json
import sys

import django

from cli.home import BACKEND

BATCH = 1_000


def main(count: int, prefix: str, recipient_id: int) -> None:
    sys.path.insert(0, str(BACKEND))
    django.setup()
    from bench.inside.repositories import add_like, first_payout  # noqa: PLC0415  needs the app registry

    like = first_payout(prefix, recipient_id)
    for start in range(1, count, BATCH):
        add_like(like, [f"{prefix}-{number}" for number in range(start, min(start + BATCH, count))])
    sys.stdout.write(f"{json.dumps({'payouts': count})}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
