"""`python -m bench.inside.new_payouts 20000 PREFIX RECIPIENT`: NEW payouts, a thousand in a transaction."""

from __future__ import annotations

import json
import sys

import django

from cli.home import BACKEND


def main(count: int, prefix: str, recipient_id: int) -> None:
    sys.path.insert(0, str(BACKEND))
    django.setup()
    from bench.inside.repositories import add_payouts  # noqa: PLC0415  needs the app registry

    add_payouts(count, prefix, recipient_id)
    sys.stdout.write(f"{json.dumps({'payouts': count})}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
