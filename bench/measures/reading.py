"""Reading, as fast as sixteen clients can, while nothing is written."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.request import urlopen

from bench.load import CONNECTIONS, drive
from bench.measured import of_load

if TYPE_CHECKING:
    from bench.load import Load
    from bench.measured import Measured
    from bench.stack import Stack

OK = 200
LIST = "/api/payouts/"
_PAGES = re.compile(r'^payouts_list_cache_total\{result="(\w+)"\} ([0-9.e+]+)$', re.MULTILINE)
# The longest row of ids without a gap among the latest payouts: two that met under one key leave a gap.
_IDS_IN_A_ROW = """
SELECT min(id), max(id)
FROM (
    SELECT id, id - row_number() OVER (ORDER BY id) AS island
    FROM (SELECT id FROM payouts_payout ORDER BY id DESC LIMIT 2000) AS latest
) AS numbered
GROUP BY island ORDER BY count(*) DESC LIMIT 1
"""


def measure_cached_list(stack: Stack, *, seconds: int) -> Measured:
    """The first page, over and over."""
    with stack.client().closing() as client:
        client.get(LIST)
    before = _pages_by_result(stack)
    load = drive(stack, "get.lua", LIST, 0, 0, seconds=seconds)
    return of_load("list_cached", load, _problems(stack, load, before, "hit"))


def measure_uncached_list(stack: Stack, *, seconds: int) -> Measured:
    """The first page of as many lists as there are requests: no two ask for payouts since the same moment.

    All of those moments are long before the first payout, so that every list is the whole one; but each is
    new to the cache, which looks for it, does not find it, and keeps it.
    """
    before = _pages_by_result(stack)
    # Another second at each call: an earlier call's pages are still cached.
    second = time.strftime("2000-01-01T%H:%M:%S", time.gmtime())
    load = drive(stack, "get.lua", f"{LIST}?created_from={second}.%06dZ", 0, 999_999, seconds=seconds)
    return of_load("list_uncached", load, _problems(stack, load, before, "miss"))


def measure_detail(stack: Stack, *, seconds: int) -> Measured:
    """One payout after the other."""
    with stack.connect() as connection:
        first, last = connection.execute(_IDS_IN_A_ROW).fetchone() or (0, 0)
    load = drive(stack, "get.lua", f"{LIST}%d/", first, last, seconds=seconds)
    return of_load("detail", load, load.problems({OK}))


def _problems(stack: Stack, load: Load, before: dict[str, float], wanted: str) -> list[str]:
    """What the web itself says of its cache, beside what wrk has seen."""
    after = _pages_by_result(stack)
    others = sum(after[result] - before[result] for result in after if result != wanted)
    problems = load.problems({OK})
    if others > CONNECTIONS:  # so many were on their way when the measurement before ended
        problems.append(f"{others:.0f} of {load.answers} pages were no {wanted}")
    return problems


def _pages_by_result(stack: Stack) -> dict[str, float]:
    with urlopen(stack.web_metrics_url, timeout=5) as answer:  # noqa: S310 # nosec B310 # our own stack's address
        found = _PAGES.findall(answer.read().decode())
    return {result: float(count) for result, count in found}
