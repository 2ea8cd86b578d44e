from __future__ import annotations

import pytest

from bench.limit import LimitFailed, read_rate

# As pgbench 18 prints it.
OUTPUT = """\
transaction type: bench/limit.sql
scaling factor: 1
query mode: prepared
number of clients: 16
number of threads: 2
maximum number of tries: 1
duration: 5 s
number of transactions actually processed: 14012
number of failed transactions: 0 (0.000%)
latency average = 5.702 ms
initial connection time = 21.420 ms
tps = 2805.883711 (without initial connection time)
"""


def test_it_reads_the_rate() -> None:
    assert read_rate(OUTPUT) == pytest.approx(2805.883711)


@pytest.mark.parametrize(
    "output",
    [
        OUTPUT.replace("transactions: 0 (", "transactions: 7 ("),
        OUTPUT.replace("tps", "fps"),
        "pgbench: error",
    ],
)
def test_it_believes_no_rate_with_failures(output: str) -> None:
    with pytest.raises(LimitFailed):
        read_rate(output)
