"""No statement of the hot paths reads a whole table, or sorts what has no bound."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.utils import timezone

from bench.inside.plans import explain_hot_paths
from payouts.management.demo.seeding import Demo, seed_demo
from tests.console_load.measuring import Explained

if TYPE_CHECKING:
    from collections.abc import Collection

    from access.models import Organization

pytestmark = pytest.mark.django_db

PAYOUTS, TOLD_ALONE = 5_000, 1_000
BELIEVED_PAYOUTS = 1_000_000
MANY, DEEP = 300, 2_000
# What comes by a batch; a page is smaller.
MOST_SORTED = 1_000
# Beside a batch, what its filters leave out; all tables but the recipients' have many more.
MOST_READ = 1_500
LARGE = ("payouts_payout", "payouts_payoutattempt", "payouts_recipient", "events_event")
# As long as what waits. A few are read at once; all are when they are counted.
QUEUE = "events_pendingevent"
# No index has these alone, or only one whose use depends on how many there are: the list is looked through from
# its newest payout on, and to its end when there are few.
LOOKED_FOR = {
    "list-a-day",
    "list-amount",
    "list-currency",
    "list-currency-rare",
    "list-metadata",
    "list-stage",
    "list-stage-open",
    "list-statuses",
}
# That the paths do what they are there for.
WRITTEN = {
    "create": "Insert on payouts_payout",
    "claim-many": "Insert on payouts_payoutattempt",
    "record": "Update on payouts_payout ",
    "relay": "Update on events_pendingevent",
    "relay-delays": "Update on events_pendingevent",
    "inquire": "Update on payouts_payoutattempt",
    "expire-leases": "Update on payouts_payout ",
}
_SCAN = re.compile(
    rf"Scan .*\bon (?:{'|'.join(LARGE)})\b.*actual time=\S+ rows=(?P<rows>\S+) loops=(?P<loops>\d+)"
)
_REMOVED = re.compile(r"Rows Removed by Filter: (\d+)")
_SORT = re.compile(r"\bSort\b")
_ROWS = re.compile(r"actual time=\S+ rows=(?P<rows>\d+)")


# Every page of the tables, and of their indexes, holds so many rows more than it does.
_BELIEVE = """
UPDATE pg_class SET reltuples = reltuples * %s
WHERE oid = ANY(%s::regclass[]) OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = ANY(%s::regclass[]))
"""


@pytest.fixture
def _million(organization: Organization) -> None:
    """Some thousand payouts that the planner takes for a million."""
    demo = Demo(
        organization=organization,
        payouts=PAYOUTS,
        weeks=6,
        seed=1,
        now=timezone.now(),
        told_alone=TOLD_ALONE,
    )
    assert seed_demo(demo, tell=lambda _written: None)
    tables = list(LARGE)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join([*LARGE, QUEUE])}")
        cursor.execute(_BELIEVE, [BELIEVED_PAYOUTS // PAYOUTS, tables, tables])


def scanned(explained: list[Explained], *, tables: Collection[str] = LARGE) -> set[str]:
    """Which of the tables were read as a whole."""
    plans = text_of(explained)
    return {table for table in tables if re.search(rf"Seq Scan on {table}\b", plans)}


def rows_read(explained: list[Explained]) -> int:
    """The most that one scan of a large table has looked at, whether it was wanted or not."""
    most = read = 0
    for line in text_of(explained).splitlines():
        if scan := _SCAN.search(line):
            read = round(float(scan["rows"]) * int(scan["loops"]))
        elif removed := _REMOVED.search(line):
            read += int(removed[1])
        elif "->" in line:
            read = 0
        most = max(most, read)
    return most


def sorted_rows(explained: list[Explained]) -> list[int]:
    """How many rows each sort was given."""
    found = []
    for each in explained:
        nodes = [(line, rows) for line in each.plan.splitlines() if (rows := _ROWS.search(line))]
        found += [int(below["rows"]) for (line, _), (_, below) in pairwise(nodes) if _SORT.search(line)]
    return found


@pytest.mark.usefixtures("rail", "_million")
def test_it_finds_what_it_needs_by_indexes_and_sorts_batches_and_pages_only() -> None:
    plans = {path.name: explained for path, explained in explain_hot_paths("Acme", many=MANY, deep=DEEP)}

    whole = {name: scanned(explained) for name, explained in plans.items() if name not in LOOKED_FOR}
    assert {name: tables for name, tables in whole.items() if tables} == {}
    assert not scanned(plans["relay-far-behind"], tables=[QUEUE])
    read = {name: rows_read(plans[name]) for name in whole}
    assert {name: rows for name, rows in read.items() if rows > MOST_READ} == {}
    most = {name: max(sorted_rows(plans[name]), default=0) for name in whole}
    assert {name: rows for name, rows in most.items() if rows > MOST_SORTED} == {}
    assert {name for name, written in WRITTEN.items() if written not in text_of(plans[name])} == set()


@pytest.mark.parametrize(
    ("index", "path", "table"),
    [
        ("payout_due", "claim-few", "payouts_payout"),
        ("event_history_of_subject", "events-of-a-payout", "events_event"),
    ],
)
@pytest.mark.usefixtures("_million")
def test_it_would_see_that_an_index_is_missing(index: str, path: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; DROP INDEX {index}")

    ((_, explained),) = explain_hot_paths("Acme", many=MANY, deep=DEEP, only=[path])

    assert table in scanned(explained)


def test_it_sees_how_much_is_sorted() -> None:
    plan = (
        "Limit (actual time=0.1..0.2 rows=21.00 loops=1)\n"
        "  ->  Sort (actual time=0.1..0.2 rows=21.00 loops=1)\n"
        "        Sort Key: id DESC\n"
        "        ->  Seq Scan on events_event (actual time=0.1..0.2 rows=5044.00 loops=1)\n"
    )

    assert sorted_rows([Explained("", plan)]) == [5_044]


def test_it_sees_how_much_is_read_of_a_large_table() -> None:
    plan = (
        "Nested Loop (actual time=0.1..0.2 rows=21.00 loops=1)\n"
        "  ->  Seq Scan on events_pendingevent (actual time=0.1..0.2 rows=90000.00 loops=1)\n"
        "        Rows Removed by Filter: 7\n"
        "  ->  Index Scan using payout_due on payouts_payout (actual time=0.1..0.2 rows=2.00 loops=10)\n"
        "        Index Cond: (id = 7)\n"
        "        Rows Removed by Filter: 400\n"
    )

    assert rows_read([Explained("", plan)]) == 420


def text_of(explained: list[Explained]) -> str:
    return "\n".join(each.plan for each in explained)
