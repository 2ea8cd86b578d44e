"""What single requests take when the tables are small, and when they are large.

Each creation makes the cached pages old: every page that is asked for after it comes from the database.
"""

from __future__ import annotations

import secrets
import statistics
import time
from typing import TYPE_CHECKING

from bench.measured import Measured

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.client import Client
    from bench.recipients import Recipients
    from bench.stack import Stack

SMALL, LARGE = 10_000, 1_000_000
ROUNDS = 200
CLAIMS = 20
_WARM_UP = 10
_FILTERED = "/api/payouts/?status=FAILED"
# Page 1,000 of ten payouts each, reached in large steps.
_STEP, _STEPS, _PAGE_SIZE = 100, 100, 10
_TABLES = "payouts_payout, payouts_payoutattempt, events_event, events_pendingevent"


def measure_growth(
    stack: Stack, recipients: Recipients, *, large: int, small: int = SMALL, say: Callable[[str], None]
) -> Measured:
    """Medians at both sizes. Worker, relay and beat must stand still; what was there before is removed."""
    values: dict[str, float] = {}
    _empty(stack)
    for size, added, seed in (("small", small, 1), ("large", large - small, 2)):
        say(f"growth: adding {added:,} payouts")
        stack.manage("seed_demo", "--payouts", str(added), "--seed", str(seed))
        _tidy(stack)
        say(f"growth: asking at {small if size == 'small' else large:,} payouts")
        medians = _medians(stack, recipients) | {"claim": _claim_ms(stack, recipients)}
        values |= {f"{name}_ms_{size}": median for name, median in medians.items()}
    return Measured(values)


def _empty(stack: Stack) -> None:
    """As the service itself never could: its triggers forbid it."""
    with stack.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {_TABLES} CASCADE".encode())


def _tidy(stack: Stack) -> None:
    """What autovacuum does a little later anyway, now, so that it does not come in between."""
    with stack.connect() as connection:
        connection.execute(f"VACUUM (ANALYZE) {_TABLES}".encode())
        connection.execute("CHECKPOINT")


def _medians(stack: Stack, recipients: Recipients) -> dict[str, float]:
    prefix = f"grown-{secrets.token_hex(4)}"
    with stack.client().closing() as client:
        far = f"/api/payouts/?page_size={_PAGE_SIZE}&cursor={_cursor_of_page_1000(client)}"

        def create(number: int) -> None:
            client.create(f"{prefix}-{number}", recipients.first_id)

        asked: dict[str, Callable[[int], object]] = {
            "create": create,
            "first_page": lambda _: client.get("/api/payouts/"),
            "page_1000": lambda _: client.get(far),
            "filtered_page": lambda _: client.get(_FILTERED),
        }
        took_ms: dict[str, list[float]] = {name: [] for name in asked}
        for number in range(_WARM_UP + ROUNDS):
            for name, ask in asked.items():
                began = time.perf_counter()
                ask(number)
                took_ms[name].append((time.perf_counter() - began) * 1000)
    return {name: statistics.median(times[_WARM_UP:]) for name, times in took_ms.items()}


def _cursor_of_page_1000(client: Client) -> str:
    """Of the last page, where the list has fewer."""
    cursor = ""
    for _ in range(_STEPS):
        page = client.get(f"/api/payouts/?page_size={_STEP}{cursor and f'&cursor={cursor}'}").json()
        if page["next"] is None:
            break
        cursor = page["next"].rpartition("cursor=")[2]
    return cursor


def _claim_ms(stack: Stack, recipients: Recipients) -> float:
    """Of a whole batch, by the worker's own function."""
    prefix = f"claimed-{secrets.token_hex(4)}"
    took_ms: list[float] = stack.inside("claims", str(CLAIMS), prefix, str(recipients.first_id))
    return statistics.median(took_ms)
