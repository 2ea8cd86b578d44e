from __future__ import annotations

from bench.measures.counting import count_statements

# Whatever begins with a tab goes on with the line before.
LINES = (
    "bench-log payouts-web LOG:  statement: ",
    'bench-log payouts-web LOG:  execute <unnamed>: SELECT "a" FROM "b" WHERE "c" = $1',
    "bench-log payouts-web LOG:  statement: BEGIN",
    "bench-log payouts-web LOG:  execute _pg3_7: ",
    "\tWITH new AS MATERIALIZED (SELECT 1)",
    "\tINSERT INTO d SELECT * FROM new",
    "bench-log payouts-web LOG:  statement: COMMIT",
    "bench-log payouts-worker LOG:  execute <unnamed>: SELECT 1",
    "bench-log payouts-worker ERROR:  canceling statement due to user request",
    "bench-log bench LOG:  statement: SELECT 'mark'",
    "2026-11-29 18:00:00.000 UTC [7] LOG:  checkpoint starting: time",
)
LOG = "\n".join(LINES)


def test_it_counts_statements_by_the_process_that_sent_them() -> None:
    assert count_statements(LOG).statements == {"web": 5, "worker": 1}


def test_it_counts_no_query_where_a_transaction_begins_or_ends_or_nothing_is_asked() -> None:
    assert count_statements(LOG).queries == {"web": 2, "worker": 1}
